"""Fréchet distance between two clouds of features, each taken for a Gaussian (Heusel et al. 2017, arXiv:1706.08500).

    FD = |m1 - m2|^2 + tr(S1) + tr(S2) - 2 tr((S1^1/2 S2 S1^1/2)^1/2)

With Inception features it is the FID; with any other extractor it has other values, so its name stands
beside it.  Means and covariances are summed in float64 and the root is taken of a symmetric matrix: roots of
the product S1 S2, which is not symmetric, have cost several libraries their digits.
"""

from dataclasses import dataclass

import numpy as np
import torch

from ganlab.metrics.interval import Interval, replicates


@dataclass(frozen=True)
class Moments:
    """What the distance needs of a cloud: mean float64 [d], covariance float64 [d, d], and the number of rows."""

    mean: np.ndarray
    covariance: np.ndarray
    n: int


def moments(features: np.ndarray, counts: np.ndarray | None = None) -> Moments:
    """Return the moments of features [n, d]; ``counts`` [n] says how often each row counts (once by default)."""
    rows = torch.from_numpy(np.ascontiguousarray(features, np.float64))
    n = len(rows) if counts is None else int(counts.sum())
    weighted = rows if counts is None else rows * torch.from_numpy(counts)[:, None]
    mean = weighted.sum(0) / n
    covariance = (weighted.T @ rows - n * torch.outer(mean, mean)) / (n - 1)
    return Moments(mean.numpy(), ((covariance + covariance.T) / 2).numpy(), n)


def frechet_distance(a: Moments, b: Moments) -> float:
    """Return the squared distance, in squared units of the features; 0 for equal moments, never negative."""
    return _distance(a, b, _root(b.covariance))


def bias(covariance: np.ndarray, n: int, m: int) -> float:
    """Return by how much n and m rows of one law with this covariance seem apart on average.

    Second-order expansion for Gaussian rows with eigenvalues l:
    ``(1/n + 1/m) (sum_i l_i + 1/2 sum_ij (1 + d_ij) l_i l_j / (l_i + l_j))``; a small-sample FID is too
    large by about this much.
    """
    values = np.clip(np.linalg.eigvalsh(covariance), 0, None)
    values = values[values > values.max(initial=0) * 1e-12]
    pairs = np.outer(values, values) / (values[:, None] + values[None, :])
    return float((1 / n + 1 / m) * (values.sum() + (pairs.sum() + np.trace(pairs)) / 2))


class Reference:
    """Real features that many others are compared with: what depends on them alone is worked out once.

    Args:
        real: Features [m, d].
        seed: Of resampling.
        repeats: Of the bootstrap.
    """

    def __init__(self, real: np.ndarray, seed: int = 0, repeats: int = 50) -> None:
        # Moved to the real mean first: the distance stays, and float64 sums lose nothing to a far origin.
        self._centre = real.mean(0, dtype=np.float64)
        real = real - self._centre
        self._seed, self._repeats = seed, repeats
        self._whole = _rooted(moments(real))
        drawn = replicates(len(real), repeats, seed, "real")
        self._draws = [_rooted(moments(real, counts)) for counts in drawn]

    def fid(self, fake: np.ndarray) -> Interval:
        """Return the distance of features [n, d], with a bootstrap interval over both sets of rows.

        A resampled distance is biased upwards as the distance itself is, once more; so only the spread of the
        resampled values is used, around the value measured.
        """
        fake = fake - self._centre
        drawn = replicates(len(fake), self._repeats, self._seed, "fake")
        draws = [_distance(moments(fake, counts), *real) for counts, real in zip(drawn, self._draws, strict=True)]
        return Interval.around(_distance(moments(fake), *self._whole), draws)


def fid(fake: np.ndarray, real: np.ndarray, seed: int = 0, repeats: int = 50) -> Interval:
    """Return the distance of features [n, d] from [m, d], with an interval, as ``Reference.fid``."""
    return Reference(real, seed, repeats).fid(fake)


def _distance(a: Moments, b: Moments, root: np.ndarray) -> float:
    """Return the distance, given the root of the second covariance."""
    overlap = np.sqrt(np.clip(np.linalg.eigvalsh(root @ a.covariance @ root), 0, None)).sum()
    apart = np.square(a.mean - b.mean).sum()
    return float(max(0.0, apart + np.trace(a.covariance) + np.trace(b.covariance) - 2 * overlap))


def _rooted(found: Moments) -> tuple[Moments, np.ndarray]:
    return found, _root(found.covariance)


def _root(matrix: np.ndarray) -> np.ndarray:
    """Return the symmetric root of a symmetric positive semi-definite matrix."""
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * np.sqrt(np.clip(values, 0, None))) @ vectors.T
