"""Measures of class probabilities: the printed formulas, another library, and what collapse does to them."""

import warnings

import numpy as np
import pytest
import torch
from references import measures as by_hand

from ganlab.metrics import classes


def probabilities(n, k=5, seed=0, sure=3.0):
    logits = sure * np.random.default_rng(seed).standard_normal((n, k))
    return np.exp(logits) / np.exp(logits).sum(1, keepdims=True)


def one_hot(names, k=10):
    return np.eye(k)[np.asarray(names)]


def test_the_inception_score_agrees_with_the_paper_on_each_tenth(monkeypatch):
    monkeypatch.setattr(classes, "SPLITS", 2)
    p = probabilities(60)
    order = np.random.RandomState(0).permutation(60)  # torch-fidelity's own shuffle
    parts = [by_hand.inception_score(p[order][:30]), by_hand.inception_score(p[order][30:])]
    assert classes.inception_score(p).value == pytest.approx(np.mean(parts), rel=1e-9)


def test_the_inception_score_agrees_with_torchmetrics():
    from torchmetrics.image.inception import InceptionScore

    p = probabilities(5000)
    with warnings.catch_warnings(), torch.random.fork_rng():
        warnings.simplefilter("ignore")
        torch.manual_seed(0)
        theirs = InceptionScore(feature=torch.nn.Identity(), splits=10)
        theirs.update(torch.from_numpy(np.log(p)))
        mean, _ = theirs.compute()
    # Another order of the pictures, so other tenths.
    assert classes.inception_score(p).value == pytest.approx(mean.item(), rel=1e-3)


def test_sure_and_even_classes_score_their_number_and_one_class_scores_one():
    even = one_hot(np.random.default_rng(0).permutation(np.arange(4000) % 10))
    assert classes.inception_score(even).value == pytest.approx(10, rel=0.02)
    alone = classes.inception_score(one_hot([3] * 400))
    assert (alone.low, alone.value, alone.high) == pytest.approx((1, 1, 1))
    unsure = classes.inception_score(np.full((400, 10), 0.1))
    assert unsure.value == pytest.approx(1)
    for each in (alone, unsure):
        assert each.low <= each.value <= each.high


def test_impossible_classes_are_no_trouble():
    assert np.isfinite(classes.inception_score(one_hot([0, 1] * 100)).value)


def test_a_class_is_covered_from_a_tenth_of_its_real_share_on():
    real = np.array([0.5, 0.4, 0.1, 0.0])
    assert classes.covered(np.array([0.05, 0.039, 0.01, 0.901]), real).tolist() == [True, False, True, False]
    assert classes.modes(np.array([1.0, 0, 0, 0]), real) == 1
    assert classes.modes(real, real) == 3  # a class that no real picture shows cannot be missed


def test_collapse_to_one_class_leaves_one_mode_and_the_whole_divergence():
    real = np.full(10, 0.1)
    alone = classes.class_kl(one_hot([7] * 500), real)
    assert classes.modes(classes.shares(one_hot([7] * 500)), real) == 1
    assert alone.value == pytest.approx(np.log(10))
    half = one_hot(np.arange(500) % 5)
    assert classes.modes(classes.shares(half), real) == 5
    assert classes.class_kl(half, real).value == pytest.approx(np.log(2))


@pytest.mark.parametrize(("k", "n", "floor"), [(10, 1000, 0.0045), (10, 2000, 0.00225), (1000, 26_000, 0.0194)])
def test_pictures_of_the_real_law_diverge_by_the_known_floor(k, n, floor):
    assert classes.kl_floor(k, n) == pytest.approx(floor, rel=0.02)
    real, rng = np.full(k, 1 / k), np.random.default_rng(0)
    found = [classes.kl_divergence(rng.multinomial(n, real) / n, real) for _ in range(60)]
    # The plug-in bias is the first order only; four standard errors of the mean of 60.
    assert np.mean(found) == pytest.approx(floor, rel=0.03, abs=4 * np.std(found) / 60**0.5)


def test_divergence_is_that_of_scipy():
    from scipy.stats import entropy

    fake, real = np.array([0.2, 0.5, 0.3]), np.array([0.3, 0.3, 0.4])
    assert classes.kl_divergence(fake, real) == pytest.approx(entropy(fake, real))
    assert classes.kl_divergence(np.array([0.0, 1.0]), np.array([0.5, 0.5])) == pytest.approx(np.log(2))
    assert np.isfinite(classes.kl_divergence(np.array([0.5, 0.5]), np.array([1.0, 0.0])))


def test_the_order_of_pictures_does_not_matter_to_classes(global_chance):
    p, real = probabilities(600), np.full(5, 0.2)
    assert classes.shares(p[::-1]).tolist() == classes.shares(p).tolist()
    assert classes.class_kl(p[::-1], real).value == classes.class_kl(p, real).value
    assert classes.class_kl(p, real, seed=1) == classes.class_kl(p, real, seed=1) != classes.class_kl(p, real, seed=2)
    assert classes.inception_score(p, 1) == classes.inception_score(p, 1) != classes.inception_score(p, 2)


def test_missing_and_frequent_classes_are_named():
    fake, real = np.array([0.0, 0.2, 0.45, 0.35]), np.array([0.25, 0.25, 0.25, 0.25])
    assert classes.wrong_shares(fake, real, ("a", "b", "c", "d")) == (["a"], ["c"])
    assert classes.wrong_shares(real, real, ("a", "b", "c", "d")) == ([], [])
