import math
import random
from statistics import fmean, stdev

import numpy as np
import pytest
import torch

from ganlab.toys import TOYS
from ganlab.toys.mixture import Mixture

NAMES = TOYS.names
COUNTED = [entry.name for entry in TOYS if entry.facts["modes"]]


def density_by_hand(mixture, x, y):
    """The formula at the head of mixture.py, term by term, without logarithms."""
    total = 0.0
    for (a, b), weight in zip(mixture.centres.tolist(), mixture.weights.tolist(), strict=True):
        square = (x - a) ** 2 + (y - b) ** 2
        total += weight * math.exp(-square / (2 * mixture.std**2)) / (2 * math.pi * mixture.std**2)
    return total


def drawn_by_hand(mixture, n, seed):
    """Pick a centre, step away from it: Python's own generator, one point at a time."""
    rng = random.Random(seed)
    centres = rng.choices(mixture.centres.tolist(), weights=mixture.weights.tolist(), k=n)
    return torch.tensor([[rng.gauss(x, mixture.std), rng.gauss(y, mixture.std)] for x, y in centres])


def lattice(mixture):
    """Points at one std from each other over everything that matters, and the area of a cell.

    The rectangle rule on a Gaussian errs by about 2 exp(-2 pi^2) = 5e-9 at a step of one std.
    """
    low, high = mixture.centres.amin(0) - 8 * mixture.std, mixture.centres.amax(0) + 8 * mixture.std
    axes = [torch.arange(float(a), float(b), mixture.std, dtype=torch.float64) for a, b in zip(low, high, strict=True)]
    return torch.cartesian_prod(*axes), mixture.std**2


@pytest.fixture(params=NAMES)
def mixture(request):
    return TOYS[request.param].load()()


def test_density_is_the_formula(mixture):
    points = mixture.sample(20, seed=3)
    by_hand = [math.log(density_by_hand(mixture, x, y)) for x, y in points.double().tolist()]
    assert mixture.log_density(points).tolist() == pytest.approx(by_hand, abs=1e-9)


def test_density_integrates_to_one(mixture):
    points, cell = lattice(mixture)
    assert float(mixture.log_density(points).exp().sum()) * cell == pytest.approx(1, abs=1e-6)


def test_samples_follow_the_density(mixture):
    n = 20_000
    ours = mixture.log_density(mixture.sample(n, seed=1)).tolist()
    error = stdev(ours) / math.sqrt(n)
    points, cell = lattice(mixture)
    logs = mixture.log_density(points)
    negentropy = float((logs.exp() * logs).sum()) * cell
    assert abs(fmean(ours) - negentropy) < 4 * error  # four standard errors of the mean
    theirs = fmean(mixture.log_density(drawn_by_hand(mixture, n, seed=2)).tolist())
    assert abs(fmean(ours) - theirs) < 4 * error * math.sqrt(2)


def test_weights_are_kept():
    mixture = Mixture(
        torch.tensor([[0.0, 0.0], [9.0, 0.0]]).double(), 0.1, torch.tensor([0.9, 0.1], dtype=torch.float64)
    )
    share = float((mixture.sample(10_000, seed=0)[:, 0] > 4.5).double().mean())
    assert share == pytest.approx(0.1, abs=4 * math.sqrt(0.09 / 10_000))


@pytest.mark.parametrize("name", COUNTED)
def test_a_perfect_sampler_has_9889_in_10000_within_three_std(name):
    mixture, n = TOYS[name].load()(), 50_000
    centres, std = mixture.modes
    nearest = torch.cdist(mixture.sample(n, seed=0).double(), centres).amin(1)
    share = float((nearest <= 3 * std).double().mean())
    expected = 1 - math.exp(-4.5)
    assert share == pytest.approx(expected, abs=4 * math.sqrt(expected * (1 - expected) / n))


@pytest.mark.parametrize("name", NAMES)
def test_modes_are_told_where_there_are_any(name):
    modes = TOYS[name].load()().modes
    assert (0 if modes is None else len(modes[0])) == TOYS[name].facts["modes"]


def test_modes_stand_where_the_papers_put_them():
    ring, grid = TOYS["ring8"].load()(), TOYS["grid25"].load()()
    assert torch.allclose(ring.centres.norm(dim=1), torch.ones(8).double())
    assert (ring.std, grid.std) == (0.01, 0.05)
    assert sorted({x for x, _ in grid.centres.tolist()}) == [-4, -2, 0, 2, 4]
    assert float(torch.cdist(ring.centres, ring.centres).add(9 * torch.eye(8)).min()) == pytest.approx(
        2 * math.sin(math.pi / 8)
    )


def test_beads_of_a_curve_lie_closer_than_half_their_width(mixture):
    if mixture.separate:
        return
    gaps = torch.cdist(mixture.centres, mixture.centres).fill_diagonal_(9).amin(1)
    assert float(gaps.max()) < mixture.std / 2


def test_same_seed_same_points_and_another_seed_others(mixture):
    assert torch.equal(mixture.sample(50, seed=4), mixture.sample(50, seed=4))
    assert not torch.equal(mixture.sample(50, seed=4), mixture.sample(50, seed=5))
    assert mixture.sample(50, seed=4).dtype == torch.float32


def test_far_away_is_unlikely_but_not_impossible(mixture):
    far = mixture.log_density(torch.tensor([[1e4, -1e4]]))
    assert far.dtype == torch.float64
    assert -math.inf < float(far) < -1e6


def test_the_global_generators_are_left_alone(mixture):
    before = torch.get_rng_state(), np.random.get_state()[1].copy(), random.getstate()
    mixture.sample(10, seed=0)
    assert torch.equal(before[0], torch.get_rng_state())
    assert (before[1] == np.random.get_state()[1]).all()
    assert before[2] == random.getstate()


def test_no_points_have_no_densities(mixture):
    assert mixture.log_density(torch.empty(0, 2)).shape == (0,)
    assert mixture.sample(0, seed=0).shape == (0, 2)
