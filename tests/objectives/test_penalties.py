"""Penalties against critics whose slopes can be written down."""

import pytest
import torch
from fakes import rng
from torch import nn

from ganlab.objectives import OBJECTIVES
from ganlab.objectives.penalties import slope_between, squared_slope


class Linear(nn.Module):
    """D(x) = w.x, slope w everywhere."""

    def __init__(self, weights):
        super().__init__()
        self.w = nn.Parameter(torch.tensor(weights, dtype=torch.float64))

    def forward(self, x):
        return x.flatten(1) @ self.w


class Quadratic(nn.Module):
    """D(x) = a |x|^2 / 2, slope a x."""

    def __init__(self, a):
        super().__init__()
        self.a = nn.Parameter(torch.tensor(a, dtype=torch.float64))

    def forward(self, x):
        return self.a * x.flatten(1).square().sum(1) / 2


class Watching(nn.Module):
    """D(x) = x_0, remembering where it was asked."""

    def forward(self, x):
        self.asked = x.detach().clone()
        return x.flatten(1)[:, 0]


def rows(n, *shape, seed=0):
    return torch.randn(n, *shape, generator=rng(seed), dtype=torch.float64)


@pytest.mark.parametrize("shape", [(3,), (3, 1, 1), (1, 3, 1)])
def test_a_linear_critic_has_the_length_of_its_weights_as_slope(shape):
    critic, real, fake = Linear([3.0, 4.0, 12.0]), rows(5, *shape), rows(5, *shape, seed=1)
    assert slope_between(critic, real, fake, rng()).item() == pytest.approx((13 - 1) ** 2, rel=1e-12)
    assert squared_slope(critic, real).item() == pytest.approx(169, rel=1e-12)


def test_a_quadratic_critic_has_its_slope_from_the_place():
    critic, x = Quadratic(-2.0), rows(6, 1, 2, 2)
    by_hand = sum(4 * value**2 for value in x.flatten().tolist()) / 6
    assert squared_slope(critic, x).item() == pytest.approx(by_hand, rel=1e-12)


def test_places_lie_evenly_on_the_lines_between_pairs():
    critic, n = Watching(), 4_000
    real, fake = rows(n, 2), rows(n, 2, seed=1)
    slope_between(critic, real, fake, rng(2))
    t = (critic.asked - real) / (fake - real)
    assert t[:, 0] == pytest.approx(t[:, 1].numpy(), abs=1e-6)  # one t a pair, or the place is off the line
    assert (t.min() >= 0, t.max() <= 1) == (True, True)
    # four standard errors of the mean and of the mean square of a uniform variable
    assert t[:, 0].mean().item() == pytest.approx(1 / 2, abs=4 * (1 / 12 / n) ** 0.5)
    assert t[:, 0].square().mean().item() == pytest.approx(1 / 3, abs=4 * (4 / 45 / n) ** 0.5)


@pytest.mark.usefixtures("global_chance")
def test_places_follow_from_the_rng_alone():
    real, fake, asked = rows(5, 3), rows(5, 3, seed=1), []
    for seed in (4, 4, 5):
        critic = Watching()
        slope_between(critic, real, fake, rng(seed))
        asked.append(critic.asked.tolist())
    assert asked[0] == asked[1] != asked[2]


def test_the_weights_learn_from_penalties():
    """d/dw (|w| - 1)^2 = 2 (|w| - 1) w / |w| and d/dw |w|^2 = 2 w."""
    for penalty, slope in ((lambda c, x: slope_between(c, x, -x, rng()), 2 * 4 / 5), (squared_slope, 2)):
        critic = Linear([3.0, 4.0])
        penalty(critic, rows(3, 2)).backward()
        assert critic.w.grad.tolist() == pytest.approx([3 * slope, 4 * slope], rel=1e-12)


def test_pictures_learn_nothing_from_penalties():
    real = rows(3, 2).requires_grad_()
    squared_slope(Quadratic(2.0), real).backward()
    assert real.grad is None


@pytest.mark.parametrize("weight", [0.0, 1.0, 10.0])
def test_weights_stand_where_the_papers_put_them(weight):
    critic, real, fake = Quadratic(3.0), rows(4, 2), rows(4, 2, seed=1)
    # R3GAN: gamma / 2 (R1 + R2), the slopes 3 x by hand
    squares = [9 * value**2 for value in (*real.flatten().tolist(), *fake.flatten().tolist())]
    relativistic = OBJECTIVES["relativistic"].load()(penalty=weight)
    assert relativistic.regularise(critic, real, fake, rng()).item() == pytest.approx(weight / 2 * sum(squares) / 4)
    # WGAN-GP: lambda (|w| - 1)^2
    wasserstein = OBJECTIVES["wasserstein_gp"].load()(penalty=weight)
    assert wasserstein.regularise(Linear([6.0, 8.0]), real, fake, rng()).item() == pytest.approx(weight * 81)
