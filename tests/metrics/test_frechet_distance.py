"""The Fréchet distance: closed forms, two other implementations, and the laws of a distance."""

import warnings

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from references import measures as by_hand

from ganlab.metrics.frechet import Moments, bias, fid, frechet_distance, moments


def drawn(n, d, seed=0):
    return np.random.default_rng(seed).standard_normal((n, d))


def apart(a, b):
    return frechet_distance(moments(a), moments(b))


def mixed(n, d, seed):
    """Correlated features of very unequal variance, far from the origin."""
    rng = np.random.default_rng(seed)
    return drawn(n, d, seed) @ (rng.standard_normal((d, d)) * np.geomspace(1, 0.01, d)) + 5 * rng.standard_normal(d)


def test_two_gaussians_of_known_moments():
    """On a common basis it is |m1 - m2|^2 + sum (s1 - s2)^2 (Dowson & Landau 1982)."""
    basis = np.linalg.qr(drawn(5, 5))[0]
    m1, m2 = drawn(2, 5, seed=1)
    s1, s2 = np.array([1.0, 2.0, 3.0, 0.5, 0.0]), np.array([2.0, 2.0, 0.1, 0.0, 1.0])
    one = Moments(m1, basis @ np.diag(s1**2) @ basis.T, 10)
    two = Moments(m2, basis @ np.diag(s2**2) @ basis.T, 10)
    wanted = ((m1 - m2) ** 2).sum() + ((s1 - s2) ** 2).sum()
    # Half the digits go where a variance is 0: the root of a rounding error of 1e-16 is 1e-8.
    assert frechet_distance(one, two) == pytest.approx(wanted, rel=1e-6)


@pytest.mark.parametrize(("d", "n", "mean", "spread"), [(16, 1000, 0.162, 0.018), (64, 2000, 1.09, 0.035)])
def test_two_samples_of_one_law_are_as_far_apart_as_the_closed_form_says(d, n, mean, spread):
    assert 2 * d / n + d * (d + 1) / (2 * n) == pytest.approx(mean, rel=0.05)
    found = [apart(drawn(n, d, 2 * each), drawn(n, d, 2 * each + 1)) for each in range(12)]
    # The mean of 12 within 4 of its standard errors, and within the 8 % of the expansion itself.
    assert np.mean(found) == pytest.approx(mean, abs=4 * spread / 12**0.5 + 0.03 * mean)
    assert spread / 2.5 < np.std(found, ddof=1) < 2.5 * spread


def test_the_largest_case_of_the_table():
    assert apart(drawn(2000, 128, 0), drawn(2000, 128, 1)) == pytest.approx(4.22, abs=4 * 0.07)


def test_the_bias_is_the_sum_it_is_said_to_be():
    values = [3.0, 1.0, 0.25, 0.01]
    basis = np.linalg.qr(drawn(4, 4))[0]
    covariance = basis @ np.diag(values) @ basis.T
    assert bias(covariance, 100, 300) == pytest.approx(by_hand.frechet_bias(values, 100, 300), rel=1e-9)
    for d, n in ((16, 1000), (64, 2000), (512, 2000)):  # white features: 2d/n + d(d+1)/2n
        assert bias(np.eye(d), n, n) == pytest.approx(2 * d / n + d * (d + 1) / (2 * n), rel=1e-9)


def test_the_bias_foretells_small_samples_of_any_spectrum():
    scale = np.geomspace(3, 0.03, 32)
    found = [apart(drawn(1000, 32, 2 * each) * scale, drawn(1500, 32, 2 * each + 1) * scale) for each in range(30)]
    # 8 % by the expansion, and four standard errors of the mean of 30.
    allowed = 0.08 * np.mean(found) + 4 * np.std(found) / 30**0.5
    assert bias(np.diag(scale**2), 1000, 1500) == pytest.approx(np.mean(found), abs=allowed)


def test_features_without_variance_do_not_spoil_the_bias():
    assert bias(np.diag([1.0, 1.0, 0.0]), 100, 100) == pytest.approx(bias(np.eye(2), 100, 100))
    assert bias(np.zeros((3, 3)), 100, 100) == 0


