"""Blending, stacking, mixture of experts: closed forms, what a gate must find, and what is refused."""

import numpy as np
import pytest
import torch
from fakes import keep_member, shelve_digits
from fusion.conftest import Still, fit_of, fused, fused_of, ground_of, noise
from scipy import optimize

from ganlab.errors import FusionError
from ganlab.fusion import fuse, load, misfit
from ganlab.fusion.blending import Blending
from ganlab.fusion.experts import _fitted
from ganlab.fusion.fitted import Fitted
from ganlab.fusion.simplex import least_on_simplex
from ganlab.fusion.stacking import Stacking

FACTS = {"extractor": "none", "extractor_sha256": "0" * 64, "n_real": 1, "seed": 0}


class Mirror(Still):
    """Encodes a picture as its place among the digits' validation pictures; draws a changed copy of it."""

    def __init__(self, name, change):
        super().__init__(name, noise(4, 1, 8, 8), latent_dim=64)
        self.change = change

    @property
    def encodes(self):
        return True

    def encode(self, images):
        return images.flatten(1)

    def generate(self, z, labels=None):
        return self.change(self.placed(z).reshape(-1, 1, 8, 8))


def mirrors(*changes):
    return [Mirror(f"mirror{place}", change) for place, change in enumerate(changes)]


@pytest.fixture
def autoencoders(own_home):
    shelve_digits()
    for seed, name in enumerate(("one", "two")):
        keep_member(name, seed=seed, objective="elbo")
    return [load("one"), load("two")]


@pytest.mark.parametrize("seed", range(4))
def test_the_least_on_a_simplex_is_that_of_a_general_solver(seed):
    rng = np.random.default_rng(seed)
    root = rng.standard_normal((6, 4))
    form, ones = root.T @ root, np.ones(4)
    found = least_on_simplex(form)
    slow = optimize.minimize(
        lambda a: a @ form @ a,
        ones / 4,
        bounds=[(0, 1)] * 4,
        constraints={"type": "eq", "fun": lambda a: a.sum() - 1},
        options={"ftol": 1e-14},
    )
    assert found.min() >= 0
    assert found.sum() == pytest.approx(1)
    assert found @ form @ found == pytest.approx(slow.fun, rel=1e-5)


def errors(members, real):
    return torch.stack([member.generate(member.encode(real)) - real for member in members])


def test_blending_finds_the_shares_whose_errors_cancel():
    """One member is too bright by a tenth, another too dark by three tenths: three parts to one rebuild exactly."""
    members = mirrors(lambda x: x + 0.1, lambda x: x - 0.3)
    found = fit_of(members, "blending").arrays["shares"]
    np.testing.assert_allclose(found[:, 0, 0, 0], [0.75, 0.25], atol=1e-4)


def test_blending_by_pixel_takes_each_pixel_from_who_knows_it():
    left = (torch.arange(8) < 4).float()
    members = mirrors(lambda x: x * left, lambda x: x * (1 - left))
    found = fit_of(members, "blending", options={"per": "pixel"}).arrays["shares"]
    ground = ground_of(members[0])
    seen = ground.halves()[0].square().mean(0)[0] > 0.05  # elsewhere there is nothing to know
    assert (found[0, 0][(seen & (left > 0)).numpy()] > 0.9).all()
    assert (found[1, 0][(seen & (left == 0)).numpy()] > 0.9).all()


@pytest.mark.parametrize("per", ["member", "pixel"])
def test_blended_shares_are_shares_and_no_worse_than_the_best_member(autoencoders, per):
    ground = ground_of(autoencoders[0])
    *_, (arrays, numbers) = Blending.fitting(autoencoders, ground, (), anchor=0, per=per)
    assert arrays["shares"].min() >= 0
    np.testing.assert_allclose(arrays["shares"].sum(0), 1, atol=1e-6)
    real = ground.halves()[0]
    own = errors(autoencoders, real)
    blended = (torch.from_numpy(arrays["shares"])[:, None] * own).sum(0).square().mean()
    assert blended <= own.square().mean((1, 2, 3, 4)).min() + 1e-7
    assert numbers["error"] > 0


def test_what_is_blended_is_the_anchor_and_what_others_make_of_it(autoencoders):
    shares = np.array([0.25, 0.75], np.float32)[:, None, None, None]
    for anchor in (0, 1):
        options = {"anchor": autoencoders[anchor].name}
        made = fuse(autoencoders, "blending", options=options, fit=Fitted({"shares": shares}, FACTS))
        z = made.latents(5, 0)
        own, other = autoencoders[anchor], autoencoders[1 - anchor]
        shown = own.generate(z)
        again = other.generate(other.encode(shown))
        expected = (shown, again) if anchor == 0 else (again, shown)
        torch.testing.assert_close(made.generate(z), 0.25 * expected[0] + 0.75 * expected[1], rtol=0, atol=1e-6)


