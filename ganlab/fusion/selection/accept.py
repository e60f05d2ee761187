"""Acceptance: from the density ratios of candidates, in the order in which they are drawn, to the kept ones.

Every way spends about ``cost`` candidates on a kept one, so that ways compare at one price; a kept one is a place in
the stream of candidates.  With a perfect ratio r = p_real / p_drawn:

    rejection             with min(1, r / B)           p_real where r <= B, above it what was drawn
    soft_rejection        with about r / (r + B)       the same with a soft border (Azadi et al. 2018)
    metropolis_hastings   a chain of ``cost`` steps    nearer to p_real with every step (Turner et al. 2018)
    best_of               the largest of ``cost``      beyond p_real: sharper, less variety

Candidates come in blocks of whole groups of ``cost``; whether one is kept depends on no later block.
"""

from collections.abc import Callable, Iterable, Iterator

import numpy as np

from ganlab.errors import FusionError
from ganlab.fusion.selection.ratio import Known

_HALVINGS = 60
_EPSILON = 1e-8


def rejection(blocks: Iterable[np.ndarray], known: Known, cost: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Yield for each block of ratios float64 [n] the places that are kept, each with the chance min(1, r / B).

    The bound B is the one that lets one of ``cost`` known drawn rows pass, but no larger than the largest known ratio:
    what costs less is not made dearer.

    Args:
        blocks: Ratios of candidates.
        known: Ratios of held-out rows.
        cost: Candidates for a kept one.
        rng: Of the chances.

    Raises:
        FusionError: No known drawn row is anything like a real one.
    """
    _check(known)
    top = float(known.drawn.max())
    bound = _where(lambda bound: np.minimum(1, known.drawn / bound).mean(), 1 / cost, top)
    for ratios in blocks:
        yield np.flatnonzero(rng.random(len(ratios)) * bound < ratios)


def soft_rejection(
    blocks: Iterable[np.ndarray], known: Known, cost: int, rng: np.random.Generator
) -> Iterator[np.ndarray]:
    """Yield for each block the places kept by discriminator rejection sampling (Azadi et al. 2018, arXiv:1810.06758).

    A candidate passes with sigma(F - gamma), F = log(r / M) - log(1 - exp(-epsilon) r / M), where M is the largest
    ratio so far, known rows included: the chance r / (r + (M - r) exp(gamma)).  The authors set gamma to a percentile
    of F in each batch; here it is what lets one of ``cost`` pass in the block, and at most 0, where the law is exact.
    """
    _check(known)
    most = float(known.drawn.max())
    for ratios in blocks:
        most = max(most, float(ratios.max(initial=0)))
        passing = _soft(ratios / most)
        factor = _where(lambda factor: passing(factor).mean(), 1 / cost, 1.0)  # noqa: B023 - used at once
        yield np.flatnonzero(rng.random(len(ratios)) < passing(factor))


def metropolis_hastings(
    blocks: Iterable[np.ndarray], known: Known, cost: int, rng: np.random.Generator
) -> Iterator[np.ndarray]:
    """Yield for each block one place of each group: where an independence chain ends (Turner et al. 2018).

    The chain (arXiv:1811.11357, algorithm 1) begins at the ratio of a real row, drawn of the known ones, and moves on
    to a candidate with the chance min(1, r' / r).  One that never moves has no picture to give; it begins anew at its
    own first candidate.
    """
    _check(known)
    for ratios in blocks:
        groups = _groups(ratios, cost)
        starts = rng.choice(known.real, len(groups))
        ends = _chain(groups, rng.random(groups.shape), starts)
        anew = _chain(groups[:, 1:], rng.random(groups.shape)[:, 1:], groups[:, 0]) + 1
        yield np.where(ends < 0, anew, ends) + cost * np.arange(len(groups))


def best_of(blocks: Iterable[np.ndarray], known: Known, cost: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Yield for each block the place of the largest ratio of every group of ``cost``, the first one of equals."""
    _check(known)
    for ratios in blocks:
        groups = _groups(ratios, cost)
        yield groups.argmax(1) + cost * np.arange(len(groups))


def _chain(groups: np.ndarray, chances: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Return where chains [n] end in their groups [n, k]; -1 where they never moved."""
    now, ends = starts, np.full(len(groups), -1)
    for step in range(groups.shape[1]):
        moves = chances[:, step] * now < groups[:, step]
        now, ends = np.where(moves, groups[:, step], now), np.where(moves, step, ends)
    return ends


def _soft(parts: np.ndarray) -> Callable[[float], np.ndarray]:
    """Return chances of ratios r / M as a function of exp(gamma)."""
    rest = 1 - parts * (1 - _EPSILON)
    return lambda factor: parts / (parts + rest * factor)


def _where(share: Callable[[float], float], wanted: float, top: float) -> float:
    """Return the number below ``top`` where a falling share is what is wanted; ``top`` where it is more even there."""
    if share(top) >= wanted:
        return top
    low, high = 0.0, top
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if share(middle) >= wanted else (low, middle)
    return high


def _groups(ratios: np.ndarray, cost: int) -> np.ndarray:
    assert len(ratios) % cost == 0, "candidates come in whole groups"
    return ratios.reshape(-1, cost)


def _check(known: Known) -> None:
    if not known.drawn.max(initial=0) > 0:
        raise FusionError("No drawn picture looks real to this ratio, so nothing could be selected.")
