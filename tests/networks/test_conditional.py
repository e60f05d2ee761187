"""Networks that know of classes: what labels and the last coordinate do, and the projection by hand."""

import pytest
import torch
from fakes import rng
from torch import nn

from ganlab.choice import coordinate
from ganlab.members.networks import build
from ganlab.networks import NETWORKS
from ganlab.networks.conditional import ConditionalGenerator, ProjectionCritic, one_hot
from ganlab.spec import MemberSpec

K, D = 10, 5
PICTURES = [each.name for each in NETWORKS if each.facts["suits"] == "images"]
every = pytest.mark.parametrize("name", PICTURES)


def pair(name, **changes):
    spec = MemberSpec(network=name, latent_dim=D, conditional=True, **changes).resolved()
    networks = build(spec, rng())
    return networks["generator"].eval(), networks["critic"].eval()


@every
@torch.inference_mode()
def test_a_label_does_what_the_last_coordinate_does_and_nothing_else(name):
    generator, _ = pair(name)
    z = torch.randn(7, D, generator=rng(1))
    labels = torch.tensor([0, 3, 9, 5, 5, 1, 2])
    asked = generator(z, labels)
    chosen = generator(torch.cat([z, coordinate(labels, generator.shares)[:, None]], 1))
    assert torch.equal(asked, chosen)
    others = generator(z, (labels + 1) % K)
    assert (asked - others).abs().flatten(1).amax(1).min() > 1e-6


@every
@torch.inference_mode()
def test_a_logit_is_the_plain_one_and_the_product_with_the_class(name):
    _, critic = pair(name)
    images = torch.rand(6, 1, 8, 8, generator=rng(2)) * 2 - 1
    labels = torch.tensor([4, 4, 0, 9, 1, 7])
    hidden = critic[:-2](images)
    vectors = critic.vectors.weight.T  # [K, h]
    by_hand = critic.critic(images) + torch.stack([h @ vectors[y] for h, y in zip(hidden, labels, strict=True)])
    assert torch.allclose(critic(images, labels), by_hand, atol=1e-6)
    of_all = torch.stack([critic(images, torch.full_like(labels, y)) for y in range(K)])
    assert torch.allclose(critic(images), of_all.amax(0), atol=1e-6)


def test_a_bounded_critic_bounds_its_vectors_too():
    _, critic = pair("dcgan", spectral_norm=True, width=4, critic_width=4)
    plain = pair("dcgan", width=4, critic_width=4)[1]
    for _ in range(60):  # of the power iteration
        critic.train()(torch.zeros(2, 1, 8, 8), torch.tensor([0, 1]))
    assert torch.linalg.matrix_norm(critic.vectors.weight, 2).item() == pytest.approx(1, abs=1e-3)
    assert torch.linalg.matrix_norm(plain.vectors.weight, 2).item() != pytest.approx(1, abs=0.05)


def test_a_class_is_as_loud_as_noise():
    assert one_hot(torch.arange(K), K).square().mean(1).tolist() == pytest.approx([1] * K)
    assert torch.equal(one_hot(torch.tensor([2]), 4), torch.tensor([[0.0, 0.0, 2.0, 0.0]]))


def test_classes_are_drawn_by_their_shares():
    class Echo(nn.Module):
        def forward(self, z):
            return z[:, -3:]

    generator = ConditionalGenerator(Echo(), 1, 3)
    generator.shares.copy_(torch.tensor([0.5, 0.5, 0.0]))
    shown = generator(torch.randn(4_000, 2, generator=rng(3))) > 0
    assert shown.float().mean(0).tolist() == pytest.approx([0.5, 0.5, 0], abs=0.03)


def test_the_gradient_of_a_label_reaches_its_vector_only():
    critic = ProjectionCritic(nn.Sequential(nn.Linear(3, 2), nn.Linear(2, 1), nn.Flatten(0)), 4)
    critic(torch.ones(5, 3), torch.full((5,), 2)).sum().backward()
    assert (critic.vectors.weight.grad.abs().sum(0) > 0).tolist() == [False, False, True, False]
