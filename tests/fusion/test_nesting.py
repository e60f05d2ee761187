"""Fusions of fusions, and fusions kept in the store."""

import json

import numpy as np
import pytest
import torch
from fakes import keep_fused, keep_member, shelve_digits
from fusion.conftest import ALIGNED, ENCODING, FITTED, MERGING, NAMES, WEIGHING, Still, fused, fused_of, noise, of

from ganlab import files
from ganlab.errors import FusionError, MemberError, NotFittedError, UnknownName
from ganlab.fusion import RULES, from_recipe, fuse, keep, load
from ganlab.fusion.fitted import remember
from ganlab.members import store
from ganlab.spec import Recipe


def same(one, other):
    torch.testing.assert_close(one.sample(12, 5), other.sample(12, 5), rtol=0, atol=0)


@pytest.mark.parametrize("outer", NAMES)
@pytest.mark.parametrize("inner", NAMES)
def test_every_rule_fuses_what_every_rule_made(outer, inner):
    both = fused("anna", "otto", rule=inner)
    if outer in MERGING or outer in ALIGNED:
        with pytest.raises(FusionError, match=r"'fused' has (none of its own|no encoder)"):
            fuse([both, load("ida")], outer)
        return
    nested = fused_of([both, load("ida")], outer)
    drawn = nested.sample(6, 1)
    assert drawn.shape == (6, 1, 8, 8)
    assert drawn.isfinite().all()
    own = load(*of(inner, "anna")).card.parameters
    assert both.card.parameters == (1 if inner in MERGING else 2) * own
    assert nested.card.parameters == both.card.parameters + load("ida").card.parameters


def test_what_is_made_of_members_has_the_licence_of_their_data():
    told = [Still(name, noise(4, 1, 8, 8)) for name in ("first", "second")]
    assert fuse(told).card.licence is None
    told[1].card = told[1].card.model_copy(update={"licence": "for teaching only"})
    assert fuse([fuse(told), told[0]], "mixture").card.licence == "for teaching only"


def test_a_mixture_of_mixtures_has_the_shares_multiplied():
    inner = fused("anna", "otto", rule="mixture", weights=(0.5, 0.5))
    outer = fuse([inner, load("ida")], "mixture", (0.8, 0.2))
    n = 600
    drawn = outer.sample(n, 0)
    z = outer.latents(n, 0)[:, :6]
    alone = torch.stack([load(name).generate(z) for name in ("anna", "otto", "ida")])
    picked = (alone - drawn).flatten(2).abs().amax(2).argmin(0)
    shares = np.bincount(picked, minlength=3) / n
    # 0.4, 0.4, 0.2 of 600 independent picks: four standard deviations are 0.08.  One coin tossed for both
    # rules would give 0.5, 0.3, 0.2.
    np.testing.assert_allclose(shares, [0.4, 0.4, 0.2], atol=0.08)


def test_an_average_of_a_mixture_and_a_member_is_the_mean_of_what_they_draw():
    mixture, ida = fused("anna", "otto", rule="mixture"), load("ida")
    both = fuse([mixture, ida], "average")
    expected = (mixture.sample(12, 4) + ida.sample(12, 4)) / 2
    torch.testing.assert_close(both.sample(12, 4), expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("rule", NAMES)
def test_a_kept_fusion_draws_the_same(own_home, rule):
    shelve_digits()
    if rule in ALIGNED:
        for seed, name in enumerate(ENCODING.values()):
            keep_member(name, seed=seed, objective="elbo")
    made = fused("anna", "otto", rule=rule, weights=(0.3, 0.7) if rule in WEIGHING else ())
    entry = keep(made, "both")
    again = load("both")
    same(made, again)
    if rule in FITTED:  # what a recipe alone does not tell
        with pytest.raises(NotFittedError, match=f"fuse .* --rule {rule} --fit does that"):
            from_recipe(again.card.recipe)
        remember(RULES[rule].load()(made.rule.weights), made.members, made.rule.fitted)
    same(made, from_recipe(again.card.recipe))
    assert again.card == entry.card
    assert again.name == "both"
    assert not (entry.folder / store.WEIGHTS).exists()


def test_nested_fusions_are_kept_in_their_order(own_home):
    inner = fused("anna", "otto", rule="mixture")
    outer = fuse([inner, load("ida")], "average")
    with pytest.raises(MemberError, match="'outer' is made of 'fused', which is not in the store: keep that one first"):
        keep(outer, "outer")
    keep(inner, "inner")
    outer = fuse(["inner", "ida"], "average")
    keep(outer, "outer")
    same(outer, load("outer"))
    with pytest.raises(MemberError, match="'inner' cannot be deleted: 'outer' is made of it"):
        store.delete("inner")


@pytest.mark.parametrize("name", ["anna", "Both", "", "a b", "../x"])
def test_a_fusion_is_kept_under_a_free_and_speakable_name(own_home, name):
    made = fused("anna", "otto", rule="average")
    with pytest.raises(MemberError, match="already" if name == "anna" else "is no name for a member"):
        keep(made, name)


def test_only_a_fusion_is_kept_as_a_recipe(own_home):
    with pytest.raises(MemberError, match="'anna' is no fusion"):
        keep(load("anna"), "copy")


def test_a_part_that_changed_under_its_name_is_refused(own_home):
    keep(fused("anna", "otto", rule="average"), "both")
    files.remove(store.own_folder() / "otto")
    with pytest.raises(MemberError, match="Member 'both' cannot be used: No member is called 'otto'"):
        load("both")
    keep_member("otto", seed=99)
    with pytest.raises(MemberError, match="Member 'both' cannot be used: 'otto' is not the one it was made of"):
        load("both")


def test_a_recipe_that_leads_back_to_itself_is_refused(own_home):
    keep_fused("both", "anna", "otto")
    keep_fused("again", "both", "ida")
    card = store.own_folder() / "both" / "card.json"
    facts = json.loads(card.read_text())
    facts["recipe"]["members"] = ["again", "anna"]
    card.write_text(json.dumps(facts))
    for name in ("both", "again"):
        with pytest.raises(MemberError, match="its recipe leads back to itself"):
            load(name)


def test_an_unknown_part_is_told_with_the_nearest_names():
    with pytest.raises(UnknownName, match=r"No member is called 'ana'\. Did you mean 'anna'"):
        fuse(["ana", "otto"], "average")
    with pytest.raises(UnknownName, match="Did you mean 'otto'"):
        from_recipe(Recipe(members=("anna", "oto"), rule="average"))
