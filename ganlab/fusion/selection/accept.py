"""Acceptance: from the density ratios of a picture's candidates to the one that is kept.

Every way spends about ``cost`` candidates on a kept one, so that ways compare at one price.  With a perfect ratio
r = p_real / p_drawn:

    rejection             the first that passes min(1, r / B)      p_real where r <= B, above it what was drawn
    soft_rejection        the first that passes about r / (r + B)  the same with a soft border (Azadi et al. 2018)
    metropolis_hastings   the end of a chain of ``cost`` steps     nearer to p_real with every step (Turner et al. 2018)
    best_of               the largest of ``cost``                  beyond p_real: sharper, less variety

A way looks at lots of candidates, [n, lot] of n pictures, until each picture has one: ``lot`` and ``lots`` say of how
many and how often.  What is kept of one picture depends on no other, and follows from ratios and chances alone.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ganlab.errors import FusionError
from ganlab.fusion.selection.ratio import Known

NOBODY = -1
_PATIENCE = 4  # times the expected number of candidates: one of fifty pictures then still has none that passed
_HALVINGS = 60
_EPSILON = 1e-8


@dataclass(frozen=True)
class Acceptance:
    """A way to keep one of several candidates.

    Attributes:
        keep: Of ratios float64 [n, lot], chances uniform on [0, 1] [n, 2 lot + 1], known ratios and cost, gives the
            place that is kept in each row, int64 [n], or ``NOBODY``.
        one_by_one: Whether candidates are looked at singly until one passes, or ``cost`` of them at once.
    """

    keep: Callable[[np.ndarray, np.ndarray, Known, int], np.ndarray]
    one_by_one: bool

    def lot(self, cost: int) -> int:
        """Return how many candidates of a picture are looked at together."""
        return 1 if self.one_by_one else cost

    def lots(self, cost: int) -> int:
        """Return how often at most; where nobody passed until then, the largest ratio is kept."""
        return _PATIENCE * cost if self.one_by_one and cost > 1 else 1


def _rejection(ratios: np.ndarray, chances: np.ndarray, known: Known, cost: int) -> np.ndarray:
    """Keep the first candidate that passes, each with the chance min(1, r / B).

    The bound B is the one that lets one of ``cost`` known drawn rows pass, but no larger than the largest known ratio:
    what costs less is not made dearer.
    """
    top = _top(known)
    bound = _where(lambda bound: np.minimum(1, known.drawn / bound).mean(), 1 / cost, top)
    return _first(chances[:, : ratios.shape[1]] * bound < ratios)


def _soft_rejection(ratios: np.ndarray, chances: np.ndarray, known: Known, cost: int) -> np.ndarray:
    """Keep the first that passes discriminator rejection sampling (Azadi et al. 2018, arXiv:1810.06758).

    A candidate passes with sigma(F - gamma), F = log(r / M) - log(1 - exp(-epsilon) r / M), where M is the largest
    known ratio: the chance r / (r + (M - r) exp(gamma)).  The authors let M grow as they draw, and set gamma to a
    percentile of F in each batch; here both come from known rows, so that pictures do not depend on each other: gamma
    lets one of ``cost`` known drawn rows pass, and is at most 0, where the law is exact.
    """
    most = _top(known)
    passing = _soft(np.minimum(known.drawn / most, 1))
    factor = _where(lambda factor: passing(factor).mean(), 1 / cost, 1.0)
    return _first(chances[:, : ratios.shape[1]] < _soft(np.minimum(ratios / most, 1))(factor))


def _metropolis_hastings(ratios: np.ndarray, chances: np.ndarray, known: Known, cost: int) -> np.ndarray:
    """Keep where an independence chain ends (Turner et al. 2018, arXiv:1811.11357, algorithm 1).

    The chain begins at the ratio of a real row, drawn of the known ones, and moves on to a candidate with the chance
    min(1, r' / r).  One that never moves has no picture to give; it begins anew at its own first candidate.
    """
    _top(known)
    lot = ratios.shape[1]
    first, second, begin = chances[:, :lot], chances[:, lot : 2 * lot], chances[:, -1]
    real = np.sort(known.real)
    starts = real[np.minimum((begin * len(real)).astype(np.int64), len(real) - 1)]
    ends = _chain(ratios, first, starts)
    anew = _chain(ratios[:, 1:], second[:, 1:], ratios[:, 0]) + 1
    return np.where(ends < 0, anew, ends)


def _best_of(ratios: np.ndarray, chances: np.ndarray, known: Known, cost: int) -> np.ndarray:
    """Keep the largest ratio, the first one of equals."""
    _top(known)
    return ratios.argmax(1)


rejection = Acceptance(_rejection, one_by_one=True)
soft_rejection = Acceptance(_soft_rejection, one_by_one=True)
metropolis_hastings = Acceptance(_metropolis_hastings, one_by_one=False)
best_of = Acceptance(_best_of, one_by_one=False)


def _first(passes: np.ndarray) -> np.ndarray:
    return np.where(passes.any(1), passes.argmax(1), NOBODY)


def _chain(ratios: np.ndarray, chances: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Return where chains [n] end in their rows [n, k]; -1 where they never moved."""
    now, ends = starts, np.full(len(ratios), -1)
    for step in range(ratios.shape[1]):
        moves = chances[:, step] * now < ratios[:, step]
        now, ends = np.where(moves, ratios[:, step], now), np.where(moves, step, ends)
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


def _top(known: Known) -> float:
    """Return the largest ratio of a known drawn row.

    Raises:
        FusionError: No known drawn row is anything like a real one.
    """
    top = float(known.drawn.max(initial=0))
    if not top > 0:
        raise FusionError("No drawn picture looks real to this ratio, so nothing could be selected.")
    return top
