"""Kernel distance (KID): the squared maximum mean discrepancy, without bias (Binkowski et al. 2018, arXiv:1801.01401).

torch-fidelity computes it: kernel ``(x.y / d + 1)^3``, the U-statistic on random subsets.  It is about 0, and
half the time below, for two samples of one law.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch_fidelity.metric_kid import KEY_METRIC_KID_MEAN, KEY_METRIC_KID_STD, kid_features_to_metric

from ganlab.metrics.interval import Interval

SUBSETS, SUBSET_SIZE = 100, 1_000


@dataclass(frozen=True)
class Kernel:
    """The distance, and the standard deviation of its values on the subsets, which papers give beside it."""

    interval: Interval
    std: float


def kid(fake: np.ndarray, real: np.ndarray, seed: int = 0) -> Kernel:
    """Return the distance of features [n, d] from [m, d].

    The interval is that of subsampling (Politis & Romano 1994): values on subsets of b out of n rows, drawn
    without replacement, vary (n - b) / b times as much as the value on all of them, and the mean of 100 subsets a
    hundredth more.
    """
    rows = min(len(fake), len(real))
    size = min(SUBSET_SIZE, rows // 2)
    both = (torch.from_numpy(np.asarray(each, np.float64)) for each in (fake, real))
    found = kid_features_to_metric(
        *both, kid_subsets=SUBSETS, kid_subset_size=size, kid_kernel="poly", rng_seed=seed % 2**32, verbose=False
    )
    value, std = found[KEY_METRIC_KID_MEAN], found[KEY_METRIC_KID_STD]
    return Kernel(Interval.spread(value, std * (size / (rows - size) + 1 / SUBSETS) ** 0.5), std)


def nearer(before: np.ndarray, after: np.ndarray, real: np.ndarray) -> Interval:
    """Return by how much features ``after`` [m, d] are nearer to real ones [r, d] than ``before`` [n, d].

    The difference of two squared distances, without bias, over all rows.  Both are taken from the same real rows, so
    that what these happen to be hardly counts: the interval is that of the difference, narrower than those of the two.
    Its deviation is that of the first-order terms, each row's own part in each of the three sums (Hoeffding 1948).
    """
    (own_before, to_real_before, of_real_before), (own_after, to_real_after, of_real_after) = (
        _rows_parts(fake, real) for fake in (before, after)
    )
    value = own_before.mean() - own_after.mean() - 2 * (to_real_before.mean() - to_real_after.mean())
    parts = (2 * (own_before - to_real_before), 2 * (own_after - to_real_after), 2 * (of_real_before - of_real_after))
    return Interval.spread(float(value), float(np.sqrt(sum(part.var(ddof=1) / len(part) for part in parts))))


def _rows_parts(fake: np.ndarray, real: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return each drawn row's mean kernel with the other drawn ones and with real ones, and each real row's [r]."""
    one, other = (torch.from_numpy(np.asarray(rows, np.float64) / rows.shape[1] ** 0.5) for rows in (fake, real))
    among, between = ((one @ rows.T).add_(1).pow_(3) for rows in (one, other))
    among.fill_diagonal_(0)
    return (among.sum(1) / (len(one) - 1)).numpy(), between.mean(1).numpy(), between.mean(0).numpy()
