"""Intervals: over repeated samples each one holds the mean of its estimator about 95 times in 100."""

import numpy as np
import pytest

from ganlab.metrics import classes, diversity, frechet, interval, kernel, neighbours, pixels

REPEATS = 60


def drawn(n, d, seed):
    return np.random.default_rng(seed).standard_normal((n, d))


def unsure(n, seed):
    odds = np.exp(3 * drawn(n, 5, seed) + [0, 0.5, 1, 0, 0])
    return odds / odds.sum(1, keepdims=True)


TRAIN, UNSEEN = drawn(1000, 6, 10_001), drawn(500, 6, 10_002)
REAL = neighbours.manifold(drawn(1500, 6, 10_003))
FAKE = neighbours.manifold(0.9 * drawn(1500, 6, 10_004))


def fidelity_of_new_fakes(name):
    return lambda seed: getattr(neighbours.fidelity(neighbours.manifold(0.9 * drawn(300, 6, seed)), REAL), name)


SAMPLED = {
    "fid": lambda seed: frechet.fid(drawn(300, 8, 2 * seed) + 0.5, drawn(300, 8, 2 * seed + 1), seed),
    "fid, more reals": lambda seed: frechet.fid(drawn(300, 8, 2 * seed) + 0.5, drawn(900, 8, 2 * seed + 1), seed),
    "kid": lambda seed: kernel.kid(drawn(300, 8, 2 * seed) + 0.5, drawn(300, 8, 2 * seed + 1), seed).interval,
    "inception score": lambda seed: classes.inception_score(unsure(500, seed), seed),
    "class kl": lambda seed: classes.class_kl(unsure(500, seed), np.full(5, 0.2), seed),
    "diversity": lambda seed: diversity.pairwise_distance(drawn(300, 6, seed)),
    "nearness": lambda seed: neighbours.nearness(drawn(300, 6, seed), UNSEEN, TRAIN),
    "precision": fidelity_of_new_fakes("precision"),
    "density": fidelity_of_new_fakes("density"),
    "recall": lambda seed: neighbours.fidelity(FAKE, neighbours.manifold(drawn(300, 6, seed))).recall,
    "mean": lambda seed: interval.of_mean(drawn(50, 1, seed)[:, 0] ** 2),
}


@pytest.mark.parametrize("sampled", SAMPLED.values(), ids=SAMPLED)
def test_it_holds_the_mean_about_95_times_in_100(sampled):
    found = [sampled(seed) for seed in range(REPEATS)]
    values = np.array([each.value for each in found])
    held = sum(each.low <= values.mean() <= each.high for each in found)
    # Of 60, 57 are expected; 50 or fewer happen once in a thousand times.
    assert held > 50
    # All 60 may be right of too wide intervals: their width is that of the spread itself, give or take a third.
    width = np.mean([each.high - each.low for each in found]) / (2 * 1.96)
    assert 0.7 * values.std(ddof=1) < width < 1.4 * values.std(ddof=1)


@pytest.mark.parametrize("name", ["precision", "recall", "density", "coverage"])
def test_shares_are_roughly_right_when_both_sets_are_new(name):
    """Their intervals take the radii as they are; new reals move those too, so they are up to a third too narrow."""

    def sampled(seed):
        both = (neighbours.manifold(rows) for rows in (0.9 * drawn(300, 6, 2 * seed), drawn(300, 6, 2 * seed + 1)))
        return getattr(neighbours.fidelity(*both), name)

    found = [sampled(seed) for seed in range(REPEATS)]
    mean = np.mean([each.value for each in found])
    assert sum(each.low <= mean <= each.high for each in found) > 0.7 * REPEATS


def test_two_samples_of_one_law_are_never_said_to_differ_more_than_they_should():
    """Near zero the distances are squares, not sums: their intervals are too wide there, not too narrow."""
    for sampled in (
        lambda seed: frechet.fid(drawn(200, 8, 2 * seed), drawn(200, 8, 2 * seed + 1), seed),
        lambda seed: kernel.kid(drawn(200, 8, 2 * seed), drawn(200, 8, 2 * seed + 1), seed).interval,
    ):
        found = [sampled(seed) for seed in range(REPEATS)]
        mean = np.mean([each.value for each in found])
        assert sum(each.low <= mean <= each.high for each in found) > 0.9 * REPEATS


def test_likeness_has_the_interval_of_a_mean_of_pairs():
    images = np.random.default_rng(0).integers(0, 256, (400, 8, 8, 1), dtype=np.uint8)
    found = [pixels.ms_ssim(images, seed) for seed in range(20)]
    mean = np.mean([each.value for each in found])
    assert sum(each.low <= mean <= each.high for each in found) > 14


def test_replicates_are_draws_with_replacement(global_chance):
    counts = list(interval.replicates(50, 200, 0, "x"))
    assert {each.sum() for each in counts} == {50}
    # A row is left out of a draw of 50 with probability (1 - 1/50)^50 = 0.364.
    assert np.mean([(each == 0).mean() for each in counts]) == pytest.approx(0.364, abs=0.01)
    again = list(interval.replicates(50, 200, 0, "x"))
    assert all((a == b).all() for a, b in zip(counts, again, strict=True))
    assert (counts[0] != next(interval.replicates(50, 1, 0, "y"))).any()
    assert (counts[0] != next(interval.replicates(50, 1, 1, "x"))).any()


def test_bounds_of_a_measure_are_kept():
    assert interval.Interval.spread(0.99, 0.1, 0, 1) == interval.Interval(0.99, pytest.approx(0.794, abs=1e-3), 1)
    assert interval.Interval.around(0.01, [0.0, 0.1]).low == 0
    assert interval.of_mean(np.array([0.3])) == interval.Interval(0.3, 0.3, 0.3)
