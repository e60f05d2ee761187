"""Fitting a rule: it learns from validation pictures, and others that were held out tell whether that helped."""

import time
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import torch

from ganlab.errors import FusionError
from ganlab.fusion import RULES, fuse, misfit
from ganlab.fusion.fitted import Fitted, FittedRule, remember
from ganlab.fusion.fused import FusedMember
from ganlab.fusion.ground import Ground
from ganlab.fusion.options import Value, resolved
from ganlab.fusion.selection.rule import proposals
from ganlab.images import to_uint8
from ganlab.members.member import Member
from ganlab.metrics.evaluate import Progress
from ganlab.metrics.kernel import Kernel, kid
from ganlab.metrics.looking import finite

_COMPARED, _CHUNK = 2_000, 250  # pictures with and without the fit, and of them at once
_ROOM = 0.6  # of the time goes into the fit itself, about


def fitting(
    members: Sequence[Member],
    rule: str,
    ground: Ground,
    weights: Sequence[float] = (),
    options: Mapping[str, Value] | None = None,
) -> Iterator[Progress | Fitted]:
    """Fit a rule to members.

    Args:
        members: As for ``fuse``.
        rule: A name out of ``RULES``, of one that is fitted.
        ground: Real pictures, and what looks at them.
        weights: As for ``fuse``.
        options: As for ``fuse``.

    The workspace remembers it, and ``fuse`` finds it there.

    Yields:
        Progress; at the end the fit, with the kernel distance of the members' mixture and of the fusion from real
        pictures that were held out (``kid_before``, ``kid_after``), and ``candidates_per_image``.

    Raises:
        GanlabError: They do not go together, the rule learns nothing, or cannot learn from these.
    """
    found, started = RULES[rule], time.perf_counter()
    kind: type[FittedRule] = found.load()
    if not issubclass(kind, FittedRule):
        raise FusionError(f"{rule!r} has nothing to fit: it draws at once.")
    if fault := misfit(rule, [member.card for member in members], weights, options):
        raise FusionError(fault)
    given, arrays, numbers = tuple(float(each) for each in weights), {}, {}
    own = resolved(options or {}, found.facts["options"], [member.name for member in members])
    for step in kind.fitting(members, ground, given, **own):
        if isinstance(step, Progress):
            yield _timed(step.doing, _ROOM * step.share, started)
        else:
            arrays, numbers = step
    card = ground.extractor.card
    facts = {
        "extractor": card.name,
        "extractor_sha256": card.weights_sha256,
        "n_real": len(ground.features),
        "seed": ground.seed,
        "numbers": {},
    }
    fused = fuse(members, rule, given, options=options, fit=Fitted(arrays, facts))
    yield _timed("comparing", _ROOM, started)
    before, _ = _distance(proposals(members, given), ground)
    yield _timed("comparing", _ROOM + (1 - _ROOM) / 3, started)
    after, used = _distance(fused, ground)
    told = {name: {"value": value} for name, value in numbers.items()}
    told |= {"kid_before": _number(before), "kid_after": _number(after), "candidates_per_image": {"value": used}}
    fitted = Fitted(arrays, facts | {"numbers": told})
    remember(kind(given, **own), members, fitted)
    yield fitted


def helps(fitted: Fitted) -> bool:
    """Return whether the kernel distance to held-out real pictures falls beyond both intervals."""
    numbers = fitted.facts["numbers"]
    return numbers["kid_after"]["high"] < numbers["kid_before"]["low"]


@torch.inference_mode()
def _distance(member: Member, ground: Ground) -> tuple[Kernel, float]:
    """Return a member's distance, and how many pictures were drawn for each of its own."""
    z, seen, used = member.latents(_COMPARED, ground.own_seed("compared")), [], 0
    fitted = isinstance(member, FusedMember) and isinstance(member.rule, FittedRule)
    for part in np.array_split(z, _COMPARED // _CHUNK):
        drawn, count = (
            member.rule.counted(member.members, member.placed(part)) if fitted else (member.generate(part), len(part))
        )
        seen.append(ground.extractor.features(to_uint8(drawn)))
        used += count
    features = finite(np.concatenate(seen), member.name)
    return kid(features, ground.held_out, ground.seed), used / _COMPARED


def _number(found: Kernel) -> dict[str, float]:
    interval = found.interval
    return {"value": interval.value, "low": interval.low, "high": interval.high}


def _timed(doing: str, share: float, started: float) -> Progress:
    seconds = time.perf_counter() - started
    return Progress(doing, share, seconds, seconds / share * (1 - share) if share else None)