@pytest.mark.parametrize("d", [3, 24])
def test_it_agrees_with_the_printed_formula(d):
    a, b = mixed(300, d, 1), mixed(400, d, 2)
    assert apart(a, b) == pytest.approx(by_hand.frechet(a, b), rel=1e-6)
    assert fid(a, b).value == pytest.approx(by_hand.frechet(a, b), rel=1e-6)


def test_it_agrees_with_torchmetrics():
    from torchmetrics.image.fid import FrechetInceptionDistance

    a, b = (mixed(500, 24, seed).astype(np.float32) for seed in (1, 2))
    same = torch.nn.Identity()
    same.num_features = 24
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = FrechetInceptionDistance(feature=same).set_dtype(torch.float64)
        theirs.update(torch.from_numpy(a), real=False)
        theirs.update(torch.from_numpy(b), real=True)
    assert fid(a, b).value == pytest.approx(theirs.compute().item(), rel=1e-3)


def test_it_agrees_with_torch_fidelity():
    from torch_fidelity.metric_fid import fid_features_to_statistics, fid_statistics_to_metric

    a, b = mixed(500, 24, 1), mixed(500, 24, 2)
    parts = (fid_features_to_statistics(torch.from_numpy(each)) for each in (a, b))
    assert fid(a, b).value == pytest.approx(next(iter(fid_statistics_to_metric(*parts, verbose=False).values())), 1e-3)


def test_equal_sets_are_no_distance_apart():
    a = mixed(200, 16, 0)
    scale = np.trace(np.cov(a, rowvar=False))
    assert 0 <= apart(a, a) < 1e-7 * scale
    assert 0 <= fid(a, a[::-1]).value < 1e-7 * scale


def test_fewer_rows_than_features_are_no_trouble():
    a, b = drawn(20, 64, 0), drawn(30, 64, 1)
    assert apart(a, b) == pytest.approx(by_hand.frechet(a, b), rel=1e-3)
    assert 0 <= apart(a, a) < 1e-6


def test_a_far_origin_costs_no_digits():
    a, b = drawn(300, 8, 0), drawn(300, 8, 1) + 0.1
    near = fid(a, b)
    assert fid(a + 1e6, b + 1e6).value == pytest.approx(near.value, rel=1e-4)


seeds = st.integers(0, 10_000)


@given(seeds, st.integers(2, 12))
def test_the_order_of_sets_and_rows_does_not_matter(seed, d):
    a, b = mixed(60, d, seed), mixed(80, d, seed + 1)
    value = apart(a, b)
    assert value > 0
    assert apart(b, a) == pytest.approx(value, rel=1e-6)
    assert apart(np.random.default_rng(seed).permutation(a), b[::-1]) == pytest.approx(value, rel=1e-6)


@given(seeds, st.integers(2, 12), st.floats(0.1, 10))
def test_turning_and_moving_changes_nothing_and_scaling_counts_squared(seed, d, scale):
    a, b = mixed(60, d, seed), mixed(80, d, seed + 1)
    value, turn = apart(a, b), np.linalg.qr(drawn(d, d, seed))[0]
    assert apart(a @ turn + 3, b @ turn + 3) == pytest.approx(value, rel=1e-6)
    assert apart(scale * a, scale * b) == pytest.approx(scale**2 * value, rel=1e-6)


@given(seeds)
def test_counting_rows_is_repeating_them(seed):
    a = drawn(20, 3, seed)
    counts = np.random.default_rng(seed).integers(0, 4, 20).astype(np.float64)
    counts[0] = 2
    ours, repeated = moments(a, counts), np.repeat(a, counts.astype(int), axis=0)
    np.testing.assert_allclose(ours.mean, repeated.mean(0), atol=1e-12)
    np.testing.assert_allclose(ours.covariance, np.cov(repeated, rowvar=False), atol=1e-12)
    assert ours.n == len(repeated)


def test_a_seed_gives_the_same_interval_and_another_another(global_chance):
    a, b = drawn(200, 4, 0), drawn(200, 4, 1)
    assert fid(a, b, seed=3) == fid(a, b, seed=3)
    assert fid(a, b, seed=3) != fid(a, b, seed=4)
    assert fid(a, b, seed=3).value == fid(a, b, seed=4).value
