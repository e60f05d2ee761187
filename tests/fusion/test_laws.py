"""What holds for every rule in the list, so for the next one too."""

from dataclasses import fields

import numpy as np
import pytest
import torch
from fusion.conftest import LAWS, NAMES, WEIGHING, declaring, fused, fused_of, of, third

from ganlab.errors import FusionError
from ganlab.fusion import RULES, load


def close(one, other, tolerance=1e-6):
    """Sums of float32 in [-1, 1] taken in another order differ in the last bits: 2**-22 = 2.4e-7 for a few terms."""
    torch.testing.assert_close(one, other, rtol=0, atol=tolerance)


@pytest.mark.parametrize("rule", NAMES)
def test_the_list_says_what_its_file_says(rule):
    found = RULES[rule].load()
    assert found.name == rule
    assert RULES[rule].help.endswith(".")
    facts = RULES[rule].facts
    assert {"title", "formula", "weighs", "one_latent"} <= facts.keys()
    assert set(facts["laws"]) <= LAWS
    assert set(facts["options"]) == {each.name for each in fields(found)} - {"weights", "fitted"}


@pytest.mark.parametrize("rule", declaring("single"))
@pytest.mark.parametrize("place", [0, 1, 2])
def test_all_weight_on_one_member_is_that_member(rule, place):
    names = ("anna", "otto", "ida")
    weights = [0.0, 0.0, 0.0]
    weights[place] = 1.0
    both = fused(*names, rule=rule, weights=weights)
    close(both.sample(9, 3), load(names[place]).sample(9, 3))


@pytest.mark.parametrize("rule", declaring("identical"))
def test_one_member_several_times_is_that_member(rule):
    close(fused("anna", "anna", "anna", rule=rule).sample(9, 3), load("anna").sample(9, 3))


@pytest.mark.parametrize("rule", declaring("order"))
def test_the_order_of_members_does_not_matter(rule):
    weighs = rule in WEIGHING
    weights = {"weights": (0.2, 0.5, 0.3)} if weighs else {}
    turned = {"weights": (0.3, 0.2, 0.5)} if weighs else {}
    one = fused("anna", "otto", "ida", rule=rule, **weights)
    other = fused("ida", "anna", "otto", rule=rule, **turned)
    close(one.sample(9, 3), other.sample(9, 3))


@pytest.mark.parametrize("rule", declaring("scale"))
@pytest.mark.parametrize("scale", [1e-3, 2.0, 1e6])
def test_only_proportions_of_weights_count(rule, scale):
    weights = (0.2, 0.5, 0.3)
    one = fused("anna", "otto", "ida", rule=rule, weights=weights)
    other = fused("anna", "otto", "ida", rule=rule, weights=[scale * weight for weight in weights])
    close(one.sample(9, 3), other.sample(9, 3))


def test_the_sum_alone_grows_with_its_weights():
    one = fused("anna", "otto", rule="weighted_sum", weights=(0.2, 0.3)).sample(9, 3)
    twice = fused("anna", "otto", rule="weighted_sum", weights=(0.4, 0.6)).sample(9, 3)
    assert (twice >= one).all()
    assert twice.mean() > one.mean() + 0.1


@pytest.mark.parametrize("rule", WEIGHING)
def test_no_weights_weigh_all_alike(rule):
    plain = fused("anna", "otto", "ida", rule=rule)
    equal = fused("anna", "otto", "ida", rule=rule, weights=(1 / 3, 1 / 3, 1 / 3))
    close(plain.sample(9, 3), equal.sample(9, 3))


@pytest.mark.parametrize("rule", NAMES)
@pytest.mark.parametrize("names", [("anna", "otto"), ("plane", "plane2")])
def test_a_fused_member_is_a_member(rule, names):
    if names[0] == "plane" and RULES[rule].facts.get("pictures"):
        with pytest.raises(FusionError, match="is of pixels, and 'ring8' holds points"):
            fused(*names, rule=rule)
        return
    both = fused(*names, rule=rule)
    z = both.latents(5, 2)
    assert z.shape == (5, both.latent_dim)
    assert both.generate(z).shape == (5, *both.shape)
    torch.testing.assert_close(both.generate(z), both.sample(5, 2), rtol=0, atol=0)
    assert both.generate(z[:0]).shape == (0, *both.shape)
    assert both.card.kind == "fused"
    assert both.card.summary()["rule"] == rule


@pytest.mark.parametrize("rule", NAMES)
def test_every_member_starts_from_the_noise_it_has_alone(rule):
    both = fused("anna", "otto", rule=rule)
    own = load(*of(rule, "anna")).latents(7, 5)
    z = both.latents(7, 5)
    np.testing.assert_array_equal(z[:, : own.shape[1]], own)
    assert z.shape[1] - own.shape[1] == both.rule.extra(both.members)
    assert both.walk_dim == own.shape[1]


@pytest.mark.parametrize("rule", NAMES)
def test_earlier_pictures_of_a_seed_stay_when_more_are_asked_for(rule):
    both = fused("anna", "otto", third(rule), rule=rule)
    np.testing.assert_array_equal(both.latents(64, 1)[:5], both.latents(5, 1))
    close(both.sample(64, 1)[:5], both.sample(5, 1), tolerance=1e-5)  # other batch sizes add up differently


@pytest.mark.parametrize("rule", NAMES)
def test_pictures_stay_in_range(rule):
    drawn = fused("anna", "otto", third(rule), rule=rule, weights=()).sample(20, 4)
    assert drawn.min() >= -1
    assert drawn.max() <= 1


@pytest.mark.parametrize("rule", NAMES)
def test_a_rule_touches_no_global_chance(rule, global_chance):
    fused("anna", "otto", rule=rule).sample(5, 1)


@pytest.mark.parametrize("rule", NAMES)
def test_latents_of_another_width_are_refused_by_name(rule):
    both = fused_of([load(name) for name in of(rule, "anna", "otto")], rule, name="both")
    with pytest.raises(Exception, match=rf"'both' draws from \[n, {both.latent_dim}\] latents, not \[2, 99\]"):
        both.generate(torch.zeros(2, 99))


@pytest.mark.parametrize("rule", NAMES)
def test_labels_are_refused_by_members_trained_without(rule):
    both = fused("anna", "otto", rule=rule)
    with pytest.raises(Exception, match="cannot be asked for a class"):
        both.sample(2, 0, labels=torch.zeros(2, dtype=torch.long))
