"""Measures of points in the plane, against the exact density they should follow.

Modes, high-quality share and reverse KL by the protocol of VEEGAN (Srivastava et al. 2017) and PacGAN (Lin et
al. 2018, arXiv:1712.04086): 2,500 samples; of high quality within three standard deviations of the nearest
mode; a mode is found from one such sample on.  A perfect sampler reaches a share of 1 - exp(-9/2) = 0.989.
"""

import math

import numpy as np
import torch

from ganlab.metrics.interval import Interval, of_mean, replicates
from ganlab.toys.mixture import Mixture

PERFECT_SHARE = 1 - math.exp(-4.5)


def nearest_modes(points: np.ndarray, mixture: Mixture) -> np.ndarray:
    """Return for each point [n, 2] the mode it is of high quality for, int64 [n], -1 for none."""
    centres, std = mixture.modes
    distances = torch.cdist(torch.from_numpy(points.astype(np.float64)), centres)
    nearest = distances.min(1)
    return torch.where(nearest.values <= 3 * std, nearest.indices, -1).numpy()


def high_quality(which: np.ndarray) -> Interval:
    """Return the share of points that are of high quality."""
    return of_mean((which >= 0).astype(np.float64), 0, 1)


def modes(which: np.ndarray) -> int:
    """Return how many modes have at least one point of high quality."""
    return len(np.unique(which[which >= 0]))


def reverse_kl(which: np.ndarray, weights: np.ndarray, seed: int = 0, repeats: int = 200) -> Interval | None:
    """Return KL(points || modes) over the points of high quality, in nats; None if there are none."""
    hits = which[which >= 0]
    if len(hits) == 0:
        return None

    def divergence(counts: np.ndarray) -> float:
        share = counts / counts.sum()
        there = share > 0
        return float((share[there] * np.log(share[there] / weights[there])).sum())

    draws = [
        divergence(np.bincount(hits, weights=counts, minlength=len(weights)))
        for counts in replicates(len(hits), repeats, seed, "modes")
    ]
    return Interval.around(divergence(np.bincount(hits, minlength=len(weights))), draws)


def log_likelihood(points: np.ndarray, mixture: Mixture) -> Interval:
    """Return the mean exact log density of points [n, 2], in nats; a perfect sampler reaches minus the entropy."""
    return of_mean(mixture.log_density(torch.from_numpy(points.astype(np.float32))).numpy())