def test_a_stack_that_has_learned_nothing_is_the_plain_mean(autoencoders):
    shapes = {"0.weight": (4, 2, 3, 3), "0.bias": 4, "2.weight": (4, 4, 3, 3), "2.bias": 4}
    arrays = {name: np.ones(shape, np.float32) for name, shape in shapes.items()}
    arrays |= {"4.weight": np.zeros((1, 4, 3, 3), np.float32), "4.bias": np.zeros(1, np.float32)}
    made = fuse(autoencoders, "stacking", fit=Fitted(arrays, FACTS))
    mean = fuse(autoencoders, "average", options={"anchor": "one"})
    torch.testing.assert_close(made.sample(6, 0), mean.sample(6, 0), rtol=0, atol=1e-6)


def test_a_stack_learns_to_undo_what_all_members_do_wrong(monkeypatch):
    """Both halve the contrast: no average can mend that, a network can."""
    monkeypatch.setattr("ganlab.fusion.stacking._STEPS", 300)
    members = mirrors(lambda x: x * 0.5, lambda x: x * 0.4)
    ground = ground_of(members[0])
    *_, (arrays, numbers) = Stacking.fitting(members, ground, (), anchor=0)
    assert numbers["error"] < 0.5 * numbers["error_best_member"]
    assert {name: each.dtype for name, each in arrays.items()} == dict.fromkeys(arrays, np.float32)


def test_a_gate_sends_each_latent_to_who_draws_it_better():
    """The first coordinate's sign says who: the gate must find that, and promise no more than there is."""
    rng = np.random.default_rng(0)
    z = rng.standard_normal((6_000, 4)).astype(np.float32)
    good, bad = np.full(len(z), 2.0), np.full(len(z), 0.1)
    ratios = np.stack([np.where(z[:, 0] > 0, good, bad), np.where(z[:, 0] > 0, bad, good)], 1)
    gate, numbers = _fitted(z, ratios, 1)
    shares = gate(torch.from_numpy(z)).softmax(1).detach().numpy()
    clear = np.abs(z[:, 0]) > 0.5
    assert (shares[clear, 0] > 0.9).mean() > 0.45
    assert (shares[clear].argmax(1) == (z[clear, 0] < 0)).all()
    even, most = np.log(1.05 + 0.05), np.log(2.05)
    assert 0.5 * (most - even) < numbers["gate_gain"] <= most - even + 1e-3


def test_a_gate_that_can_learn_nothing_stays_even():
    rng = np.random.default_rng(0)
    gate, numbers = _fitted(rng.standard_normal((3_000, 4)).astype(np.float32), rng.exponential(size=(3_000, 2)), 1)
    shares = gate(torch.randn(500, 4, generator=torch.Generator().manual_seed(0))).softmax(1)
    assert (shares - 0.5).abs().max() < 0.2
    assert numbers["gate_gain"] < 0.02


def test_picked_pictures_are_the_members_own_and_mixed_ones_the_gates_average():
    picked = fused("anna", "otto", rule="experts")
    z = picked.latents(40, 0)
    both = torch.stack([load(name).generate(z[:, :-1]) for name in ("anna", "otto")])
    assert (both - picked.generate(z)).abs().flatten(2).amax(2).amin(0).max() < 1e-5
    members = [load("anna"), load("otto")]
    mixed = fuse(members, "experts", options={"gate": "mix"}, fit=picked.rule.fitted)
    shares = picked.rule.shares_of(torch.from_numpy(z[:, :-1]))
    torch.testing.assert_close(mixed.generate(z), (shares.T[:, :, None, None, None] * both).sum(0), rtol=0, atol=1e-5)
    assert len(set(picked.rule.shares_of(torch.from_numpy(z[:, :-1])).argmax(1).tolist())) >= 1


@pytest.mark.parametrize("rule", ["blending", "stacking"])
def test_members_without_encoder_are_refused_by_name(rule):
    cards = [load(name).card for name in ("anna", "otto")]
    sentence = misfit(rule, cards)
    assert sentence.startswith(f"{rule!r} learns from pictures that members rebuild, and 'anna' has no encoder")
    with pytest.raises(FusionError, match="has no encoder"):
        fused_of([load("anna"), load("otto")], rule)
