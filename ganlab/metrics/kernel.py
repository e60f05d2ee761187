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
