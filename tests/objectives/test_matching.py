"""Feature matching against distances that can be written down."""

import pytest
import torch
from fakes import rng

from ganlab.objectives.matching import mean_distance


def test_two_gaussians_are_as_far_apart_as_their_means():
    """E |m - m'|^2 is |mu - mu'|^2 plus what means of n vary: d (1 + s^2) / n with deviations 1 and s."""
    n, d, s = 20_000, 3, 2.0
    middle = torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64)
    real = torch.randn(n, d, generator=rng(), dtype=torch.float64)
    drawn = s * torch.randn(n, d, generator=rng(1), dtype=torch.float64) + middle
    noise = d * (1 + s**2) / n
    # four standard deviations: the cross term 2 middle . (error of the means)
    spread = 4 * 2 * (middle.square().sum().item() * (1 + s**2) / n) ** 0.5
    assert mean_distance(real, drawn).item() == pytest.approx(middle.square().sum().item() + noise, abs=spread)


def test_only_means_count():
    real = torch.tensor([[1.0, 0.0], [3.0, 4.0]])
    assert mean_distance(real, torch.tensor([[2.0, 2.0]])) == 0
    assert mean_distance(real, torch.tensor([[2.0, 5.0], [2.0, 5.0], [2.0, 5.0]])) == 9


def test_the_slope_pulls_each_drawn_row_towards_the_real_mean():
    real, drawn = torch.tensor([[1.0, 0.0], [3.0, 4.0]]), torch.zeros(4, 2, requires_grad=True)
    mean_distance(real, drawn).backward()
    assert drawn.grad.tolist() == [[-1.0, -1.0]] * 4  # 2 (mean of drawn - mean of real) / 4
