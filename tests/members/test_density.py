"""A Gaussian mixture for codes: its law, its inverse, its place in the store, walks and exports."""

import math

import numpy as np
import onnxruntime
import pytest
import torch
from fakes import card_for, keep_member, rng, tiny_spec

from ganlab import seeds
from ganlab.errors import MemberError, SpecError
from ganlab.fusion import fuse, load
from ganlab.members import store
from ganlab.members.card import Card, CodeDensity
from ganlab.members.density import Density
from ganlab.members.loading import load_network
from ganlab.members.member import NetworkMember
from ganlab.members.networks import build, to_bytes
from ganlab.members.onnx import to_onnx

SHARES = (0.5, 0.3, 0.2)


def mixture(width=2, seed=0, apart=6.0):
    """Three Gaussians some way apart, and what they were made of."""
    chance = rng(seed)
    means = torch.randn(3, width, generator=chance) * apart
    factors = torch.randn(3, width, width, generator=chance) / width**0.5 + torch.eye(width)
    covariances = factors @ factors.mT
    return Density.of(torch.tensor(SHARES), means, covariances), means, covariances


def standard(n, width=2, seed=0):
    return torch.from_numpy(seeds.standard_normal(n, width + 1, seed))


def facts(components=3):
    return CodeDensity(components=components, seed=0, log_likelihood=-1.0, seconds=0.5)


def keep_density(name="dense", objective="elbo", seed=0):
    """Put an untrained autoencoder with a density into the store; returns its entry and its networks."""
    spec = tiny_spec(network="dcgan", width=2, objective=objective).resolved()
    networks = build(spec, rng(seed)) | {"density": mixture(6)[0]}
    data, weights = to_bytes(networks)
    card = card_for(spec, name, weights, kind=spec.kind, latent_dim=7, walk_dim=6, density=facts())
    return store.keep(card, data), {role: network.eval() for role, network in networks.items()}


def test_codes_have_the_law_of_the_mixture():
    density, means, covariances = mixture(apart=30.0)  # so far that each code's Gaussian is the nearest
    n = 60_000
    codes = density(standard(n)).double()
    nearest = torch.cdist(codes, means.double()).argmin(1)
    assert (nearest.bincount(minlength=3) / n - torch.tensor(SHARES)).abs().max() < 0.01
    for k in range(3):
        own, variance = codes[nearest == k], covariances[k].diagonal().max()
        # Five standard errors: of a mean sqrt(v / n), of a covariance at most sqrt(2 / n) v.
        assert (own.mean(0) - means[k]).abs().max() < 5 * (variance / len(own)) ** 0.5
        assert (own.T.cov() - covariances[k]).abs().max() < 5 * variance * (2 / len(own)) ** 0.5


def log_density_by_hand(code, shares, means, covariances):
    """The formula as every book prints it, one Gaussian after the other."""
    total = 0.0
    for share, mean, covariance in zip(shares, means.double(), covariances.double(), strict=True):
        off = code.double() - mean
        square = off @ torch.linalg.inv(covariance) @ off
        volume = torch.linalg.det(2 * math.pi * covariance) ** 0.5
        total += share * math.exp(-square / 2) / volume
    return math.log(total)


def test_the_log_density_is_that_of_the_formula():
    density, means, covariances = mixture(3, apart=1.0)
    codes = torch.randn(5, 3, generator=rng(4))
    wanted = [log_density_by_hand(code, SHARES, means, covariances) for code in codes]
    np.testing.assert_allclose(density.log_density(codes).numpy(), wanted, rtol=1e-4)


@pytest.mark.parametrize("apart", [6.0, 0.3])
def test_every_code_is_made_by_the_latents_that_its_inverse_gives(apart):
    density, *_ = mixture(4, apart=apart)
    codes = torch.randn(200, 4, generator=rng(1)) * 4
    z = density.inverse(codes)
    assert z.shape == (200, 5)
    assert (density(z) - codes).abs().max() < 1e-4
    assert density.inverse(codes[:0]).shape == (0, 5)


