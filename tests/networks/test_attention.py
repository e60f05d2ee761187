"""Self-attention: as the paper writes it, place by place, and where it stands in a network."""

from math import exp

import onnxruntime
import pytest
import torch
from fakes import keep_member, rng
from torch import nn

from ganlab.fusion import load
from ganlab.members.onnx import export
from ganlab.networks.attention import SelfAttention
from ganlab.networks.dcgan import DCGAN
from ganlab.networks.layers import initialise
from ganlab.networks.sides import attended, sides


def layer(channels=8, gain=0.7, seed=0):
    made = SelfAttention(channels)
    initialise(made, rng(seed), normal=True)
    made.gain.data.fill_(gain)
    return made


def noise(*shape, seed=1):
    return torch.randn(*shape, generator=rng(seed))


def times(convolution, column):
    """A 1x1 convolution of one place: a matrix times a column of channels."""
    return [sum(w * x for w, x in zip(row, column, strict=True)) for row in convolution.weight[:, :, 0, 0].tolist()]


def pooled(convolution, x):
    """The convolution at every place, then the largest of each 2x2 block, channel by channel."""
    _, height, width = x.shape
    blocks = [(top, left) for top in range(0, height - 1, 2) for left in range(0, width - 1, 2)]
    found = []
    for top, left in blocks:
        four = [times(convolution, x[:, top + down, left + right].tolist()) for down in (0, 1) for right in (0, 1)]
        found.append([max(channel) for channel in zip(*four, strict=True)])
    return found


def attention_by_hand(made, x):
    """Equations 1 to 3 of Zhang et al. 2018 with pooled keys and values, one place after the other."""
    keys, values, out = pooled(made.key, x), pooled(made.value, x), x.clone()
    for row in range(x.shape[1]):
        for column in range(x.shape[2]):
            query = times(made.query, x[:, row, column].tolist())
            powers = [exp(sum(a * b for a, b in zip(query, key, strict=True))) for key in keys]
            seen = [
                sum(power * value[channel] for power, value in zip(powers, values, strict=True)) / sum(powers)
                for channel in range(len(values[0]))
            ]
            out[:, row, column] += made.gain.item() * torch.tensor(times(made.out, seen))
    return out


@pytest.mark.parametrize("side", [2, 4, 7])
def test_it_is_that_of_the_paper(side):
    made, x = layer(16), noise(2, 16, side, side)
    wanted = torch.stack([attention_by_hand(made, each) for each in x])
    torch.testing.assert_close(made(x), wanted, rtol=1e-4, atol=1e-5)
    assert (made(x) - x).abs().max() > 0.01, "it does something"


def test_products_of_queries_and_keys_are_not_scaled():
    """With queries and keys twice as long shares become sharper by the fourth power, whatever their length."""
    made, x = layer(64), noise(1, 64, 4, 4)
    for part in (made.key, made.query):
        part.weight.data.mul_(100)
    winners = (made.query(x).flatten(2).transpose(1, 2) @ nn.functional.max_pool2d(made.key(x), 2).flatten(2)).argmax(2)
    values = nn.functional.max_pool2d(made.value(x), 2).flatten(2)
    seen = values[0][:, winners[0]].unflatten(1, (4, 4))[None]  # so sharp that each place sees one other
    torch.testing.assert_close(made(x), x + 0.7 * made.out(seen), rtol=1e-4, atol=1e-4)


def test_it_starts_as_the_identity_and_its_gain_learns_first():
    made, x = layer(gain=0.7), noise(3, 8, 4, 4)
    initialise(made, rng(5), normal=True)
    assert torch.equal(made(x), x)
    made(x).square().sum().backward()
    assert made.gain.grad.abs() > 0
    assert made.out.weight.grad.abs().max() == 0


def test_convolutions_keep_the_variance_of_what_passes():
    made, x = layer(256), noise(4, 256, 16, 16)
    for part in (made.key, made.query, made.value):
        assert part(x).var().item() == pytest.approx(1, rel=0.2)
    assert all(part.bias is None for part in (made.key, made.query, made.value, made.out))


def test_it_is_as_narrow_as_that_of_the_authors():
    made = SelfAttention(64)
    shapes = [tuple(part.weight.shape[:2]) for part in (made.key, made.query, made.value, made.out)]
    assert shapes == [(8, 64), (8, 64), (32, 64), (64, 32)]


def test_every_place_may_see_every_other_one():
    made, x = layer(), noise(1, 8, 6, 6).requires_grad_()
    made(x)[0, :, 0, 0].sum().backward()
    assert (x.grad.abs().amax(1) > 0).sum() > 9, "in each of nine blocks the largest, and the place itself"


def test_a_penalty_differentiates_through_it_twice():
    made, x = layer(), noise(2, 8, 4, 4).requires_grad_()
    (slope,) = torch.autograd.grad(made(x).square().sum(), x, create_graph=True)
    slope.square().sum().backward()
    assert all(weight.grad.isfinite().all() and weight.grad.abs().max() > 0 for weight in made.parameters())


# In the networks.


@pytest.mark.parametrize(("side", "wanted"), [(4, 2), (8, 4), (12, 6), (28, 14), (32, 16), (64, 16), (256, 16)])
def test_it_looks_at_the_finest_map_of_at_most_16_pixels(side, wanted):
    assert attended(side) == wanted
    architecture, seen = DCGAN(width=2, critic_width=2, attention=True), []
    generator, critic = architecture.generator((1, side, side), 3), architecture.critic((1, side, side))
    for network in (generator, critic):
        (attention,) = (each for each in network if isinstance(each, SelfAttention))
        attention.register_forward_hook(lambda _, __, out: seen.append(tuple(out.shape[1:])))
    critic(generator(noise(2, 3)))
    assert seen == [(side // wanted, wanted, wanted)] * 2


@pytest.mark.parametrize("side", range(4, 257, 4))
def test_sides_without_such_a_map_are_known(side):
    maps = sides(side)
    assert maps[-1] == side
    assert maps[0] * 2 ** (len(maps) - 1) == side
    assert attended(side) == max([each for each in maps[:-1] if each <= 16], default=None)


def test_spectral_norm_is_around_its_convolutions_in_the_critic_alone():
    architecture = DCGAN(width=8, critic_width=8, spectral_norm=True, attention=True)
    for network, normed in ((architecture.generator((1, 8, 8), 3), False), (architecture.critic((1, 8, 8)), True)):
        (attention,) = (each for each in network if isinstance(each, SelfAttention))
        for part in (attention.key, attention.query, attention.value, attention.out):
            assert nn.utils.parametrize.is_parametrized(part) == normed


def test_another_library_draws_the_same(workspace, tmp_path):
    _, generator, _ = keep_member("anna", width=8, attention=True)
    member = load("anna")
    (attention,) = (each for each in member.network() if isinstance(each, SelfAttention))
    attention.gain.fill_(1.0)
    export(member, tmp_path / "anna.onnx")
    z = member.latents(5, seed=0)
    (drawn,) = onnxruntime.InferenceSession(tmp_path / "anna.onnx").run(["images"], {"latent": z})
    torch.testing.assert_close(torch.from_numpy(drawn), member.generate(z), rtol=1e-3, atol=1e-7)
    assert not torch.allclose(member.generate(z), generator(torch.from_numpy(z)))
