"""Measures of points in the plane, against the exact density they should follow.

Modes, high-quality share and reverse KL by the protocol of VEEGAN (Srivastava et al. 2017) and PacGAN (Lin et
al. 2018, arXiv:1712.04086): 2,500 samples; of high quality within three standard deviations of the nearest
mode; a mode is found from one such sample on.  A perfect sampler reaches a share of 1 - exp(-9/2) = 0.989.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch

from ganlab.metrics.interval import Interval, of_mean, replicates
from ganlab.toys.mixture import Mixture

PERFECT_SHARE = 1 - math.exp(-4.5)


@dataclass(frozen=True)
class Told:
    """What points say of themselves at a glance, exact for these points.

    Attributes:
        n: How many points.
        high_quality: The share of them within three standard deviations of a centre; ``PERFECT_SHARE`` is perfect.
        of: How many modes there are; 0 where centres are beads of a curve.
        modes: Modes with at least one point of high quality.
        kl: Reverse KL of the histogram of modes, in nats; None without modes, or without a point at one.
        log_likelihood: Mean exact log density, in nats.
    """

    n: int
    high_quality: float
    of: int
    modes: int
    kl: float | None
    log_likelihood: float


def told(points: np.ndarray, mixture: Mixture) -> Told:
    """Return what points [n, 2] say at a glance; intervals are taken where numbers are reported."""
    which, separate = nearest_modes(points, mixture), mixture.modes is not None
    counts = np.bincount(which[which >= 0], minlength=len(mixture.weights))
    return Told(
        n=len(points),
        high_quality=float((which >= 0).mean()),
        of=len(mixture.weights) if separate else 0,
        modes=modes(which) if separate else 0,
        kl=divergence(counts, mixture.weights.numpy()) if separate and counts.any() else None,
        log_likelihood=float(mixture.log_density(torch.from_numpy(points.astype(np.float32))).mean()),
    )


def nearest_modes(points: np.ndarray, mixture: Mixture) -> np.ndarray:
    """Return for each point [n, 2] the centre it is of high quality for, int64 [n], -1 for none."""
    distances = torch.cdist(torch.from_numpy(points.astype(np.float64)), mixture.centres)
    nearest = distances.min(1)
    return torch.where(nearest.values <= 3 * mixture.std, nearest.indices, -1).numpy()


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

    draws = [
        divergence(np.bincount(hits, weights=counts, minlength=len(weights)), weights)
        for counts in replicates(len(hits), repeats, seed, "modes")
    ]
    return Interval.around(divergence(np.bincount(hits, minlength=len(weights)), weights), draws)


def divergence(counts: np.ndarray, weights: np.ndarray) -> float:
    """Return KL(histogram || modes) in nats, of counts [K] that are not all 0 and the modes' weights [K]."""
    share = counts / counts.sum()
    there = share > 0
    return float((share[there] * np.log(share[there] / weights[there])).sum())


def log_likelihood(points: np.ndarray, mixture: Mixture) -> Interval:
    """Return the mean exact log density of points [n, 2], in nats; a perfect sampler reaches minus the entropy."""
    return of_mean(mixture.log_density(torch.from_numpy(points.astype(np.float32))).numpy())
