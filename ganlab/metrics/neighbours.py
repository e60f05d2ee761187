"""Measures of nearest neighbours: precision and recall, density and coverage, nearness to training pictures.

    precision = share of fakes within the ball of some real     (Kynkäänniemi et al. 2019, arXiv:1904.06991)
    recall    = share of reals within the ball of some fake
    density   = number of real balls a fake lies in, over k     (Naeem et al. 2020, arXiv:2002.09797)
    coverage  = share of reals in whose own ball some fake lies

The ball of a row reaches to its k-th nearest other row of the same set, k = 5.  Precision asks whether
fakes look real, recall and coverage whether they show all there is.  All of them depend on how many
rows there are, also for two sets of one law, so the numbers of both stand beside each value.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ganlab.metrics.interval import Interval, of_mean

K = 5
NEAREST = 0.05  # the share of fakes that is asked for copies
_ROWS = 1_000  # rows compared at once: 80 MB of distances to 10,000 others


@dataclass(frozen=True)
class Manifold:
    """Rows float64 [n, d] with the squared radius of each one's ball, [n]."""

    rows: Tensor
    squared_radii: Tensor


@dataclass(frozen=True)
class Fidelity:
    """The four measures, with intervals for the radii as they are."""

    precision: Interval
    recall: Interval
    density: Interval
    coverage: Interval


def manifold(features: np.ndarray, k: int = K) -> Manifold:
    """Return rows [n, d] with the balls that reach to their k-th nearest neighbours; needs n > k."""
    rows = torch.from_numpy(features.astype(np.float64))
    radii = []
    for start, squares in _squared_distances(rows, rows):
        own = torch.arange(len(squares))
        squares[own, start + own] = torch.inf  # a row is no neighbour of itself
        radii.append(squares.topk(k, largest=False).values[:, -1])
    return Manifold(rows, torch.cat(radii))


def fidelity(fake: Manifold, real: Manifold, k: int = K) -> Fidelity:
    """Return precision, recall, density and coverage of fakes within reals.

    Each is a mean over rows: of fakes (precision, density) or of reals (recall, coverage); the interval is
    that mean's.
    """
    precise, dense = [], []
    covered = torch.zeros(len(real.rows), dtype=torch.bool)
    recalled = torch.zeros(len(real.rows), dtype=torch.bool)
    for start, squares in _squared_distances(fake.rows, real.rows):
        within = squares <= real.squared_radii
        precise.append(within.any(1))
        dense.append(within.sum(1))
        covered |= within.any(0)
        recalled |= (squares <= fake.squared_radii[start : start + len(squares), None]).any(0)
    shares = [each.double().numpy() for each in (torch.cat(precise), recalled, torch.cat(dense), covered)]
    precision, recall, density, coverage = shares
    return Fidelity(of_mean(precision, 0, 1), of_mean(recall, 0, 1), of_mean(density / k, 0), of_mean(coverage, 0, 1))


def nearness(fake: np.ndarray, real: np.ndarray, train: np.ndarray) -> Interval:
    """Return how near fakes lie to training pictures, unseen reals being 1.

    The distance to the nearest training picture below which the nearest twentieth of fakes stay, over that of
    unseen reals.  Far below 1 at least a twentieth are copies; a twentieth and not half, because ``train`` may
    be a sample: of 10,000 out of 55,000 pictures a member that knows all of them by heart hits every fifth.
    """
    near, usual = (np.sqrt(_nearest(each, train)) for each in (fake, real))
    reference = max(float(np.quantile(usual, NEAREST)), 1e-12)
    # A quantile's interval from the ranks that bound it: n p give or take 1.96 sqrt(n p (1 - p)).
    ranked, middle = np.sort(near), NEAREST * len(near)
    half = 1.96 * np.sqrt(middle * (1 - NEAREST))
    low = ranked[max(0, int(middle - half))]
    high = ranked[min(len(near) - 1, int(np.ceil(middle + half)))]
    value = float(np.quantile(near, NEAREST))
    return Interval(value / reference, float(low) / reference, float(high) / reference)


def _nearest(rows: np.ndarray, others: np.ndarray) -> np.ndarray:
    a, b = (torch.from_numpy(each.astype(np.float64)) for each in (rows, others))
    return torch.cat([squares.amin(1) for _, squares in _squared_distances(a, b)]).numpy()


def _squared_distances(rows: Tensor, others: Tensor) -> Iterator[tuple[int, Tensor]]:
    """Yield (first row, squared distances [some, n]) block by block; |a|^2 + |b|^2 - 2 ab around a common centre."""
    centre = others.mean(0)
    rows, others = rows - centre, others - centre
    lengths = others.square().sum(1)
    for start in range(0, len(rows), _ROWS):
        part = rows[start : start + _ROWS]
        yield start, torch.addmm(lengths, part, others.T, alpha=-2).add_(part.square().sum(1)[:, None]).clamp_(min=0)
