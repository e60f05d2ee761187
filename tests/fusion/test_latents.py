"""Ratios of latents: a known one is found, chance is not believed, and only what is kept is drawn."""

import numpy as np
import pytest
import torch
from fakes import keep_member
from fusion.conftest import fused, ground_of, shelve_digits

from ganlab import seeds
from ganlab.fusion import fuse, load
from ganlab.fusion.fitting import fitting
from ganlab.fusion.selection.latents import Latents, learn
from ganlab.fusion.selection.ratio import from_arrays
from ganlab.fusion.selection.rule import Candidates
from ganlab.members.member import NetworkMember

SLOPE = np.array([0.8, -0.6, 0.0, 0.0])


def noise(n, seed=0):
    return seeds.standard_normal(n, 4, seed)


def ratio_of(z):
    """Of normal latents against those moved by the slope: mean 1."""
    return np.exp(z @ SLOPE - SLOPE @ SLOPE / 2)


@pytest.fixture(scope="module")
def learned():
    z = noise(8_000, 1)
    return learn(z, ratio_of(z))


def test_a_known_ratio_is_found(learned):
    z = noise(2_000, 2)
    assert np.corrcoef(np.log(learned(z)), np.log(ratio_of(z)))[0, 1] > 0.98
    assert learned(z).mean() == pytest.approx(1, abs=0.05)
    assert np.median(np.abs(np.log(learned(z) / ratio_of(z)))) < 0.1


def test_what_is_known_of_held_out_latents_is_their_two_laws(learned):
    assert learned.known.drawn.mean() == pytest.approx(1, rel=1e-5)
    # Of ratios r between normal laws apart by d the mean of log r is d^2 / 2 under the one, less so under the other.
    half = SLOPE @ SLOPE / 2
    assert np.log(learned.known.real).mean() == pytest.approx(half, abs=0.12)
    assert np.log(learned.known.drawn).mean() == pytest.approx(-half, abs=0.12)
    assert learned.known.quality().auc > 0.7


def test_where_pictures_tell_nothing_latents_do_not():
    """Ratios by chance: what the network makes of them is not believed."""
    ratios = np.exp(np.random.default_rng(0).standard_normal(4_000) * 2)
    found = learn(noise(4_000, 1), ratios)(noise(2_000, 3))
    assert np.log(found).std() < 0.1


def test_equal_lessons_give_equal_ratios_and_nobody_elses_chance_is_used():
    z = noise(600, 1)
    torch.manual_seed(1)
    state = torch.get_rng_state()
    one, two = (learn(z, ratio_of(z), 5).to_arrays() for _ in range(2))
    assert torch.equal(torch.get_rng_state(), state)
    assert one.keys() == two.keys()
    for name in one:
        np.testing.assert_array_equal(one[name], two[name])
    again = from_arrays("latents", one)
    assert isinstance(again, Latents)
    np.testing.assert_array_equal(again(z), learn(z, ratio_of(z), 5)(z))


@pytest.mark.parametrize("acceptance", ["metropolis_hastings", "rejection", "best_of"])
def test_only_what_is_kept_is_drawn(monkeypatch, acceptance):
    chosen = fused("anna", rule="selection", options={"estimator": "latents", "cost": 4, "acceptance": acceptance})
    drawn, generate = [], NetworkMember.generate
    monkeypatch.setattr(
        NetworkMember, "generate", lambda self, z, *rest: drawn.append(len(z)) or generate(self, z, *rest)
    )
    pictures, candidates = chosen.rule.counted(chosen.members, chosen.placed(chosen.latents(50, 0)))
    assert len(pictures) == 50
    assert candidates > 50
    if acceptance == "rejection":
        # Who did not pass is drawn as long as nobody better was seen; here nearly all pass at once.
        assert 50 <= sum(drawn) <= candidates
    else:
        assert (sum(drawn), candidates) == (50, 200)


def test_a_fit_tells_how_well_latents_foretell(own_home):
    shelve_digits()
    anna = load("anna")
    *_, found = fitting([anna], "selection", ground_of(anna), (), {"estimator": "latents", "cost": 3})
    numbers = found.facts["numbers"]
    assert numbers["candidates_per_image"]["value"] == 3
    assert 0 <= numbers["auc"]["value"] <= 1
    assert fuse([anna], "selection", options={"estimator": "latents", "cost": 3}).sample(2, 0).shape == (2, 1, 8, 8)


def test_a_class_that_is_asked_for_is_what_is_looked_at(own_home):
    keep_member("asked", seed=9, conditional=True)
    asked = load("asked")
    z, labels = asked.latents(6, 0), torch.tensor([7, 7, 7, 2, 2, 2])
    rows = Candidates(asked, asked.placed(z), labels).asking()
    np.testing.assert_array_equal(rows[:3], asked.asked(z, 7)[:3])
    np.testing.assert_array_equal(rows[3:], asked.asked(z, 2)[3:])
    np.testing.assert_array_equal(Candidates(asked, asked.placed(z)).asking(), z)


def test_who_drew_is_told_to_the_one_who_asks(monkeypatch):
    """The mixture's rows come with the member that its coordinate picks."""
    from ganlab.fusion.selection import rule

    told = []
    monkeypatch.setattr(rule, "fit", lambda *given, fit=rule.fit: told.append(given[-1]) or fit(*given))
    members = [load("anna"), load("otto")]
    list(rule.Selection.fitting(members, ground_of(members[0]), (1.0, 3.0), estimator="members"))
    list(rule.Selection.fitting(members[:1], ground_of(members[0]), (), estimator="members"))
    assert np.bincount(told[0]).tolist() == pytest.approx([45, 135], abs=25)
    assert told[1] is None
