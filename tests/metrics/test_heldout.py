"""What held-out pictures say of members that encode: closed forms, and honesty about data that are not here."""

import math

import numpy as np
import pytest
import torch
from fakes import tiny_spec
from torch import nn

from ganlab.data import load_dataset, load_here
from ganlab.members import baseline
from ganlab.members.card import Card, CodeDensity, Measurement, Number
from ganlab.members.density import Density
from ganlab.members.member import NetworkMember
from ganlab.members.networks import parameters
from ganlab.metrics import heldout
from ganlab.networks.conditional import ConditionalGenerator

SHAPE, D = (1, 8, 8), 6


class Seer:
    """Features that are the first two pixels."""

    def features(self, images):
        return images.reshape(len(images), -1)[:, :2].astype(np.float32)


class Linear(nn.Module):
    """A decoder whose pixels are a fixed mixture of the code."""

    def __init__(self):
        super().__init__()
        self.register_buffer("mixture", torch.randn(D, 64, generator=torch.Generator().manual_seed(0)) / 20)

    def forward(self, z):
        return (z @ self.mixture).view(-1, *SHAPE)


class Guess(nn.Module):
    """An encoder that says the same mean and log variance of every picture, or those of the true posterior."""

    def __init__(self, decoder, variance, exact):
        super().__init__()
        mixture = decoder.mixture
        covariance = torch.linalg.inv(torch.eye(D) + mixture @ mixture.T / variance)
        self.pull = mixture.T @ covariance / variance
        self.spread = covariance.diagonal().log() if exact else torch.zeros(D)
        self.exact = exact

    def forward(self, x):
        mean = x.flatten(1) @ self.pull if self.exact else torch.zeros(len(x), D)
        return torch.cat([mean, self.spread.expand(len(x), -1)], 1)


class Sure(nn.Module):
    """The same encoder, which takes every picture for one of the third class."""

    def __init__(self, encoder):
        super().__init__()
        self.encoder = encoder

    def forward(self, x):
        return torch.cat([self.encoder(x), nn.functional.one_hot(torch.full((len(x),), 2), 10)], 1)


def member_of(generator, encoder, likelihood="gaussian"):
    spec = tiny_spec(objective="elbo", likelihood=likelihood).resolved()
    sizes = parameters(spec)
    facts = {"kind": "vae", "dataset": "digits", "shape": SHAPE, "latent_dim": D, "parameters": sizes["generator"]}
    return NetworkMember(Card(name="linear", spec=spec, **facts), {"generator": generator, "encoder": encoder})


def pictures(n=300):
    return load_dataset("digits").split("test")[0][:n]


def test_who_rebuilds_every_picture_has_no_error():
    class Echo:
        encodes, shape = True, SHAPE

        def encode(self, images):
            return images.flatten(1)

        def generate(self, z):
            return z.view(-1, *SHAPE)

    found = heldout.rebuilt(Echo(), pictures(), Seer())
    assert {name: (each.value, each.high) for name, each in found.items()} == {
        "reconstruction": (0, 0),
        "feature_error": (0, 0),
    }


def test_errors_are_means_over_pictures():
    decoder = Linear()
    member, images = member_of(decoder, Guess(decoder, 0.5, exact=True)), pictures(50)
    real = images.numpy().astype(np.float64) / 127.5 - 1
    drawn = member.generate(member.encode(torch.from_numpy(real).float())).numpy()
    found = heldout.rebuilt(member, images, Seer())
    assert found["reconstruction"].value == pytest.approx(((drawn - real) ** 2).mean(), rel=1e-5)
    levels = np.clip(np.round((drawn + 1) * 127.5), 0, 255)
    wanted = ((levels - images.numpy()).reshape(50, -1)[:, :2] ** 2).sum(1).mean()
    assert found["feature_error"].value == pytest.approx(wanted, rel=1e-5)


