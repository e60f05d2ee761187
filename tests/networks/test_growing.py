"""Networks that grow: coarse pictures in equal blocks, fading between two levels, the plain chain at the end."""

from itertools import chain

import numpy as np
import onnxruntime
import pytest
import torch
from fakes import card_for, keep_member, rng, tiny_spec
from torch import nn
from torch.nn.functional import avg_pool2d, interpolate

from ganlab.fusion import load
from ganlab.members import store
from ganlab.members.networks import build, to_bytes
from ganlab.members.onnx import export
from ganlab.networks.growing import Growing, coarsened, set_level
from ganlab.networks.sides import sides

SIDES = {28: [7, 14, 28], 32: [4, 8, 16, 32], 64: [4, 8, 16, 32, 64]}
grown = pytest.mark.parametrize("side", SIDES)


def spec_for(side, **options):
    usual = {"dataset": "folder:x", "image_size": side, "network": "dcgan", "width": 2, "critic_width": 2}
    return tiny_spec(**(usual | {"latent_dim": 5, "grow": 0.5} | options)).resolved()


def built(spec, seed=0):
    """Generator and critic in eval mode, with weights large enough to tell pictures apart."""
    networks = build(spec, rng(seed))
    for weight in chain(*(network.parameters() for network in networks.values())):
        if weight.ndim > 1:
            weight.data.mul_(20)
    return [network.eval() for network in networks.values()]


def noise(*shape, seed=1):
    return torch.randn(*shape, generator=rng(seed))


def at(level, *networks):
    set_level(networks, level)
    return networks[0]


def growing(network):
    (part,) = (each for each in network.modules() if isinstance(each, Growing))
    return part


@grown
def test_a_coarse_picture_is_one_of_equal_blocks(side):
    generator, _ = built(spec_for(side))
    assert sides(side) == SIDES[side]
    for level, coarse in enumerate(SIDES[side]):
        drawn = at(level, generator)(noise(3, 5))
        assert drawn.shape == (3, 3, side, side)
        block = side // coarse
        assert torch.equal(drawn, drawn[:, :, ::block, ::block].repeat_interleave(block, 2).repeat_interleave(block, 3))
        half = drawn[:, :, :: 2 * block, :: 2 * block]  # and of no larger ones
        assert level == 0 or not torch.equal(
            drawn, half.repeat_interleave(2 * block, 2).repeat_interleave(2 * block, 3)
        )


@grown
def test_the_generator_fades_evenly_between_two_levels(side):
    generator, _ = built(spec_for(side))
    z = noise(3, 5)
    for level in range(len(SIDES[side]) - 1):
        before, after = (at(each, generator)(z) for each in (level, level + 1))
        assert (before - after).abs().max() > 0.05
        for share in (0.25, 0.5, 0.75):
            wanted = (1 - share) * before + share * after
            torch.testing.assert_close(at(level + share, generator)(z), wanted, rtol=0, atol=1e-6)


