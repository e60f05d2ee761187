"""Selection as a rule: the real law comes out of a wrong one, a latent is a picture, and bad options are refused."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from fakes import keep_member, shelve_digits
from fusion.conftest import _fit, fused, fused_of
from scipy.stats import chisquare

from ganlab.errors import FusionError, MemberError
from ganlab.fusion import fuse, keep, load
from ganlab.fusion.fitted import Fitted
from ganlab.fusion.looks import by_critics, critics_of, extractor
from ganlab.fusion.selection import ACCEPTANCES, ESTIMATORS
from ganlab.fusion.selection.ratio import fit
from ganlab.fusion.selection.rule import Selection
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
    return ((images[:, 0, 0, 0] + 1) / 2 * 3).round().long().numpy()


@pytest.fixture
def greys(monkeypatch):
    """A fusion of greys by an exact ratio, seen by an extractor with a feature for each grey."""
    rng = np.random.default_rng(0)
    real, drawn = (np.eye(4)[rng.choice(4, 20_000, p=law)] for law in (REAL, np.full(4, 0.25)))
    arrays = fit("logistic", real, drawn).to_arrays()
    facts = {"extractor": "greys", "extractor_sha256": "0" * 64, "n_real": 20_000, "seed": 0}
    look = lambda images: np.eye(4)[images[:, 0, 0, 0] // 85]  # noqa: E731
    monkeypatch.setattr("ganlab.fusion.selection.rule.extractor", lambda *_: look)

    def made(**options):
        given = {"estimator": "logistic", **options}
        return fuse([Grey()], "selection", options=given, fit=Fitted(arrays, facts))

    return made


@pytest.mark.parametrize("acceptance", ["rejection", "soft_rejection", "metropolis_hastings"])
def test_a_wrong_law_becomes_the_real_one(greys, acceptance):
    found = np.bincount(which(greys(acceptance=acceptance, cost=12).sample(4_000, 0)), minlength=4)
    # The ratio itself was fitted to 20,000 rows of each law, so the law may be a little off.
    np.testing.assert_allclose(found / 4_000, REAL, atol=0.025)
    assert chisquare(found).pvalue < UNLIKELY


def test_the_root_of_a_ratio_goes_half_the_way(greys):
    chosen = greys(acceptance="rejection", power=0.5)
    found = np.bincount(which(chosen.sample(8_000, 0)), minlength=4) / 8_000
    np.testing.assert_allclose(found, np.sqrt(REAL) / np.sqrt(REAL).sum(), atol=0.025)


@pytest.mark.parametrize("acceptance", ACCEPTANCES.names)
def test_candidates_are_counted(greys, acceptance):
    chosen = greys(acceptance=acceptance, cost=2)
    pictures, drawn = chosen.rule.counted(chosen.members, chosen.placed(chosen.latents(2_000, 0)))
    assert len(pictures) == 2_000
    # The largest ratio is 1.6: at that price rejection is exact already, and it takes no more.
    assert drawn / 2_000 == pytest.approx(1.6 if "rejection" in acceptance else 2, abs=0.05)


@pytest.mark.parametrize("acceptance", ACCEPTANCES.names)
def test_who_waits_in_vain_has_the_candidate_with_the_largest_ratio(greys, acceptance):
    """No chance at all: nobody passes, or the chain never moves."""
    chosen = greys(acceptance=acceptance, cost=3)
    lots, lot = chosen.rule.accept.lots(3), chosen.rule.accept.lot(3)
    z = chosen.latents(200, 0)
    z[:, lots * lot :] = 40.0  # of the chances, which become 1
    found = which(chosen.generate(z))
    best = which(Grey().generate(z[:, : lots * lot].reshape(-1, 1))).reshape(200, -1).max(1)
    if acceptance == "metropolis_hastings":
        assert (found <= best).all()  # it still moves where a ratio is larger than the one before
    else:
        np.testing.assert_array_equal(found, best)


@pytest.mark.parametrize("acceptance", ACCEPTANCES.names)
def test_at_a_cost_of_one_it_is_the_mixture(acceptance):
    options = {"estimator": "logistic", "acceptance": acceptance, "cost": 1}
    one = fused("anna", "otto", rule="selection", weights=(1, 3), options=options)
    mixture = fused("anna", "otto", rule="mixture", weights=(1, 3))
    torch.testing.assert_close(one.sample(40, 3), mixture.sample(40, 3), rtol=0, atol=0)


@pytest.mark.parametrize("estimator", ESTIMATORS.names)
def test_what_is_kept_is_one_of_the_candidates(estimator):
    options = {"estimator": estimator, "acceptance": "best_of", "cost": 2}
    chosen = fused("anna", "otto", rule="selection", options=options)
    mixture = fused("anna", "otto", rule="mixture")
    z = chosen.latents(20, 0)
    both = [mixture.generate(z[:, place * mixture.latent_dim :][:, : mixture.latent_dim]) for place in (0, 1)]
    drawn = chosen.generate(z)
    nearest = torch.stack([(drawn - each).abs().flatten(1).amax(1) for each in both]).amin(0)
    assert nearest.max() < 1e-6


def test_one_member_is_enough():
    alone = fused("anna", rule="selection", options={"cost": 3})
    assert alone.sample(5, 0).shape == (5, 1, 8, 8)
    assert alone.card.fit.extractor == "digits-classifier"


def test_truncation_holds_for_every_candidate():
    chosen = fused("anna", rule="selection", options={"cost": 3})
    still = chosen.latents(4, 1, truncation=0.0)
    assert not still[:, : 3 * load("anna").latent_dim].any()
    assert still[:, 3 * load("anna").latent_dim :].any()


def test_a_class_is_asked_of_every_candidate(own_home):
    shelve_digits()
    keep_member("asked", seed=9, conditional=True)
    asked = load("asked")
    chosen = fused("asked", rule="selection", options={"cost": 4, "acceptance": "best_of"})
    z = chosen.asked(chosen.latents(6, 0), 7)
    width = asked.latent_dim
    for place in range(4):
        own = z[:, place * width : (place + 1) * width]
        np.testing.assert_array_equal(own, asked.asked(own, 7))
    seven = torch.full((6,), 7)
    torch.testing.assert_close(chosen.generate(z), chosen.generate(chosen.latents(6, 0), seven), rtol=0, atol=1e-5)


def test_a_fit_is_remembered_under_all_that_it_belongs_to(own_home):
    shelve_digits()
    from fusion.conftest import ground_of

    from ganlab.fusion.fitting import fitting, helps

    members = [load("anna"), load("otto")]
    *_, found = fitting(members, "selection", ground_of(members[0]), (1, 3), {"cost": 2})
    assert {"kid_before", "kid_after", "candidates_per_image", "auc"} <= found.facts["numbers"].keys()
    assert found.facts["numbers"]["candidates_per_image"]["value"] == 2
    assert helps(found) in (True, False)
    again = fuse(["anna", "otto"], "selection", (0.25, 0.75), options={"cost": 2, "power": 1})
    assert again.card.fit == found.stated()
    for weights, options in (((1, 2), {"cost": 2}), ((1, 3), {"cost": 3}), ((1, 3), {"cost": 2, "power": 0.5})):
        with pytest.raises(FusionError, match="learns from real pictures before it can draw"):
            fuse(["anna", "otto"], "selection", weights, options=options)


def test_fits_to_the_same_are_equal_to_the_bit():
    members = [load("anna"), load("otto")]
    first, again, other = (_fit(members, "selection", (), None, seed).to_bytes() for seed in (0, 0, 1))
    assert first == again != other


def test_a_broken_fit_is_refused_by_name(own_home):
    shelve_digits()
    entry = keep(fused("anna", "otto", rule="selection"), "both")
    assert load("both").sample(3, 0).shape == (3, 1, 8, 8)
    (entry.folder / "fit.safetensors").write_bytes(b"x" * entry.card.fit.size)
    with pytest.raises(MemberError, match=r"its fit.safetensors is not the one its card describes"):
        load("both")


def test_an_extractor_that_is_gone_is_told(own_home, monkeypatch):
    shelve_digits()
    keep(fused("anna", "otto", rule="selection"), "both")
    extractor.cache_clear()
    shelf.own_folder().rename(own_home / "elsewhere")
    monkeypatch.setattr(shelf, "shipped_folder", lambda: own_home / "nothing")
    with pytest.raises(MemberError, match="'digits-classifier' that it was fitted with is not on the shelf any more"):
        load("both").sample(3, 0)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"cost": 0}, "cost is 0; allowed: a whole number from 1 to 50."),
        ({"cost": 2.5}, "cost is 2.5; allowed: a whole number from 1 to 50."),
        ({"power": float("nan")}, "power is nan; allowed: a number from 0.25 to 4."),
        ({"acceptance": "rejektion"}, "Did you mean 'rejection'?"),
        ({"estimator": 3.0}, "allowed: logistic, least_squares"),
    ],
)
def test_wrong_options_are_refused_in_words(options, words):
    with pytest.raises(FusionError) as caught:
        fuse([load("anna")], "selection", options=options)
    assert words in str(caught.value)


def test_critics_are_those_of_all_leaves():
    inner = fused("anna", "otto", rule="mixture")
    assert [each.name for each in critics_of(inner)] == ["anna", "otto"]
    with pytest.raises(MemberError, match="No member of 'grey' has a critic"):
        critics_of(Grey())


def test_critics_that_judge_together_are_refused(own_home):
    keep_member("pair", seed=9, pack=2)
    with pytest.raises(MemberError, match="judges several pictures together"):
        by_critics([load("pair")])


def test_a_fused_selection_is_one_candidate_of_another():
    inner = fused("anna", "otto", rule="selection", options={"cost": 2})
    outer = fused_of([inner, load("ida")], "selection", options={"cost": 2})
    assert outer.sample(3, 0).shape == (3, 1, 8, 8)
    assert isinstance(outer.members[0].rule, Selection)
    assert replace(outer.rule, fitted=None) == Selection(cost=2)
