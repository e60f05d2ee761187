"""Selecting: the real law comes out of a wrong one, a seed is its pictures, and nothing goes on for ever."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from conftest import fused
from scipy.stats import chisquare

from ganlab.errors import FusionError, MemberError, SpecError, UnknownName
from ganlab.fusion import load
from ganlab.fusion.selection import ACCEPTANCES, ESTIMATORS, MOST_COST
from ganlab.fusion.selection.selector import by_critics, by_features, critics_of, fit_selector
from ganlab.members.card import Card
from ganlab.members.member import Member
from ganlab.metrics import shelf

REAL = np.array([0.1, 0.2, 0.3, 0.4])  # of four greys; drawn ones are even
UNLIKELY = 1e-4


class Grey(Member):
    """Draws one of four greys, each as often."""

    def __init__(self):
        self.device = torch.device("cpu")
        self.card = Card(name="grey", kind="noise", dataset="digits", shape=(1, 8, 8), latent_dim=1, parameters=0)

    def generate(self, z, labels=None):
        which = (torch.special.ndtr(self.placed(z)[:, 0]) * 4).floor().clamp(0, 3)
        return (which / 3 * 2 - 1)[:, None, None, None].expand(-1, 1, 8, 8)


def which(images):
    return images[:, 0, 0, 0] // 85


def look(images):
    """Four columns, one for each grey: a straight border between rows can have any ratio."""
    return np.eye(4)[which(images)]


def selector(name="rejection", cost=5, **options):
    greys = np.random.default_rng(0).choice(4, 20_000, p=REAL)
    return fit_selector(Grey(), look, np.eye(4)[greys], "logistic", acceptance=name, cost=cost, **options)


def drawn(chosen, n, seed=0):
    return np.concatenate([block.kept for block in chosen.selecting(Grey(), n, seed)])


def test_a_wrong_law_becomes_the_real_one():
    found = np.bincount(which(drawn(selector(), 4_000)), minlength=4)
    # The ratio itself was fitted to 20,000 rows of each law, so the law may be a little off.
    np.testing.assert_allclose(found / 4_000, REAL, atol=0.025)
    assert chisquare(found).pvalue < UNLIKELY


def test_the_root_of_a_ratio_goes_half_the_way():
    found = np.bincount(which(drawn(selector(power=0.5), 8_000)), minlength=4) / 8_000
    np.testing.assert_allclose(found, np.sqrt(REAL) / np.sqrt(REAL).sum(), atol=0.025)


@pytest.mark.parametrize("name", ACCEPTANCES.names)
def test_a_seed_is_its_pictures_however_many_are_asked_for(name):
    chosen = selector(name)
    many = drawn(chosen, 600)
    assert len(many) == 600
    np.testing.assert_array_equal(many[:16], drawn(chosen, 16))
    np.testing.assert_array_equal(many, drawn(selector(name), 600))
    assert not np.array_equal(many, drawn(chosen, 600, seed=1))


@pytest.mark.parametrize("name", ACCEPTANCES.names)
def test_candidates_are_counted(name):
    blocks = list(selector(name, cost=2).selecting(Grey(), 2_000, 0))
    assert sum(len(each.kept) for each in blocks) == 2_000
    assert sum(len(each.candidates) for each in blocks) / 2_000 == pytest.approx(2, abs=0.5)


def test_what_is_never_kept_is_given_up():
    chosen = selector()
    blind = replace(chosen.ratio, scale=0.0)
    with pytest.raises(FusionError, match=r"Only 0 of .* candidates were kept: hardly any looks real"):
        drawn(replace(chosen, ratio=blind), 10)


@pytest.mark.parametrize("power", [0, -1, 5, float("nan")])
def test_a_power_that_means_nothing_is_refused(power):
    with pytest.raises(SpecError, match=r"power is .*; allowed: a number above 0"):
        selector(power=power)


@pytest.mark.parametrize("cost", [0, -1, MOST_COST + 1])
def test_a_cost_out_of_bounds_is_refused(cost):
    with pytest.raises(SpecError, match=r"cost is .*; allowed: 1 to 100 candidates"):
        selector(cost=cost)


def test_an_unknown_acceptance_is_refused():
    with pytest.raises(UnknownName, match="Did you mean 'rejection'"):
        selector("rejektion")


@pytest.mark.parametrize("estimator", ESTIMATORS.names)
def test_members_of_a_store_are_chosen_from(estimator):
    """Noise as real pictures, untrained members: what matters is that the parts fit."""
    proposals = fused("anna", "otto", rule="mixture", weights=(3, 1))
    if ESTIMATORS[estimator].facts["sees"] == "critics":
        looks = by_critics(critics_of(proposals))
    else:
        looks = by_features(list(shelf.opened("digits-classifier", "digits", (1, 8, 8)))[-1][0])
    real = np.random.default_rng(0).integers(0, 256, (300, 8, 8, 1), np.uint8)
    chosen = fit_selector(proposals, looks, looks(real), estimator, cost=2, acceptance="best_of")
    (block,) = chosen.selecting(proposals, 20, 0)
    assert block.kept.shape == (20, 8, 8, 1)
    assert {each.tobytes() for each in block.kept} <= {each.tobytes() for each in block.candidates}


def test_critics_are_those_of_all_leaves():
    inner = fused("anna", "otto", rule="mixture")
    assert [each.name for each in critics_of(inner)] == ["anna", "otto"]
    with pytest.raises(MemberError, match="No member of 'grey' has a critic"):
        critics_of(Grey())


def test_critics_that_judge_together_are_refused(own_home):
    from fakes import keep_member

    keep_member("pair", seed=9, pack=2)
    with pytest.raises(MemberError, match="judges several pictures together"):
        by_critics([load("pair")])
