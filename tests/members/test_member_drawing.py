"""Members as things that draw: what is stored comes back, and a seed is a picture."""

import numpy as np
import pytest
import safetensors.torch
import torch
from fakes import card_for, keep_member, rng, tiny_spec

from ganlab import seeds
from ganlab.errors import MemberError
from ganlab.members import store
from ganlab.members.loading import load_network
from ganlab.members.member import Member, NetworkMember
from ganlab.members.networks import build

KINDS = {
    "mlp": {"network": "mlp"},
    "dcgan": {"network": "dcgan", "width": 4, "critic_width": 4},
    "dcgan, spectral norm": {"network": "dcgan", "width": 4, "critic_width": 4, "spectral_norm": True},
    "toy": {"network": "toy", "dataset": "ring8"},
}
every = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)


def noise(n, width=6, seed=0):
    return seeds.standard_normal(n, width, seed)


def made(seed=0, **changes):
    spec = tiny_spec(**changes).resolved()
    return NetworkMember(card_for(spec), build(spec, rng(seed)))


@every
@torch.inference_mode()
def test_what_is_stored_comes_back_to_the_bit(kind):
    entry, generator, critic = keep_member("anna", **kind)
    member = load_network(store.catalogue()["anna"])
    drawn = member.generate(noise(5))
    assert torch.equal(drawn, generator(torch.from_numpy(noise(5))))
    assert torch.equal(member.score(drawn), critic(drawn))
    for network in member.networks.values():  # as aligned as what training made, or products round otherwise
        assert {value.data_ptr() % 64 for value in network.state_dict().values()} == {0}
    assert (member.name, member.shape, member.latent_dim) == ("anna", entry.card.spec.shape, 6)


@every
@torch.inference_mode()
def test_half_precision_takes_less_room_and_moves_pictures_little(kind):
    full, generator, _ = keep_member("full", **kind)
    half, _, _ = keep_member("half", half=True, **kind)
    stored = safetensors.torch.load((half.folder / store.WEIGHTS).read_bytes())
    assert {value.dtype for value in stored.values() if value.is_floating_point()} == {torch.float16}
    assert half.card.weights.size < full.card.weights.size
    member, wanted = load_network(half), generator(torch.from_numpy(noise(8)))
    assert member.generate(noise(8)).dtype == torch.float32
    # 11 bits of mantissa: each weight moves by at most 1 / 2,048 of itself, and a handful of layers add up
    assert (member.generate(noise(8)) - wanted).abs().max() <= 6 / 2048 * wanted.abs().max()


@pytest.mark.usefixtures("global_chance")
def test_a_seed_is_a_picture():
    member = made()
    assert torch.equal(member.sample(3, seed=5), member.sample(3, seed=5))
    assert not torch.equal(member.sample(3, seed=5), member.sample(3, seed=6))
    # rows of a matrix product may be added up in another order for another batch: a few units in the last place
    assert torch.allclose(member.sample(3, seed=5), member.sample(9, seed=5)[:3], atol=1e-6)


def test_many_pictures_are_those_drawn_piece_by_piece():
    member, z = made(), noise(1_100)  # more than are drawn at once
    pieces = torch.cat([member.generate(part) for part in np.array_split(z, 7)])
    assert torch.allclose(member.generate(z), pieces, atol=1e-6)
    assert torch.allclose(member.score(pieces), torch.cat([member.score(part) for part in pieces.split(99)]), atol=1e-5)


def test_truncation_pulls_latents_to_the_middle():
    member = made()
    assert np.array_equal(member.latents(4, 1), noise(4, seed=1))
    assert np.array_equal(member.latents(4, 1, truncation=0.5), noise(4, seed=1) / 2)
    middle = member.generate(np.zeros((1, 6), np.float32))
    spread = [(member.sample(20, 1, truncation=t) - middle).square().mean().item() for t in (0, 0.3, 0.6, 1)]
    assert spread == sorted(spread)
    assert spread[0] == pytest.approx(0, abs=1e-12)


def test_members_do_not_learn_or_drop():
    member = made(dropout=0.5)
    for network in member.networks.values():
        assert not network.training
        assert not any(weight.requires_grad for weight in network.parameters())
    images = member.sample(4, 0)
    assert not images.requires_grad
    assert torch.equal(member.score(images), member.score(images))


def test_no_pictures_are_an_empty_tensor():
    assert made().sample(0, 0).shape == (0, 1, 8, 8)


@pytest.mark.parametrize("shape", [(3, 5), (3,), (3, 6, 1)])
def test_latents_of_another_size_are_refused(shape):
    with pytest.raises(MemberError, match=r"'anna' draws from \[n, 6\] latents, not \[3"):
        made().generate(np.zeros(shape, np.float32))


def test_what_a_member_cannot_do_is_said():
    member = made()
    with pytest.raises(MemberError, match="'anna' cannot be asked for a class"):
        member.generate(noise(2), labels=torch.tensor([1, 2]))
    alone = NetworkMember(member.card, {"generator": member.network()})
    with pytest.raises(MemberError, match="'anna' has no critic"):
        alone.score(member.sample(2, 0))
    with pytest.raises(NotImplementedError):
        Member().generate(noise(1))


@pytest.mark.parametrize(
    "options", [{"pack": 2}, {"minibatch_discrimination": 3}, {"network": "toy", "dataset": "ring8", "pack": 4}]
)
def test_a_critic_that_judges_pictures_together_scores_none_alone(options):
    keep_member("anna", **options)
    member = load_network(store.catalogue()["anna"])
    assert "critic" in member.networks
    with pytest.raises(MemberError, match="The critic of 'anna' judges several pictures together, so it has no score"):
        member.score(member.sample(4, 0))


def test_a_member_without_its_critic_is_a_member():
    spec = tiny_spec().resolved()
    generator = build(spec, rng())["generator"]
    from ganlab.members.networks import to_bytes

    data, weights = to_bytes({"generator": generator})
    assert all(key.startswith("generator.") for key in safetensors.torch.load(data))
    entry = store.keep(card_for(spec, "solo", weights), data)
    assert set(load_network(entry).networks) == {"generator"}


def test_equal_weights_have_equal_digests_and_others_others():
    cards = [keep_member(name, seed=seed)[0].card for name, seed in (("anna", 1), ("twin", 1), ("otto", 2))]
    digests = [card.digest() for card in cards]
    assert digests[0] == digests[1] != digests[2]
    assert all(len(digest) == 64 for digest in digests)
