"""The toy densities, each as a mixture of round Gaussians.

Ring and grid are those by which missing modes are usually counted (Srivastava et al. 2017, arXiv:1705.07761;
Lin et al. 2018, arXiv:1712.04086, appendix B); spiral and moons are the curves of scikit-learn's kind.
"""

import math

import torch
from torch import Tensor

from ganlab.toys.mixture import Mixture


def ring8() -> Mixture:
    """Return eight equal modes at radius 1, std 0.01, the first at angle zero."""
    angles = torch.arange(8, dtype=torch.float64) * (2 * math.pi / 8)
    return _even(torch.stack([angles.cos(), angles.sin()], dim=1), std=0.01)


def grid25() -> Mixture:
    """Return 25 equal modes at {-4, -2, 0, 2, 4} squared, std 0.05."""
    ticks = torch.arange(-4, 5, 2, dtype=torch.float64)
    return _even(torch.cartesian_prod(ticks, ticks), std=0.05)


def spiral() -> Mixture:
    """Return one arm of two turns, radius 0.3 to 2 growing with the angle, std 0.05, even along its length."""
    turns = torch.linspace(0, 4 * math.pi, 20_001, dtype=torch.float64)
    radius = 0.3 + 1.7 * turns / (4 * math.pi)
    fine = torch.stack([radius * turns.cos(), radius * turns.sin()], dim=1)
    return _even(_spaced(fine, 600), std=0.05, separate=False)


def two_moons() -> Mixture:
    """Return two half circles of radius 1 that reach into each other, std 0.08, centred on zero."""
    angles = torch.linspace(0, math.pi, 100, dtype=torch.float64)
    upper = torch.stack([angles.cos() - 0.5, angles.sin() - 0.25], dim=1)
    return _even(torch.cat([upper, -upper]), std=0.08, separate=False)


def _even(centres: Tensor, std: float, separate: bool = True) -> Mixture:
    return Mixture(centres, std, torch.full((len(centres),), 1 / len(centres), dtype=torch.float64), separate)


def _spaced(curve: Tensor, count: int) -> Tensor:
    """Return ``count`` points of a finely drawn curve [n, 2] at equal steps of its length."""
    walked = (curve[1:] - curve[:-1]).norm(dim=1).cumsum(0)
    places = torch.linspace(0, float(walked[-1]), count, dtype=torch.float64)
    return curve[torch.searchsorted(walked, places).clamp(max=len(curve) - 1)]
