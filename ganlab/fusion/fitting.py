"""Fitting a rule: it learns from validation pictures, and others that were held out tell whether that helped."""

import time
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import torch

from ganlab.errors import FusionError
from ganlab.fusion import RULES, fuse, misfit
from ganlab.fusion.fitted import Fitted, FittedRule, counted, remember
from ganlab.fusion.ground import Ground
from ganlab.fusion.options import Value, resolved
from ganlab.fusion.selection.rule import proposals
from ganlab.images import to_uint8
from ganlab.members.member import Member
from ganlab.metrics.evaluate import Progress
from ganlab.metrics.kernel import kid, nearer
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
        pictures that were held out (``kid_before``, ``kid_after``, ``kid_gain``), and ``candidates_per_image``.

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
    plain, _ = _seen(proposals(members, given), ground)
    yield _timed("comparing", _ROOM + (1 - _ROOM) / 3, started)
    chosen, used = _seen(fused, ground)
    before, after = (kid(features, ground.held_out, ground.seed).interval for features in (plain, chosen))
    told = {name: {"value": value} for name, value in numbers.items()}
    told |= {"kid_before": vars(before), "kid_after": vars(after), "candidates_per_image": {"value": used}}
    told["kid_gain"] = vars(nearer(plain, chosen, ground.held_out))
    fitted = Fitted(arrays, facts | {"numbers": told})
    remember(kind(given, **own), members, fitted)
    yield fitted


def helps(fitted: Fitted) -> bool:
    """Return whether the kernel distance to held-out real pictures falls, beyond the interval of the difference."""
    return fitted.facts["numbers"]["kid_gain"]["low"] > 0


@torch.inference_mode()
def _seen(member: Member, ground: Ground) -> tuple[np.ndarray, float]:
    """Return features of a member's pictures, and how many were drawn for each of them."""
    z, seen, used = member.latents(_COMPARED, ground.own_seed("compared")), [], 0
    for part in np.array_split(z, _COMPARED // _CHUNK):
        drawn, count = counted(member, part)
        seen.append(ground.extractor.features(to_uint8(drawn)))
        used += count
    return finite(np.concatenate(seen), member.name), used / _COMPARED


def _timed(doing: str, share: float, started: float) -> Progress:
    seconds = time.perf_counter() - started
    return Progress(doing, share, seconds, seconds / share * (1 - share) if share else None)
