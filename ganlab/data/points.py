"""The toy densities as datasets: 100,000 points to train, 5,000 to validate, 10,000 to test, with log density."""

import torch

from ganlab.data.dataset import Dataset
from ganlab.toys import density

_SIZES = {"train": 100_000, "validation": 5_000, "test": 10_000}


def ring8() -> Dataset:
    """Return points of eight narrow heaps on a circle of radius 1, std 0.01."""
    return points_of("ring8")


def grid25() -> Dataset:
    """Return points of 25 heaps on a grid of step 2, std 0.05."""
    return points_of("grid25")


def spiral() -> Dataset:
    """Return points along one spiral arm of two turns."""
    return points_of("spiral")


def two_moons() -> Dataset:
    """Return points along two interlocking half circles."""
    return points_of("two_moons")


def points_of(name: str) -> Dataset:
    """Return points of a toy density by name, one of the list or one that somebody drew."""
    exact = density(name)
    points = exact.sample(sum(_SIZES.values()), seed=0)  # independent rows: any cut into splits is a fair one
    splits = dict(zip(_SIZES, torch.arange(len(points)).split(list(_SIZES.values())), strict=True))
    return Dataset(name, points, None, (), splits, exact.log_density)
