"""Measures of points: what a perfect sampler reaches, and what a collapsed one."""

import math

import numpy as np
import pytest

from ganlab.errors import MetricError
from ganlab.metrics import toy
from ganlab.metrics.evaluate import measure_points
from ganlab.toys import TOYS


def density(name):
    return TOYS[name].load()()


def drawn(name, n=2500, seed=0):
    return density(name).sample(n, seed).numpy()


def test_a_perfect_share_is_that_of_three_standard_deviations():
    assert pytest.approx(0.9889, abs=5e-5) == toy.PERFECT_SHARE


@pytest.mark.parametrize(("name", "modes", "floor"), [("ring8", 8, 0.0014), ("grid25", 25, 0.0049)])
def test_a_perfect_sampler_reaches_what_is_said_beside_it(name, modes, floor):
    found = [measure_points(drawn(name, seed=seed), density(name)) for seed in range(20)]
    values = {key: [each.numbers[key].value for each in found] for key in found[0].numbers}
    assert values["modes"] == [modes] * 20
    # Shares of 2,500 wander by 0.0020; the mean of 20 by 0.00045.
    assert np.mean(values["high_quality"]) == pytest.approx(toy.PERFECT_SHARE, abs=4 * 0.00045)
    assert np.std(values["high_quality"]) == pytest.approx(0.0020, rel=0.6)
    assert np.mean(values["reverse_kl"]) == pytest.approx(floor, rel=0.4)
    first = found[0].floors
    assert (first["modes"], first["high_quality"]) == (modes, toy.PERFECT_SHARE)
    assert first["reverse_kl"] == pytest.approx(floor, rel=0.03)
    assert first["log_likelihood"] == pytest.approx(np.mean(values["log_likelihood"]), abs=0.03)


@pytest.mark.parametrize(("name", "modes"), [("ring8", 8), ("grid25", 25)])
def test_the_log_likelihood_of_a_perfect_sampler_is_minus_the_entropy(name, modes):
    """Of heaps that do not touch: log K + log(2 pi e s^2)."""
    entropy = math.log(modes) + math.log(2 * math.pi * math.e * density(name).std ** 2)
    found = toy.log_likelihood(drawn(name, 20_000), density(name))
    assert found.value == pytest.approx(-entropy, abs=4 / 20_000**0.5)  # the squared length in 2-D has variance 1
    assert found.high - found.low == pytest.approx(2 * 1.96 / 20_000**0.5, rel=0.1)


def test_curves_have_a_likelihood_and_no_modes():
    measured = measure_points(drawn("spiral", 500), density("spiral"), n_real=2000)
    assert set(measured.numbers) == {"log_likelihood"}
    worse = measure_points(drawn("spiral", 500) * 1.1, density("spiral"), n_real=2000)
    assert worse.numbers["log_likelihood"].value < measured.numbers["log_likelihood"].value - 1


def test_a_collapsed_sampler_finds_one_mode():
    mixture = density("ring8")
    points = (mixture.centres[2].numpy() + 0.001 * np.random.default_rng(0).standard_normal((500, 2))).astype("float32")
    measured = measure_points(points, mixture)
    assert measured.numbers["modes"].value == 1
    assert measured.numbers["high_quality"].value == 1  # above the perfect share: too tight
    assert measured.numbers["reverse_kl"].value == pytest.approx(math.log(8))
    assert measured.class_shares == tuple(float(each == 2) for each in range(8))


def test_half_of_the_modes_is_one_bit_away():
    mixture = density("ring8")
    points = np.concatenate([drawn("ring8", 4000)])
    right = points[points[:, 0] > 0.5]  # at 0 and 45 degrees up and down: three heaps
    measured = measure_points(right, mixture)
    assert measured.numbers["modes"].value == 3
    assert measured.numbers["reverse_kl"].value == pytest.approx(math.log(8 / 3), abs=0.01)


def test_points_far_from_all_modes_find_none_and_have_no_divergence():
    measured = measure_points(np.full((200, 2), 7, np.float32), density("ring8"))
    assert measured.numbers["modes"].value == measured.numbers["high_quality"].value == 0
    assert "reverse_kl" not in measured.numbers
    assert np.isfinite(measured.numbers["log_likelihood"].value)
    assert all(np.isfinite(each) for each in measured.class_shares)


def test_a_mode_is_found_from_one_point_within_three_standard_deviations_on():
    mixture = density("grid25")
    points = np.array([[0.1499, 0], [0.1501, 0], [4, 4 - 0.1499], [1, 1]], np.float32)
    which = toy.nearest_modes(points, mixture)
    assert (which >= 0).tolist() == [True, False, True, False]
    assert toy.modes(which) == 2
    assert toy.high_quality(which).value == 0.5


def test_the_order_of_points_does_not_matter_and_a_seed_gives_the_same(global_chance):
    points = drawn("grid25", 500)
    one, turned = measure_points(points, density("grid25")), measure_points(points[::-1].copy(), density("grid25"))
    assert measure_points(points, density("grid25")) == one
    for name, number in one.numbers.items():
        assert turned.numbers[name].value == pytest.approx(number.value)


@pytest.mark.parametrize(
    ("points", "told"),
    [
        (np.zeros((99, 2), np.float32), "99 points"),
        (np.full((200, 2), np.nan, np.float32), "points.* not finite"),
        (np.full((200, 2), np.inf, np.float32), "points.* not finite"),
    ],
)
def test_points_that_cannot_be_measured_are_refused_with_a_sentence(points, told):
    with pytest.raises(MetricError, match=told):
        measure_points(points, density("ring8"))


@pytest.mark.parametrize("name", ["ring8", "spiral"])
def test_what_is_told_at_a_glance_is_what_is_measured(name):
    points = drawn(name) * np.float32(1.01)
    told, measured = toy.told(points, density(name)), measure_points(points, density(name)).numbers
    assert told.log_likelihood == pytest.approx(measured["log_likelihood"].value)
    if name == "spiral":
        assert (told.of, told.kl) == (0, None)
        near = (np.linalg.norm(points[:, None] - density(name).centres.numpy(), axis=2) <= 0.15).any(1)
        assert told.high_quality == near.mean()
        return
    assert (told.modes, told.of) == (measured["modes"].value, 8)
    assert told.high_quality == measured["high_quality"].value
    assert told.kl == pytest.approx(measured["reverse_kl"].value)
