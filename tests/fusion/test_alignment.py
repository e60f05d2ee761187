"""Alignment: an anchor draws, the others draw its pictures again; by hand, kept, and refused where it cannot be."""

import numpy as np
import pytest
import torch
from fakes import keep_member, tiny_spec
from fusion.conftest import NAMES, fused

from ganlab.data import load_dataset
from ganlab.errors import FusionError
from ganlab.fusion import RULES, fuse, keep, load
from ganlab.fusion.options import OPTIONS
from ganlab.members import store
from ganlab.training import train
from ganlab.training.events import Finished

ALIGNING = [entry.name for entry in RULES if "anchor" in entry.facts["options"] and not entry.facts.get("aligned")]


@pytest.fixture
def three(own_home):
    keep_member("vae", seed=3, objective="elbo")
    keep_member("other", seed=4, objective="elbo", latent_dim=9)
    return own_home


@pytest.mark.parametrize("rule", ALIGNING)
def test_the_others_draw_again_what_the_anchor_draws(three, rule):
    weights = (0.2, 0.5, 0.3) if RULES[rule].facts["weighs"] else ()
    both = fuse(["anna", "vae", "other"], rule, weights, options={"anchor": "anna"})
    anna, vae, other = (load(name) for name in ("anna", "vae", "other"))
    z = both.latents(5, 2)
    np.testing.assert_array_equal(z, anna.latents(5, 2))  # noise is the anchor's alone
    shown = anna.generate(z)
    drawn = torch.stack([shown, vae.generate(vae.encode(shown)), other.generate(other.encode(shown))])
    torch.testing.assert_close(both.generate(z), both.rule.combine(drawn, torch.empty(5, 0)))


def test_any_of_them_may_be_the_anchor(three):
    both = fuse(["vae", "other"], "average", options={"anchor": "other"})
    assert (both.latent_dim, both.walk_dim) == (9, 9)
    shown = load("other").generate(both.latents(4, 1))
    again = load("vae").generate(load("vae").encode(shown))
    torch.testing.assert_close(both.sample(4, 1), (shown + again) / 2)


def test_who_has_no_encoder_is_told(three):
    with pytest.raises(FusionError, match=r"Aligned to 'vae', .* and 'anna' has no encoder"):
        fuse(["anna", "vae"], "average", options={"anchor": "vae"})


@pytest.mark.parametrize(
    ("rule", "options", "told"),
    [
        ("mixture", {"anchor": "vae"}, "'mixture' has no option 'anchor': it takes no options."),
        ("average", {"cutoff": 2.0}, "'average' has no option 'cutoff': it takes anchor."),
        ("average", {"anchor": "ann"}, "anchor is 'ann', which is none of the members: did you mean 'anna'?"),
        ("average", {"anchor": 3.0}, "anchor is 3.0, which is none of the members: choose one of 'anna', 'vae'."),
        ("frequency", {"cutoff": 99.0}, "cutoff is 99.0; allowed: a number from 0.25 to 16."),
        ("frequency", {"cutoff": float("nan")}, "cutoff is nan; allowed: a number from 0.25 to 16."),
        ("frequency", {"cutoff": "wide"}, "cutoff is 'wide'; allowed: a number from 0.25 to 16."),
    ],
)
def test_wrong_options_are_refused_in_words(three, rule, options, told):
    with pytest.raises(FusionError) as caught:
        fuse(["anna", "vae"], rule, options=options)
    assert str(caught.value) == told


@pytest.mark.parametrize("rule", NAMES)
def test_options_left_at_their_usual_values_change_nothing(rule):
    usual = {name: OPTIONS[name].usual for name in RULES[rule].facts["options"]}
    one = fused("anna", "otto", rule=rule, options=usual).sample(4, 0)
    torch.testing.assert_close(one, fused("anna", "otto", rule=rule).sample(4, 0), rtol=0, atol=0)


def test_an_aligned_fusion_is_kept_with_its_options(three):
    both = fuse(["anna", "vae"], "frequency", (0.3, 0.7), options={"anchor": "anna", "cutoff": 1.5})
    keep(both, "both")
    again = load("both")
    assert again.card.recipe.options == {"anchor": "anna", "cutoff": 1.5}
    torch.testing.assert_close(again.sample(4, 3), both.sample(4, 3), rtol=0, atol=0)
    other = fuse(["anna", "vae"], "frequency", (0.3, 0.7), options={"anchor": "anna", "cutoff": 2.5})
    assert other.card.digest() != both.card.digest()
    assert store.catalogue()["both"].card.digest() == both.card.digest()


def test_a_recipe_of_before_still_opens(own_home):
    old, new = fuse(["anna", "otto"], "voting"), fuse(["anna", "otto"], "median")
    assert old.card.recipe.rule == "median"
    torch.testing.assert_close(old.sample(4, 0), new.sample(4, 0), rtol=0, atol=0)


def test_alignment_makes_averages_less_foggy(own_home):
    """Two autoencoders of one set: averages of the same noise lose contrast, aligned ones keep nearly all of it."""

    def trained(seed):
        spec = {"network": "mlp", "objective": "elbo", "latent_dim": 6, "batch_size": 64, "steps": 400, "seed": seed}
        events = train(tiny_spec(**spec, learning_rate_generator=1e-3, ema=0.9), load_dataset("digits"))
        member = next(each.member for each in events if isinstance(each, Finished))
        member.card = member.card.model_copy(update={"name": f"vae{seed}"})
        return member

    members = [trained(0), trained(1)]
    alone = sum(float(member.sample(200, 0).std(0).mean()) for member in members) / 2
    plain = float(fuse(members, "average").sample(200, 0).std(0).mean())
    aligned = float(fuse(members, "average", options={"anchor": "vae0"}).sample(200, 0).std(0).mean())
    assert plain < 0.85 * alone
    assert aligned > 0.9 * alone