def test_the_inverse_takes_the_most_responsible_gaussian():
    wide_and_narrow = Density.of(torch.tensor([0.5, 0.5]), torch.zeros(2, 1), torch.tensor([[[100.0]], [[1.0]]]))
    z = wide_and_narrow.inverse(torch.tensor([[0.1], [30.0]]))
    assert z[:, 1].sign().tolist() == [1, -1]  # near the middle the narrow one, far out the wide one
    assert z[:, 0].tolist() == pytest.approx([0.1, 3.0], rel=1e-5)


@pytest.mark.parametrize("objective", ["elbo", "vaegan"])
@torch.inference_mode()
def test_a_stored_member_draws_encodes_and_walks(objective):
    entry, networks = keep_density(objective=objective)
    member = load("dense")
    assert store.catalogue()["dense"] == entry
    assert (member.card.kind, member.latent_dim, member.walk_dim, member.card.density.components) == (
        entry.card.spec.kind, 7, 6, 3,
    )  # fmt: skip
    z = member.latents(9, seed=2)
    wanted = networks["generator"](networks["density"](torch.from_numpy(z)))
    assert torch.equal(member.generate(z), wanted)
    found = member.encode(wanted)
    assert found.shape == (9, 7)
    codes = networks["encoder"](wanted).chunk(2, 1)[0]
    assert (member.generate(found) - networks["generator"](codes)).abs().max() < 1e-3
    assert (member.posterior(wanted)[0] - codes).abs().max() < 1e-6
    assert member.encode(wanted[:0]).shape == (0, 7)
    half_way = seeds.slerp(z, member.latents(9, seed=3), 0.5, width=member.walk_dim)
    assert member.generate(half_way).isfinite().all()


def test_its_noise_is_that_of_the_member_it_was_made_of():
    keep_density()
    entry, *_ = keep_member("plain", objective="elbo", network="mlp")
    plain, dense = load_network(entry), load("dense")
    assert np.array_equal(plain.latents(5, 1), dense.latents(5, 1)[:, :6])


def test_it_is_exported_whole_and_so_is_its_way_back():
    keep_density()
    keep_density("other", seed=1)
    for member in (load("dense"), fuse(["other", "dense"], "average", options={"anchor": "other"})):
        z = member.latents(5, seed=1)
        (drawn,) = onnxruntime.InferenceSession(to_onnx(member)).run(["images"], {"latent": z})
        np.testing.assert_allclose(drawn, member.generate(z).numpy(), rtol=1e-3, atol=1e-8)


def test_it_can_be_fused_with_others():
    keep_density()
    keep_density("other", seed=1)
    fused = fuse(["dense", "other"], "average")
    z = fused.latents(3, 0)
    wanted = (load("dense").generate(z) + load("other").generate(z)) / 2
    assert (fused.generate(z) - wanted).abs().max() < 1e-6


@pytest.mark.parametrize(
    ("lie", "told"),
    [
        ({"density": None, "latent_dim": 6}, "'density.factors' is foreign"),
        ({"density": facts(4)}, "'density.factors' has shape"),
        ({"latent_dim": 6}, "its card contradicts its own spec"),
    ],
    ids=["no density", "more Gaussians", "no choice"],
)
def test_a_card_that_lies_about_it_is_refused(lie, told):
    entry, _ = keep_density()
    store.update_card(entry, **lie)
    with pytest.raises(MemberError, match=f"Member 'dense' cannot be used: .*{told}"):
        load_network(store.catalogue()["dense"])


def test_only_autoencoders_have_one():
    entry, *_ = keep_member("anna")
    with pytest.raises(SpecError, match="a card of kind 'gan' has no density of codes"):
        Card.read(entry.card.model_dump(mode="json") | {"density": facts().model_dump()})


def test_a_member_without_a_store_has_the_same_parts():
    spec = tiny_spec(network="mlp", objective="elbo").resolved()
    card = card_for(spec, kind="vae", latent_dim=7, walk_dim=6, density=facts())
    member = NetworkMember(card, build(spec, rng()) | {"density": mixture(6)[0]})
    assert len(member.network()) == 2
    assert member.sample(3, seed=0).shape == (3, 1, 8, 8)
