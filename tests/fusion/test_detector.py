"""Detectors: what calibration means, what each way to fuse is, and how well the worst and the best can tell."""

import json

import numpy as np
import pytest
from scipy.stats import norm

from ganlab.errors import FusionError, SpecError
from ganlab.fusion.detector import WAYS, Detector, calibrate, of_facts
from ganlab.metrics import roc

NAMES = ("anna", "otto", "ida")


def votes(n, mean=0.0, width=3, seed=0):
    """Logits [n, K] of critics whose mistakes are independent."""
    return np.random.default_rng(seed).standard_normal((n, width)) + mean


def detector(way="average", apart=1.0, width=3, n=4_000):
    return calibrate(NAMES[:width], votes(n, apart, width, 1), votes(n, 0, width, 2), way)


def fixed(way, shares=None, width=3):
    """Critics whose chance of real is the normal distribution function of their logit."""
    logits = np.tile(np.linspace(-4, 4, 801), (width, 1))
    arrays = {"logits": logits, "chances": norm.cdf(logits), "shares": np.full(width, 1 / width)}
    return Detector(NAMES[:width], arrays | ({} if shares is None else {"shares": np.array(shares)}), way)


@pytest.mark.parametrize("way", WAYS)
def test_what_never_meets_is_told_perfectly(way):
    found = detector(way, apart=20.0)
    area = roc.area(found(votes(300, 0, seed=3)), found(votes(300, 20, seed=4)))
    assert area.value == 1
    assert found(votes(300, 0, seed=3)).min() > 0.9


@pytest.mark.parametrize("way", WAYS)
def test_of_one_law_there_is_nothing_to_tell(way):
    found = detector(way, apart=0.0)
    area = roc.area(found(votes(2_000, 0, seed=3)), found(votes(2_000, 0, seed=4)))
    assert area.value == pytest.approx(0.5, abs=0.05)


def test_of_a_hundred_pictures_called_seventy_percent_generated_about_seventy_are():
    found = detector(width=1)
    drawn, real = found(votes(20_000, 0, 1, 3)), found(votes(20_000, 1, 1, 4))
    for low in np.arange(0.2, 0.8, 0.1):
        inside = [((low <= each) & (each < low + 0.1)).sum() for each in (drawn, real)]
        assert inside[0] / sum(inside) == pytest.approx(low + 0.05, abs=0.07)


def test_a_critic_on_a_scale_of_its_own_says_the_same():
    plain, scaled = detector(), calibrate(NAMES, 7 * votes(4_000, 1, 3, 1) - 3, 7 * votes(4_000, 0, 3, 2) - 3)
    rows = votes(50, 0.5, seed=5)
    np.testing.assert_allclose(scaled(7 * rows - 3), plain(rows), atol=1e-9)


@pytest.mark.parametrize("way", WAYS)
def test_one_critic_alone_is_every_way(way):
    rows, found = votes(100, 0.5, 1, seed=5), detector(way, width=1)
    np.testing.assert_allclose(found(rows), found.critics(rows)[:, 0], rtol=1e-9)


@pytest.mark.parametrize("border", [0.2, 0.5, 0.9])
def test_a_majority_is_above_a_border_when_most_critics_are(border):
    rows, found = votes(500, 0.5, seed=5), fixed("majority")
    np.testing.assert_array_equal(found(rows) > border, (found.critics(rows) > border).sum(1) >= 2)


def test_two_who_disagree_meet_halfway():
    found = fixed("majority", width=2)
    np.testing.assert_allclose(found(np.array([[1.3, -1.3], [-2.0, 2.0]])), 0.5, atol=1e-9)


def test_equal_skill_weighs_all_alike():
    rows = votes(100, 0.5, seed=5)
    np.testing.assert_allclose(fixed("weighted")(rows), fixed("average")(rows), rtol=1e-12)


def test_who_knows_nothing_has_no_weight_and_none_is_negative():
    knows = np.array([1.0, 0.0, -1.0])  # the third takes real pictures for generated ones
    found = calibrate(NAMES, votes(4_000, knows, seed=1), votes(4_000, 0, seed=2), "weighted")
    assert found.weights[0] > 0.9
    assert found.weights.min() >= 0
    assert found.weights.sum() == pytest.approx(1)
    plain = calibrate(NAMES, votes(4_000, knows, seed=1), votes(4_000, 0, seed=2))
    told = [roc.auc(each(votes(2_000, 0, seed=3)), each(votes(2_000, knows, seed=4))) for each in (found, plain)]
    assert told[0] >= told[1] - 0.01


def test_independent_critics_together_know_more_than_one():
    found, drawn, real = detector(), votes(4_000, 0, seed=3), votes(4_000, 1, seed=4)
    alone = roc.auc(found.critics(drawn)[:, 0], found.critics(real)[:, 0])
    assert alone == pytest.approx(norm.cdf(1 / np.sqrt(2)), abs=0.02)
    assert roc.auc(found(drawn), found(real)) == pytest.approx(norm.cdf(np.sqrt(3 / 2)), abs=0.02)


@pytest.mark.parametrize("way", WAYS)
def test_what_is_told_as_json_is_the_detector_to_the_bit(way):
    found = detector(way)
    again = of_facts(json.loads(json.dumps(found.facts())))
    rows = votes(50, seed=6)
    np.testing.assert_array_equal(again(rows), found(rows))
    assert (again.members, again.way) == (NAMES, way)


def test_no_rows_are_no_chances():
    assert detector()(np.empty((0, 3))).shape == (0,)


def test_what_cannot_be_calibrated_is_refused():
    with pytest.raises(SpecError, match="'vote'; allowed: average, weighted or majority"):
        calibrate(NAMES, votes(200), votes(200), "vote")
    with pytest.raises(FusionError, match="at least 100 real pictures, and there are 99"):
        calibrate(NAMES, votes(99), votes(200))
    with pytest.raises(FusionError, match="at least 100 drawn pictures"):
        calibrate(NAMES, votes(200), votes(60))
