"""How well one number tells two kinds apart: ROC curve, the area under it, and the area's interval.

    AUC = P(score of a positive > score of a negative),  ties counted half     (Mann & Whitney 1947)
    Var(AUC) = var_i V_i / m + var_j W_j / n             (DeLong, DeLong & Clarke-Pearson 1988, Biometrics 44, eq. 6)

V_i is the share of the n negatives below positive i, W_j the share of the m positives above negative j.
"""

import numpy as np

from ganlab.metrics.interval import Interval

_TAIL = 0.025  # of a 95 % interval
_CORNERS = 200


def auc(positive: np.ndarray, negative: np.ndarray) -> float:
    """Return the chance that a positive value is above a negative one, ties counted half."""
    return float(_below(positive, negative).mean())


def area(positive: np.ndarray, negative: np.ndarray) -> Interval:
    """Return the AUC of values [m] and [n] with its 95 % interval.

    Where no pair is the wrong way round DeLong's variance is 0; then of min(m, n) pairs that share no value none was
    wrong, which has a chance of 2.5 % at most if the AUC is below 0.025 ^ (1 / min(m, n)).
    """
    above, below = _below(positive, negative), 1 - _below(negative, positive)
    value, fewer = float(above.mean()), min(len(positive), len(negative))
    if value in (0, 1):
        certain = _TAIL ** (1 / fewer)
        return Interval(value, certain, 1.0) if value else Interval(value, 0.0, 1 - certain)
    variance = sum(each.var(ddof=1) / len(each) if len(each) > 1 else 0.25 for each in (above, below))
    return Interval.spread(value, float(np.sqrt(variance)), 0.0, 1.0)


def curve(positive: np.ndarray, negative: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the ROC curve from (0, 0) to (1, 1): shares of negatives and of positives at or above falling borders."""
    borders = np.unique(np.concatenate([positive, negative]))[::-1]
    alarms, found = (1 - np.searchsorted(np.sort(each), borders) / len(each) for each in (negative, positive))
    return np.append(0.0, alarms), np.append(0.0, found)


def thinned(alarms: np.ndarray, found: np.ndarray, corners: int = _CORNERS) -> tuple[np.ndarray, np.ndarray]:
    """Return at most about so many corners of a curve, both ends among them, as far apart along it as can be."""
    along = alarms + found
    places = np.unique(np.searchsorted(along, np.linspace(0, 2, corners)).clip(max=len(along) - 1))
    return alarms[places], found[places]


def _below(values: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return for each value the share of the others that are below it, equal ones counted half."""
    others = np.sort(others)
    ends = np.searchsorted(others, values, "left") + np.searchsorted(others, values, "right")
    return ends / (2 * len(others))
