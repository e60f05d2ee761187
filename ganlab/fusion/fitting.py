"""Fitting a rule: it learns from validation pictures, and others that were held out tell whether that helped."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import torch

from ganlab.errors import FusionError
from ganlab.fusion import RULES, fuse, misfit
from ganlab.fusion.fitted import Fitted, FittedRule, counted, remember
from ganlab.fusion.ground import Ground
from ganlab.fusion.options import Value, resolved
from ganlab.fusion.selection.rule import proposals
from ganlab.images import outside
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
    started, given = time.perf_counter(), tuple(float(each) for each in weights)
    made: Fitted | None = None
    for step in fits(members, rule, ground, weights, options):
        if isinstance(step, Progress):
            yield _timed(step.doing, _ROOM * step.share, started)
        else:
            made = step
    fused = fuse(members, rule, given, options=options, fit=made)
    yield _timed("comparing", _ROOM, started)
    plain, _ = _seen(proposals(members, given), ground)
    yield _timed("comparing", _ROOM + (1 - _ROOM) / 3, started)
    chosen, used = _seen(fused, ground)
    before, after = (kid(features, ground.held_out, ground.seed).interval for features in (plain, chosen))
    told = dict(made.facts["numbers"])
    told |= {"kid_before": vars(before), "kid_after": vars(after), "candidates_per_image": {"value": used}}
    told["kid_gain"] = vars(nearer(plain, chosen, ground.held_out))
    fitted = Fitted(made.arrays, made.facts | {"numbers": told})
    remember(replace(fused.rule, fitted=None), members, fitted)
    yield fitted


def fits(
    members: Sequence[Member],
    rule: str,
    ground: Ground,
    weights: Sequence[float] = (),
    options: Mapping[str, Value] | None = None,
) -> Iterator[Progress | Fitted]:
    """Fit a rule and no more: nothing is compared, and nothing remembered.

    Args:
        members: As for ``fitting``, and so are the others.
        rule: As there.
        ground: As there.
        weights: As there.
        options: As there.

    Yields:
        Progress; at the end the fit, with the numbers that the rule tells by itself.

    Raises:
        GanlabError: As ``fitting``.
    """
    found = RULES[rule]
    kind: type[FittedRule] = found.load()
    if not issubclass(kind, FittedRule):
        raise FusionError(f"{rule!r} has nothing to fit: it draws at once.")
    if fault := misfit(rule, [member.card for member in members], weights, options):
        raise FusionError(fault)
    own = resolved(options or {}, found.facts["options"], [member.name for member in members])
    card = ground.extractor.card
    facts = {
        "extractor": card.name,
        "extractor_sha256": card.weights_sha256,
        "n_real": len(ground.features),
        "seed": ground.seed,
    }
    for step in kind.fitting(members, ground, tuple(float(each) for each in weights), **own):
        if isinstance(step, Progress):
            yield step
        else:
            arrays, numbers = step
            yield Fitted(arrays, facts | {"numbers": {name: {"value": value} for name, value in numbers.items()}})


def helps(fitted: Fitted) -> bool:
    """Return whether the kernel distance to held-out real pictures falls, beyond the interval of the difference."""
    return fitted.facts["numbers"]["kid_gain"]["low"] > 0


@torch.inference_mode()
def _seen(member: Member, ground: Ground) -> tuple[np.ndarray, float]:
    """Return features of a member's pictures, and how many were drawn for each of them."""
    z, seen, used = member.latents(_COMPARED, ground.own_seed("compared")), [], 0
    for part in np.array_split(z, _COMPARED // _CHUNK):
        drawn, count = counted(member, part)
        seen.append(ground.extractor.features(outside(drawn)))
        used += count
    return finite(np.concatenate(seen), member.name), used / _COMPARED


def _timed(doing: str, share: float, started: float) -> Progress:
    seconds = time.perf_counter() - started
    return Progress(doing, share, seconds, seconds / share * (1 - share) if share else None)
