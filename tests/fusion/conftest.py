"""Tiny untrained members in a store of their own: what a rule does does not depend on what they learned."""

import pytest
import torch
from fakes import keep_member, shelve_digits

from ganlab.fusion import RULES, fuse, load, misfit
from ganlab.fusion.fitted import Fitted
from ganlab.fusion.ground import Ground
from ganlab.fusion.options import resolved
from ganlab.members.card import Card
from ganlab.members.member import Member
from ganlab.metrics import shelf
from ganlab.metrics.evaluate import Progress

NAMES = RULES.names
COMBINING = [entry.name for entry in RULES if entry.load().combines]
FITTED = [entry.name for entry in RULES if entry.facts.get("fitted")]
ALIGNED = [entry.name for entry in RULES if entry.facts.get("aligned")]  # of members that encode
ONE_LATENT = [entry.name for entry in RULES if entry.facts["one_latent"]]
WEIGHING = [entry.name for entry in RULES if entry.facts["weighs"]]
MERGING = [entry.name for entry in RULES if entry.facts.get("one_architecture")]
FAMILY = ("f" * 64,)  # as if they had been trained on from one member
ENCODING = {"anna": "anna-vae", "otto": "otto-v", "ida": "i-vae", "conv": "c-vae"}
LAWS = {"single", "identical", "order", "scale"}


def declaring(law):
    """The rules that declare a law."""
    return [entry.name for entry in RULES if law in entry.facts["laws"]]


def third(rule):
    """One more member that may stand beside anna and otto, of another architecture wherever a rule allows it."""
    return "ida" if rule in MERGING else "conv"


class Still(Member):
    """A member that draws given pictures [n, *shape], whatever the noise says."""

    def __init__(self, name, pictures, latent_dim=3, dataset="digits"):
        self.pictures, self.device = pictures, torch.device("cpu")
        shape = tuple(pictures.shape[1:])
        facts = {"kind": "noise", "dataset": dataset, "latent_dim": latent_dim, "parameters": 0}
        self.card = Card(name=name, shape=shape, **facts)

    def generate(self, z, labels=None):
        return self.pictures[: len(z)]


def stills(*pictures):
    return [Still(f"still{index}", picture) for index, picture in enumerate(pictures)]


def noise(*shape, seed=0):
    """Pictures with values in [-1, 1], as members draw them."""
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed)) * 2 - 1


@pytest.fixture(scope="session")
def store_of_four(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fusion")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GANLAB_HOME", str(folder))
        for seed, name in enumerate(("anna", "otto", "ida")):
            keep_member(name, seed=seed, lineage=FAMILY)
        keep_member("conv", seed=3, network="dcgan", width=4, critic_width=4)
        keep_member("wide", seed=4, latent_dim=9)
        keep_member("plane", seed=5, dataset="ring8", network="toy", latent_dim=2, lineage=FAMILY)
        keep_member("plane2", seed=6, dataset="ring8", network="toy", latent_dim=2, lineage=FAMILY)
        keep_member("stranger", seed=8)
        keep_member("glyph", seed=7, dataset="glyphs")
        for name in ENCODING.values():
            keep_member(name, seed=len(name), objective="elbo")
        shelve_digits()
    return folder


@pytest.fixture(autouse=True)
def home(store_of_four, tmp_path, monkeypatch):
    """The store of four for tests that only read; ``own_home`` for those that write."""
    monkeypatch.setenv("GANLAB_HOME", str(store_of_four))
    # What a rule learns does not matter to the laws; that it learns is in test_learned_rules.py.
    monkeypatch.setattr("ganlab.fusion.stacking._STEPS", 20)
    monkeypatch.setattr("ganlab.fusion.stacking._POOL", 500)
    monkeypatch.setattr("ganlab.fusion.experts._LATENTS", 1_000)


@pytest.fixture
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("GANLAB_HOME", str(tmp_path))
    for seed, name in enumerate(("anna", "otto", "ida")):
        keep_member(name, seed=seed, lineage=FAMILY)
    return tmp_path


def of(rule, *names):
    """The names themselves, or those of members that encode where the rule wants such."""
    return [ENCODING.get(name, name) for name in names] if rule in ALIGNED else list(names)


def fused(*names, rule, weights=(), options=None):
    return fused_of([load(name) for name in of(rule, *names)], rule, weights, options)


def fused_of(members, rule, weights=(), options=None, name="fused"):
    """Fuse members, after the rule has learned from the digits if it is one that learns."""
    fits = rule in FITTED and not misfit(rule, [member.card for member in members], weights, options)
    fit = fit_of(members, rule, weights, options) if fits else None
    return fuse(members, rule, weights, name, options, fit=fit)


def fit_of(members, rule, weights=(), options=None, seed=0):
    """The arrays of a fit, without the comparison that ``fitting`` makes."""
    key = (rule, tuple(member.card.digest() for member in members), tuple(weights), str(options), seed)
    if key not in _fits:
        _fits[key] = _fit(members, rule, weights, options, seed)
    return _fits[key]


_fits = {}  # a fit takes seconds, and many laws ask for the same


def _fit(members, rule, weights, options, seed):
    ground, given = ground_of(members[0], seed), tuple(float(each) for each in weights)
    own = resolved(options or {}, RULES[rule].facts["options"], [member.name for member in members])
    *_, (arrays, _) = RULES[rule].load().fitting(members, ground, given, **own)
    card = ground.extractor.card
    facts = {"extractor": card.name, "extractor_sha256": card.weights_sha256, "n_real": 180, "seed": seed}
    return Fitted(arrays, facts)


def ground_of(member, seed=0):
    if len(member.shape) == 1:
        return Ground.of_points(member, seed, most=300)
    (*_, opened) = shelf.opened("digits-classifier", "digits", (1, 8, 8))
    assert not isinstance(opened, Progress)
    return Ground(member, *opened, seed)
