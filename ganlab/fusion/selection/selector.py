"""A selector: candidates come in blocks, something looks at them, their density ratios decide which are kept.

    candidates of seed s:  block b is drawn with a seed of its own, made of (s, b)
    kept:                  acceptance(r(look(x)) ^ power)

A kept picture depends on no later block, so the first 16 of a seed stay the same when 64 are asked for.  A power
below 1 is gentler: sqrt(r) takes a step towards real pictures that errs less where r is badly known.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from ganlab import seeds
from ganlab.errors import FusionError, MemberError, SpecError
from ganlab.fusion.selection import ACCEPTANCES, MOST_COST, MOST_POWER
from ganlab.fusion.selection.ratio import Known, Ratio, fit
from ganlab.images import to_uint8
from ganlab.members.member import Member
from ganlab.metrics.extractor import Extractor

Look = Callable[[np.ndarray], np.ndarray]
_BLOCK = 512  # candidates at once, about: bounds memory, and where a picture's chance may look ahead to
_PATIENCE = 20  # times the expected number of candidates


@dataclass(frozen=True)
class Selected:
    """Kept pictures of one block.

    Attributes:
        kept: uint8 [k, H, W, C].
        candidates: All that the block had, uint8 [m, H, W, C].
    """

    kept: np.ndarray
    candidates: np.ndarray


@dataclass(frozen=True)
class Selector:
    """What chooses among candidates.

    Attributes:
        look: Turns pictures uint8 [n, H, W, C] into rows [n, d].
        ratio: Fitted to such rows.
        acceptance: A name out of ``ACCEPTANCES``.
        cost: Candidates for a kept picture.
        power: Of the ratio, above 0.

    Raises:
        GanlabError: As ``check_options``.
    """

    look: Look = field(repr=False)
    ratio: Ratio = field(repr=False)
    acceptance: str = "metropolis_hastings"
    cost: int = 5
    power: float = 1.0

    def __post_init__(self) -> None:
        check_options(self.acceptance, self.cost, self.power)

    def blocks(self, proposals: Member, seed: int) -> Iterator[Selected]:
        """Yield kept pictures block by block, without end."""
        shown = np.empty(0)

        def ratios() -> Iterator[np.ndarray]:
            nonlocal shown
            for block in candidates(proposals, seed, -(-_BLOCK // self.cost) * self.cost):
                shown = block
                yield self.ratio(self.look(block)) ** self.power

        known = Known(self.ratio.known.real**self.power, self.ratio.known.drawn**self.power)
        accept = ACCEPTANCES[self.acceptance].load()
        for places in accept(ratios(), known, self.cost, seeds.stream(seed, "acceptance")):
            yield Selected(shown[places], shown)

    def selecting(self, proposals: Member, n: int, seed: int) -> Iterator[Selected]:
        """Yield blocks until ``n`` pictures are kept; the last one keeps no more than are wanted.

        Raises:
            FusionError: Far fewer are kept than the cost promises.
        """
        kept = drawn = 0
        for block in self.blocks(proposals, seed):
            kept, drawn = kept + len(block.kept), drawn + len(block.candidates)
            yield Selected(block.kept[: len(block.kept) - max(0, kept - n)], block.candidates)
            if kept >= n:
                return
            if drawn > _PATIENCE * self.cost * (kept + _BLOCK):
                raise FusionError(
                    f"Only {kept:,} of {drawn:,} candidates were kept: hardly any looks real. Take a smaller power, "
                    "another estimator, or other members."
                )


def check_options(acceptance: str, cost: int, power: float) -> None:
    """Refuse what no selector can be made with, before anything is fitted.

    Raises:
        SpecError: A cost or a power that is not allowed.
        UnknownName: No such acceptance.
    """
    ACCEPTANCES[acceptance]
    if not 1 <= cost <= MOST_COST:
        raise SpecError(f"cost is {cost}; allowed: 1 to {MOST_COST} candidates a picture.")
    if not 0 < power <= MOST_POWER:  # refuses what is no number, too
        raise SpecError(f"power is {power!r}; allowed: a number above 0, up to {MOST_POWER}.")


def candidates(proposals: Member, seed: int, size: int) -> Iterator[np.ndarray]:
    """Yield blocks of ``size`` candidates, uint8 [size, H, W, C], without end."""
    block = 0
    while True:
        own = int(seeds.stream(seed, f"candidates-{block}").integers(2**63))
        yield to_uint8(proposals.sample(size, own))
        block += 1


def fit_selector(
    proposals: Member, look: Look, real: np.ndarray, estimator: str, seed: int = 0, **options: str | float
) -> Selector:
    """Return a selector whose ratio is fitted to real pictures and as many candidates.

    Args:
        proposals: What draws.
        look: Turns pictures into rows.
        real: Rows of real pictures, [n, d]: of the validation split, never of the test split.
        estimator: A name out of ``ESTIMATORS``.
        seed: Of the candidates that are fitted to; others than those of the same seed that are chosen from.
        options: ``acceptance``, ``cost`` and ``power`` of the selector.
    """
    own = int(seeds.stream(seed, "ratio").integers(2**63))
    z = proposals.latents(len(real), own)
    parts = (to_uint8(proposals.generate(z[start : start + _BLOCK])) for start in range(0, len(z), _BLOCK))
    rows = np.concatenate([look(part) for part in parts])
    return Selector(look, fit(estimator, real, rows, seed), **options)


def by_features(extractor: Extractor) -> Look:
    """Return a look through an extractor: its features [n, d]."""
    return extractor.features


def by_critics(members: Sequence[Member]) -> Look:
    """Return a look by the members' critics: their logits [n, K].

    Raises:
        MemberError: A member has no critic that judges single pictures.
    """
    for member in members:
        member.score(torch.zeros(1, *member.shape))

    def look(images: np.ndarray) -> np.ndarray:
        pictures = _floats(images)
        return np.stack([member.score(pictures).float().cpu().numpy() for member in members], 1)

    return look


def critics_of(proposals: Member) -> list[Member]:
    """Return the members at the leaves of a fusion that have critics.

    Raises:
        MemberError: There is none.
    """
    found = [each for each in leaves(proposals) if each.card.critic_parameters]
    if not found:
        raise MemberError(f"No member of {proposals.name!r} has a critic: use an estimator that looks at features.")
    return found


def leaves(member: Member) -> list[Member]:
    """Return what a fusion is made of in the end; a member that is no fusion is all it is made of."""
    return [leaf for part in getattr(member, "members", ()) for leaf in leaves(part)] or [member]


def _floats(images: np.ndarray) -> Tensor:
    # Pictures are judged as they were rounded: real ones never were anything else, and a critic could tell by that.
    return torch.from_numpy(np.ascontiguousarray(images)).permute(0, 3, 1, 2).float().div(127.5).sub(1)