@grown
def test_the_critic_fades_by_its_hidden_maps(side):
    """The finest map of a fade, by hand: the share of a block over what the coarser way makes of it."""
    _, critic = built(spec_for(side, spectral_norm=True))
    part, x = growing(critic), noise(3, 3, side, side)
    for level in range(1, len(SIDES[side])):
        seen = avg_pool2d(x, side // SIDES[side][level])
        fine, coarse = part.blocks[level](part.ways[level](seen)), part.ways[level - 1](avg_pool2d(seen, 2))
        hidden = 0.25 * fine + 0.75 * coarse
        for block in reversed(range(level)):
            hidden = part.blocks[block](hidden)
        torch.testing.assert_close(at(level - 0.75, critic)(x), critic[1:](hidden), rtol=1e-4, atol=1e-4)
        assert not torch.equal(at(level - 0.75, critic)(x), at(level - 0.5, critic)(x))


@grown
def test_the_critic_sees_no_more_than_its_level(side):
    """Detail that averages to nothing over a block is not seen, and beside full pictures all of it is."""
    _, critic = built(spec_for(side))
    x, checks = noise(3, 3, side, side), torch.ones(side, side)
    checks[::2, ::2] = checks[1::2, 1::2] = -1
    for level in range(len(SIDES[side])):
        at(level, critic)
        assert torch.allclose(critic(x), critic(x + checks), atol=1e-5) == (level + 1 < len(SIDES[side])), level


@pytest.mark.parametrize("options", [{}, {"attention": True, "spectral_norm": True, "dropout": 0.0}])
@grown
def test_a_whole_network_is_its_plain_chain_to_the_bit(side, options):
    """The same layers in one Sequential, without the ways of coarser levels."""
    generator, critic = built(spec_for(side, **options))
    plain = built(spec_for(side, grow=0.0, **options), seed=1)
    drawing, reading = growing(generator), growing(critic)
    chains = [*chain(*drawing.blocks), *drawing.ways[-1]], [*chain(*reversed(reading.blocks)), *critic[1:]]
    for chained, layers in zip(plain, chains, strict=True):
        assert [type(each).__name__ for each in layers] == [type(each).__name__ for each in chained]
        chained.load_state_dict(nn.Sequential(*layers).state_dict())
    assert drawing.level == reading.level == len(SIDES[side]) - 1
    assert {way[0].kernel_size for part in (drawing, reading) for way in part.ways[:-1]} == {(1, 1)}
    z = noise(3, 5)
    drawn = generator(z)
    assert torch.equal(drawn, plain[0](z))
    assert torch.equal(critic(drawn), plain[1](drawn))
    assert torch.equal(critic[:-2](drawn), plain[1][:-2](drawn)), "hidden features [N, h]"


@grown
def test_coarse_levels_leave_fine_blocks_alone(side):
    networks = [network.train() for network in built(spec_for(side))]
    for level in (0, 0.5, 1):
        set_level(networks, level)
        networks[1](networks[0](noise(4, 5))).sum().backward()
    for network in networks:
        part = growing(network)
        for place in range(part.top + 1):
            touched = {
                weight.grad is not None for weight in (*part.blocks[place].parameters(), *part.ways[place].parameters())
            }
            assert touched <= {place < 2}
    last = [each for each in networks[0].modules() if isinstance(each, nn.BatchNorm2d)][-1]
    assert last.num_batches_tracked == (1 if side == 28 else 0) * 2


@grown
def test_real_pictures_become_as_coarse_as_drawn_ones(side):
    generator, critic = built(spec_for(side))
    top, x = len(SIDES[side]) - 1, noise(3, 3, side, side)
    assert torch.equal(coarsened(x, float(top), top), x)
    for level in range(top):
        block = side // SIDES[side][level]
        coarse = interpolate(avg_pool2d(x, block), scale_factor=block)
        torch.testing.assert_close(coarsened(x, level, top), coarse)
        torch.testing.assert_close(at(level, critic)(coarse), critic(x))
        drawn = at(level, generator)(noise(3, 5))
        torch.testing.assert_close(coarsened(drawn, level, top), drawn)
        finer = coarsened(x, level + 1, top)
        torch.testing.assert_close(coarsened(x, level + 0.75, top), 0.25 * coarse + 0.75 * finer)


@pytest.mark.parametrize("half", [False, True])
@pytest.mark.parametrize("level", [0.0, 1 + 77 / 256, 2.5, 3.0])
def test_a_member_of_any_level_comes_back_from_the_store(workspace, level, half):
    spec = spec_for(32)
    networks = build(spec, rng())
    set_level(networks.values(), level)
    data, weights = to_bytes(networks, half=half)
    store.keep(card_for(spec, "anna", weights), data)
    member, (generator, critic) = load("anna"), (network.eval() for network in networks.values())
    assert [growing(each).level for each in member.networks.values()] == [level, level]
    z = member.latents(3, seed=0)
    drawn = generator(torch.from_numpy(z))
    torch.testing.assert_close(member.generate(z), drawn, rtol=0, atol=2e-3 if half else 0)
    torch.testing.assert_close(member.score(drawn), critic(drawn), rtol=0, atol=2e-3 if half else 0)


@pytest.mark.parametrize("level", [0.0, 1.25, 2.0])
def test_another_library_draws_the_same_at_any_level(workspace, tmp_path, level):
    keep_member("anna", width=8, grow=0.5)
    member = load("anna")
    set_level(member.networks.values(), level)
    export(member, tmp_path / "anna.onnx")
    z = member.latents(5, seed=0)
    (drawn,) = onnxruntime.InferenceSession(tmp_path / "anna.onnx").run(["images"], {"latent": z})
    np.testing.assert_allclose(drawn, member.generate(z).numpy(), rtol=0, atol=1e-4)


def test_a_penalty_differentiates_through_a_fade_twice():
    _, critic = built(spec_for(32))
    x = noise(2, 3, 32, 32).requires_grad_()
    (slope,) = torch.autograd.grad(at(1.5, critic)(x).sum(), x, create_graph=True)
    slope.square().sum().backward()
    grads = [weight.grad for weight in critic.parameters() if weight.grad is not None]
    assert grads
    assert all(each.isfinite().all() for each in grads)
