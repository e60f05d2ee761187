"""ROC curves: closed forms, scikit-learn's own, pairs counted one by one, intervals that hold what they promise."""

import numpy as np
import pytest
from scipy.stats import norm
from sklearn.metrics import roc_auc_score, roc_curve

from ganlab.metrics import roc


def scores(seed, m=31, n=17, apart=0.6, steps=None):
    """Values of positives and negatives, rounded to so few steps that many are equal."""
    rng = np.random.default_rng(seed)
    both = rng.standard_normal(m) + apart, rng.standard_normal(n)
    return both if steps is None else tuple(np.round(each * steps) / steps for each in both)


def joined(positive, negative):
    return np.r_[np.ones(len(positive)), np.zeros(len(negative))], np.r_[positive, negative]


@pytest.mark.parametrize("steps", [None, 1, 3])
@pytest.mark.parametrize("seed", range(3))
def test_the_area_counts_pairs_one_by_one(seed, steps):
    positive, negative = scores(seed, steps=steps)
    by_hand = np.mean([(p > n) + (p == n) / 2 for p in positive for n in negative])
    assert roc.auc(positive, negative) == pytest.approx(by_hand)
    assert roc.area(positive, negative).value == pytest.approx(by_hand)
    assert roc.auc(positive, negative) == pytest.approx(roc_auc_score(*joined(positive, negative)))


@pytest.mark.parametrize("steps", [None, 1, 3])
def test_the_curve_is_scikit_learns(steps):
    positive, negative = scores(0, steps=steps)
    alarms, found = roc.curve(positive, negative)
    theirs = roc_curve(*joined(positive, negative), drop_intermediate=False)
    np.testing.assert_allclose(alarms, theirs[0], atol=1e-12)
    np.testing.assert_allclose(found, theirs[1], atol=1e-12)
    assert np.trapezoid(found, alarms) == pytest.approx(roc.auc(positive, negative))


def test_fewer_corners_tell_the_same_curve():
    positive, negative = scores(0, 4_000, 3_000, apart=1.5)
    alarms, found = roc.thinned(*roc.curve(positive, negative))
    assert len(alarms) <= 200
    assert (alarms[0], found[0], alarms[-1], found[-1]) == (0, 0, 1, 1)
    assert np.trapezoid(found, alarms) == pytest.approx(roc.auc(positive, negative), abs=1e-3)


def test_swapping_the_kinds_mirrors_the_area():
    positive, negative = scores(4)
    mirrored, found = roc.area(negative, positive), roc.area(positive, negative)
    assert mirrored.value == pytest.approx(1 - found.value)
    assert mirrored.low == pytest.approx(1 - found.high)


def test_what_is_told_perfectly_still_rests_on_few_pairs():
    apart = np.arange(20.0)
    best = roc.area(apart + 20, apart)
    assert (best.value, best.high) == (1, 1)
    assert best.low**20 == pytest.approx(0.025)
    worst = roc.area(apart, apart + 20)
    assert (worst.value, worst.low, worst.high) == (0, 0, pytest.approx(1 - best.low))


def test_nothing_to_tell_is_one_half():
    same = np.zeros(9)
    found = roc.area(same, same)
    assert found.value == 0.5
    assert roc.area(np.array([1.0]), np.array([1.0])).value == 0.5


@pytest.mark.parametrize(("apart", "m", "n"), [(0.0, 60, 60), (1.0, 80, 40), (1.6, 100, 150)])
def test_intervals_hold_the_true_area_about_as_often_as_they_say(apart, m, n):
    truth, times = norm.cdf(apart / np.sqrt(2)), 600
    holds = [found.low <= truth <= found.high for found in (roc.area(*scores(s, m, n, apart)) for s in range(times))]
    assert 0.92 <= np.mean(holds) <= 0.98  # 95 % give or take 2.7 for 600 trials, and DeLong is a large-sample law
