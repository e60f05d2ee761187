"""Whose picture it is: what a rule says decided is what decided."""

import pytest
import torch
from fusion.conftest import fused

from ganlab.fusion import RULES, load

NAMES = ["anna", "otto", "ida"]


@pytest.mark.parametrize("rule", [each.name for each in RULES])
def test_what_is_explained_is_what_is_drawn(rule):
    member = fused(*NAMES, rule=rule)
    z = member.latents(12, 4)
    pictures, told = member.explained(z)
    torch.testing.assert_close(pictures, member.generate(z), rtol=0, atol=0)
    assert {name: len(each) for name, each in told.items()} == dict.fromkeys(told, 12)


@pytest.mark.parametrize("rule", ["mixture", "experts", "selection"])
def test_whoever_is_picked_has_drawn_it(rule):
    """Of a selection: one of the candidates' latents gives the picture, drawn by who is named."""
    member = fused(*NAMES, rule=rule, options={"cost": 2} if rule == "selection" else {})
    z = member.latents(40, 4)
    pictures, told = member.explained(z)
    width = load("anna").latent_dim
    starts = range(0, member.latent_dim - width + 1, width + 1 if rule == "selection" else member.latent_dim)
    drawn = torch.stack([torch.stack([load(name).generate(z[:, at : at + width]) for name in NAMES]) for at in starts])
    own = drawn[:, told["picked"], torch.arange(40)]
    assert (own - pictures).abs().flatten(2).amax(2).amin(0).max() < 1e-5
    assert len(set(told["picked"].tolist())) > 1


def test_a_gate_tells_its_shares_and_a_selection_its_ratio():
    member = fused("anna", "otto", rule="experts")
    shares = member.explained(member.latents(9, 0))[1]["shares"]
    torch.testing.assert_close(shares.sum(1), torch.ones(9))
    chosen = fused("anna", "otto", rule="selection", options={"acceptance": "best_of", "cost": 4})
    few = fused("anna", "otto", rule="selection", options={"acceptance": "best_of", "cost": 1})
    most, one = (each.explained(each.latents(200, 0))[1]["ratio"] for each in (chosen, few))
    assert (most >= 0).all()
    assert most.mean() > one.mean()  # the best of four against the only one
