"""Encoders of finished generators: fitted to what is known, repeatable, and nothing else is touched."""

from itertools import islice

import pytest
import torch
from fakes import card_for, data_for, rng, tiny_spec
from torch import nn

from ganlab.choice import choose
from ganlab.data import load_dataset
from ganlab.errors import MemberError, SpecError
from ganlab.members.member import NetworkMember
from ganlab.members.networks import build
from ganlab.metrics.evaluate import Progress
from ganlab.training import encoder

FAMILIES = {
    "mlp": {"network": "mlp"},
    "dcgan": {"network": "dcgan", "width": 2, "critic_width": 2},
    "resnet": {"network": "resnet", "width": 2, "critic_width": 2},
    "recurrent": {"network": "recurrent", "width": 4, "critic_width": 4},
    "packed": {"network": "dcgan", "width": 2, "critic_width": 2, "pack": 2},
    "toy": {"network": "toy", "dataset": "ring8"},
    "conditional": {"network": "dcgan", "width": 2, "critic_width": 2, "conditional": True},
}


def made(**changes):
    spec = tiny_spec(**(changes or FAMILIES["dcgan"])).resolved()
    return NetworkMember(card_for(spec), build(spec, rng()))


def fitted(member, data, steps=3, **options):
    """The encoder's file and facts."""
    *_, found = encoder.fit(member, data, steps, **options)
    return found


def weights_of(member):
    return {
        role: {key: value.clone() for key, value in net.state_dict().items()} for role, net in member.networks.items()
    }


@pytest.mark.parametrize("changes", FAMILIES.values(), ids=FAMILIES)
@pytest.mark.usefixtures("global_chance")
def test_every_network_family_can_be_given_one_and_stays_as_it_was(changes):
    member = made(**changes)
    data = load_dataset("digits") if member.conditional else data_for(member.card.spec)
    before = weights_of(member)
    file, stated = fitted(member, data)
    again = weights_of(member)
    for role, tensors in before.items():
        for key, value in tensors.items():
            assert torch.equal(value, again[role][key]), (role, key)
    assert not any(
        weight.requires_grad or weight.grad is not None for weight in member.networks["generator"].parameters()
    )
    assert (stated.steps, stated.seed, stated.size) == (3, 0, len(file))
    wanted = build(member.card.spec, rng(), encoder=True)["encoder"]
    assert stated.parameters == sum(weight.numel() for weight in wanted.parameters())


def test_equal_seeds_give_equal_encoders_and_others_others():
    member = made()
    data = data_for(member.card.spec)
    files = [fitted(member, data, seed=seed)[0] for seed in (0, 0, 1)]
    assert files[0] == files[1]
    assert files[0] != files[2]


def test_progress_is_told_and_grows_to_the_whole():
    member = made()
    *steps, _ = encoder.fit(member, data_for(member.card.spec), 45)
    assert all(isinstance(step, Progress) for step in steps)
    shares = [step.share for step in steps]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert steps[-1].left == 0


def test_halves_take_half_the_room():
    member = made(network="mlp")
    data = data_for(member.card.spec)
    full, half = (fitted(member, data, half=half)[1].size for half in (False, True))
    assert 0.5 * full <= half < 0.51 * full


class Wave(nn.Module):
    """A generator that can be inverted: the first two latents are the brightness of two halves of a picture."""

    def forward(self, z):
        halves = z[:, :2].tanh()
        return torch.cat([half[:, None].expand(-1, 32) for half in halves.unbind(1)], 1).view(-1, 1, 8, 8)


def test_a_generator_that_can_be_inverted_is_inverted_on_its_own_pictures_and_rebuilds_real_ones():
    spec = tiny_spec(network="mlp", latent_dim=2, batch_size=4).resolved()
    member = NetworkMember(card_for(spec), {"generator": Wave()})
    data = load_dataset("digits")
    _, stated = found = fitted(member, data, 600)
    with_encoder = NetworkMember(
        member.card.model_copy(update={"encoder": stated}), member.networks | {"encoder": _read(found[0], spec)}
    )
    z = member.latents(500, 1)
    drawn = member.generate(z)
    assert (with_encoder.generate(with_encoder.encode(drawn)) - drawn).square().mean() < 0.01
    assert (with_encoder.encode(drawn) - torch.from_numpy(z)).square().mean() < 0.1
    real = data.split("test")[0].float() / 127.5 - 1
    rebuilt = with_encoder.generate(with_encoder.encode(real))
    halves = real.unflatten(2, (2, 4))  # at best each half has its mean brightness
    least = (halves - halves.mean((3, 4), keepdim=True)).square().mean()
    assert least <= (rebuilt - real).square().mean() < 1.05 * least


def _read(file, spec):
    import safetensors.torch

    network = build(spec, rng(), encoder=True)["encoder"]
    network.load_state_dict(
        {key.removeprefix("encoder."): value for key, value in safetensors.torch.load(file).items()}
    )
    return network


class Label(nn.Module):
    """A conditional generator whose pictures are as bright as their class is high, whatever the noise."""

    def __init__(self, classes):
        super().__init__()
        self.register_buffer("shares", torch.full((classes,), 1 / classes))

    def forward(self, z, labels=None):
        labels = choose(z[:, 6], self.shares) if labels is None else labels
        return (labels.float() / 5 - 1)[:, None, None, None].expand(-1, 1, 8, 8)


def test_the_encoder_of_a_conditional_member_finds_the_class_of_drawn_and_of_real_pictures():
    spec = tiny_spec(network="mlp", conditional=True).resolved()
    member = NetworkMember(card_for(spec), {"generator": Label(10)})
    data = load_dataset("digits")
    file, stated = fitted(member, data, 400)
    card = member.card.model_copy(update={"encoder": stated})
    whole = NetworkMember(card, member.networks | {"encoder": _read(file, spec)})
    real, labels = data.split("test")
    z = whole.encode(real.float() / 127.5 - 1)
    assert z.shape == (len(real), 7)
    assert (choose(z[:, 6], whole.networks["generator"].shares) == labels).float().mean() > 0.9
    drawn = whole.sample(50, seed=0)
    assert torch.equal(whole.generate(whole.encode(drawn)), drawn)


@pytest.mark.parametrize("objective", ["elbo", "vaegan"])
def test_autoencoders_keep_their_own(objective):
    spec = tiny_spec(network="mlp", objective=objective).resolved()
    member = NetworkMember(card_for(spec, kind=spec.kind), build(spec, rng()))
    with pytest.raises(MemberError, match="'anna' was trained with an encoder of its own"):
        next(encoder.fit(member, data_for(spec)))


def test_other_data_are_refused_with_both_shapes():
    with pytest.raises(SpecError, match=r"'anna' draws \(1, 8, 8\), but dataset 'ring8' holds \(2,\)"):
        next(encoder.fit(made(), data_for(tiny_spec(network="toy", dataset="ring8"))))


def test_it_may_be_left_in_the_middle():
    member = made()
    steps = list(islice(encoder.fit(member, data_for(member.card.spec), 1_000_000), 2))
    assert [type(step) for step in steps] == [Progress, Progress]