def test_bounds_lie_below_what_a_linear_model_knows_exactly_and_more_draws_come_nearer():
    decoder, images = Linear(), pictures(60)
    real = images.float().div(127.5).sub(1)
    loose = member_of(decoder, Guess(decoder, 0.5, exact=False))
    rebuilt = loose.generate(loose.encode(real))
    variance = (real - rebuilt).square().mean()
    mixture = decoder.mixture.double()
    law = torch.distributions.MultivariateNormal(
        torch.zeros(64, dtype=torch.float64), mixture.T @ mixture + variance.double() * torch.eye(64)
    )
    known = law.log_prob(real.flatten(1).double()).mean().item()
    few, many = (heldout.bounds(loose, images, seed=0, draws=draws) for draws in (5, 2_000))
    assert few["bound"].value < few["tighter_bound"].value < many["tighter_bound"].value < known + 0.5
    assert many["tighter_bound"].value == pytest.approx(known, abs=2.5)
    assert few["bound"].value < known - 0.3
    assert math.isfinite(
        heldout.bounds(member_of(decoder, Guess(decoder, 0.5, exact=True), "bernoulli"), images, 0)["bound"].value
    )


def test_a_class_costs_what_it_takes_to_name_it():
    """Of a decoder that does not care for classes, the bound loses log 10 where ten classes are equally likely."""
    decoder, images = Linear(), pictures(40)
    plain = member_of(decoder, Guess(decoder, 0.5, exact=True))
    asked = member_of(ConditionalGenerator(decoder, D, 10), Sure(Guess(decoder, 0.5, exact=True)))
    asked.networks["generator"].shares.fill_(0.1)
    decoder.mixture = torch.cat([decoder.mixture, torch.zeros(10, 64)])  # of the classes beside the code
    asked.card = asked.card.model_copy(update={"conditional": True, "latent_dim": D + 1, "walk_dim": D})
    with_classes = heldout.bounds(asked, images, seed=0, draws=5)
    decoder.mixture = decoder.mixture[:D]
    without = heldout.bounds(plain, images, seed=0, draws=5)
    for name in ("bound", "tighter_bound"):
        assert with_classes[name].value == pytest.approx(without[name].value - math.log(10), abs=1e-3)


def measurement():
    return Measurement(
        extractor="digits-classifier", n_fake=500, n_real=180, split="test", seed=0, numbers={"fid": Number(value=1.0)}
    )


def test_only_members_that_encode_are_asked_and_only_where_the_pictures_are(workspace):
    decoder = Linear()
    member = member_of(decoder, Guess(decoder, 0.5, exact=True))
    added = heldout.add(measurement(), member, Seer())
    assert set(added.numbers) == {"fid", "reconstruction", "feature_error", "bound", "tighter_bound"}
    plain = baseline.NoiseMember(baseline.card("noise", "digits", SHAPE, "plain"))
    assert heldout.add(measurement(), plain, Seer()) == measurement()
    assert load_here("mnist", (1, 28, 28)) is None  # nothing is fetched for a number
    assert load_here("folder:/nowhere", (1, 8, 8)) is None
    assert load_here("digits", SHAPE) is not None


def test_a_gan_with_an_encoder_has_errors_of_rebuilding_but_no_bound():
    spec = tiny_spec().resolved()
    sizes = parameters(spec)
    facts = {"kind": "gan", "dataset": "digits", "shape": SHAPE, "latent_dim": D, "parameters": sizes["generator"]}
    encoder = nn.Sequential(nn.Flatten(), nn.Linear(64, D))
    member = NetworkMember(Card(name="anna", spec=spec, **facts), {"generator": Linear(), "encoder": encoder})
    assert set(heldout.add(measurement(), member, Seer()).numbers) == {"fid", "reconstruction", "feature_error"}


def test_a_member_with_another_density_than_the_prior_has_no_bound():
    decoder = Linear()
    plain = member_of(decoder, Guess(decoder, 0.5, exact=True))
    density = Density.of(torch.ones(1), torch.zeros(1, D), torch.eye(D)[None])
    facts = CodeDensity(components=1, seed=0, log_likelihood=0.0, seconds=0.0)
    card = plain.card.model_copy(update={"density": facts, "latent_dim": D + 1})
    dense = NetworkMember(card, plain.networks | {"density": density})
    numbers = [heldout.add(measurement(), each, Seer()).numbers for each in (plain, dense)]
    assert set(numbers[1]) == {"fid", "reconstruction", "feature_error"}
    assert numbers[1]["reconstruction"].value == pytest.approx(numbers[0]["reconstruction"].value, rel=1e-5)
