"""The pairs of networks: exactly the layers of their sources, and laws over the whole family."""

from dataclasses import fields
from math import prod, sqrt

import pytest
import torch
from fakes import rng
from torch import nn

from ganlab.members.networks import build, parameters
from ganlab.networks import NETWORKS
from ganlab.networks.attention import SelfAttention
from ganlab.networks.dcgan import DCGAN
from ganlab.networks.growing import set_level
from ganlab.networks.layers import SeededDropout
from ganlab.networks.mlp import MLP, MLPReLU
from ganlab.networks.recurrent import Recurrent
from ganlab.networks.resnet import Residual, ResNet
from ganlab.networks.sides import halvings
from ganlab.networks.toy import Toy
from ganlab.spec import MemberSpec

SHAPE = (1, 28, 28)
# one small spec for each way a network can be built
SPECS = {
    "mlp": MemberSpec(network="mlp", latent_dim=5),
    "mlp-relu": MemberSpec(network="mlp-relu", latent_dim=5, dropout=0.2),
    "dcgan": MemberSpec(latent_dim=5, width=4, critic_width=3),
    "dcgan, colour": MemberSpec(dataset="folder:x", image_size=12, latent_dim=5, width=2, critic_width=2, dropout=0.0),
    "dcgan, spectral norm": MemberSpec(latent_dim=5, width=4, critic_width=3, spectral_norm=True),
    "dcgan, attention": MemberSpec(latent_dim=5, width=8, critic_width=8, attention=True),
    "dcgan, attention and spectral norm": MemberSpec(
        dataset="mnist", latent_dim=5, width=8, critic_width=8, attention=True, spectral_norm=True
    ),
    "conditional": MemberSpec(latent_dim=5, width=4, critic_width=3, conditional=True, spectral_norm=True),
    "conditional mlp": MemberSpec(network="mlp", latent_dim=5, conditional=True),
    "conditional, minibatch discrimination": MemberSpec(
        latent_dim=5, width=4, critic_width=3, conditional=True, minibatch_discrimination=2
    ),
    "mlp, minibatch discrimination": MemberSpec(network="mlp", latent_dim=5, minibatch_discrimination=3),
    "dcgan, minibatch discrimination": MemberSpec(latent_dim=5, width=4, critic_width=3, minibatch_discrimination=3),
    "dcgan, grown": MemberSpec(latent_dim=5, width=4, critic_width=3, grow=0.5, attention=True),
    "resnet": MemberSpec(network="resnet", latent_dim=5, width=4, critic_width=3),
    "recurrent": MemberSpec(network="recurrent", latent_dim=5, width=7, critic_width=6),
    "toy": MemberSpec(dataset="grid25", network="toy"),
}
every = pytest.mark.parametrize("spec", [spec.resolved() for spec in SPECS.values()], ids=SPECS)


def built(spec, seed=0):
    return tuple(build(spec, rng(seed)).values())


def noise(*shape, seed=1):
    return torch.randn(*shape, generator=rng(seed))


def weights_of(layer):
    return [tuple(each.shape) for each in layer.parameters()]


def dense(network):
    return [(each.in_features, each.out_features) for each in network.modules() if isinstance(each, nn.Linear)]


def kinds(network):
    return [type(each).__name__ for each in network]


def test_all_networks_are_in_the_laws_below():
    assert {spec.network for spec in SPECS.values()} == set(NETWORKS.names)


@pytest.mark.parametrize("name", NETWORKS.names)
def test_the_list_tells_the_options_as_they_are(name):
    entry = NETWORKS[name]
    assert {each.name: each.default for each in fields(entry.load())} == entry.facts["options"]
    assert entry.facts["suits"] in ("images", "points")


# The layers, as their sources print them.


def test_the_mlp_of_most_courses():
    generator, critic = MLP().generator(SHAPE, 100), MLP().critic(SHAPE)
    assert dense(generator) == [(100, 256), (256, 512), (512, 1024), (1024, 784)]
    assert kinds(generator) == ["Linear", "LeakyReLU"] * 3 + ["Linear", "Tanh", "Unflatten"]
    assert dense(critic) == [(784, 1024), (1024, 512), (512, 256), (256, 1)]
    assert kinds(critic) == ["Flatten", *["Linear", "LeakyReLU", "SeededDropout"] * 3, "Linear", "Flatten"]
    assert {each.negative_slope for net in (generator, critic) for each in net if hasattr(each, "negative_slope")} == {
        0.2
    }
    assert {each.p for each in critic if isinstance(each, SeededDropout)} == {0.3}


def test_the_mlp_with_relu():
    generator, critic = MLPReLU().generator(SHAPE, 100), MLPReLU().critic(SHAPE)
    assert dense(generator) == [(100, 128), (128, 256), (256, 512), (512, 1024), (1024, 784)]
    assert kinds(generator) == ["Linear", "ReLU"] * 4 + ["Linear", "Tanh", "Unflatten"]
    assert dense(critic) == [(784, 512), (512, 256), (256, 128), (128, 1)]
    assert kinds(critic) == ["Flatten", *["Linear", "ReLU"] * 3, "Linear", "Flatten"]


def test_the_toy_pair_of_veegan_and_pacgan():
    generator, critic = Toy().generator((2,), 2), Toy().critic((2,))
    assert dense(generator) == [(2, 400), (400, 400), (400, 400), (400, 400), (400, 2)]
    assert kinds(generator) == ["Linear", "BatchNorm1d", "ReLU"] * 4 + ["Linear"]
    assert dense(critic) == [(2, 1000), (200, 1000), (200, 1000), (200, 1)]  # five pieces of 200 each
    assert kinds(critic) == ["Maxout"] * 3 + ["Linear", "Flatten"]
    assert {each.pieces for each in critic if hasattr(each, "pieces")} == {5}


def test_the_dcgan_of_the_classic_tutorial():
    """Width 128 on 28x28: 7x7x256, then 14x14x128, then the picture; against 14x14, 7x7."""
    generator, critic = DCGAN(width=128, critic_width=64).generator(SHAPE, 100), DCGAN(critic_width=64).critic(SHAPE)
    sizes, x = [], noise(2, 100)
    for layer in generator:
        x = layer(x)
        sizes.append(tuple(x.shape[1:]))
    assert list(dict.fromkeys(sizes)) == [(12544,), (256, 7, 7), (128, 14, 14), (1, 28, 28)]
    assert [weights_of(each)[0] for each in critic if isinstance(each, nn.Conv2d)] == [(64, 1, 4, 4), (128, 64, 4, 4)]
    assert dense(critic) == [(128 * 7 * 7, 1)]
    assert kinds(critic)[:4] == ["Conv2d", "LeakyReLU", "SeededDropout", "Conv2d"]


@pytest.mark.parametrize(
    ("side", "start"),
    [(4, 1), (8, 2), (12, 3), (16, 4), (20, 5), (24, 6), (28, 7), (32, 4), (36, 9), (64, 4), (256, 4)],
)
def test_a_dcgan_starts_small_and_whole(side, start):
    assert side / 2 ** halvings(side) == start


@pytest.mark.parametrize("side", [0, -4, 1, 2, 6, 30, 31])
def test_a_side_that_is_no_multiple_of_four_is_refused(side):
    with pytest.raises(ValueError, match=f"a side of {side} pixels"):
        halvings(side)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("side", [4, 8, 12, 20, 24, 28, 32, 36, 64])
def test_a_dcgan_fits_every_side_and_colour(side, channels):
    architecture, shape = DCGAN(width=2, critic_width=2), (channels, side, side)
    drawn = architecture.generator(shape, 3)(noise(2, 3))
    assert drawn.shape == (2, *shape)
    assert architecture.critic(shape)(drawn).shape == (2,)


@pytest.mark.parametrize("steps", [2, 3, 4])
def test_each_coarser_map_of_a_dcgan_has_twice_the_channels(steps):
    side, width = 4 * 2**steps, 3
    generator, critic = (
        DCGAN(width=width).generator((1, side, side), 5),
        DCGAN(critic_width=width).critic((1, side, side)),
    )
    wanted = [width * 2**power for power in range(steps)]
    assert [each.num_features for each in generator if isinstance(each, nn.BatchNorm2d)] == wanted[::-1]
    assert [each.out_channels for each in critic if isinstance(each, nn.Conv2d)] == wanted


def test_a_residual_network_starts_as_its_short_cuts_and_keeps_variance():
    generator, critic = built(MemberSpec(dataset="mnist", network="resnet").resolved())
    for block in (each for network in (generator, critic) for each in network if isinstance(each, Residual)):
        x = noise(64, block.body[1].in_channels, 9, 9)
        assert torch.equal(block(x), x)
        inside = block.body(x)[:, :, 2:-2, 2:-2]  # padding takes from the rim
        assert inside.var().item() == pytest.approx(1, rel=0.35)
    assert generator[0](noise(256, 100)).var().item() == pytest.approx(1, rel=0.1)
    assert not any(isinstance(each, nn.modules.batchnorm._BatchNorm) for each in generator.modules())


@pytest.mark.parametrize(("side", "start"), [(8, 2), (28, 7), (64, 4)])
def test_a_residual_network_has_a_block_a_resolution(side, start):
    generator, critic = ResNet(width=2).generator((3, side, side), 5), ResNet(critic_width=2).critic((3, side, side))
    widths = [2 * 2**power for power in range(halvings(side) + 1)]
    blocks = [[each.body[1].in_channels for each in net if isinstance(each, Residual)] for net in (generator, critic)]
    assert blocks == [widths[::-1], widths]
    assert tuple(generator[0].basis.shape) == (widths[-1], start, start)


def test_a_recurrent_network_draws_rows_from_the_top_and_reads_them_in_order():
    generator, critic = built(MemberSpec(dataset="mnist", network="recurrent", latent_dim=3).resolved())
    z = noise(2, 3)
    states, _ = generator.rows(z[:, None].expand(-1, 28, -1), generator.start(z).tanh()[None])
    assert torch.allclose(generator(z)[:, 0, 5], generator.pixels(states[:, 5]).tanh(), atol=1e-6)
    drawn = generator(z)
    assert not torch.allclose(critic(drawn), critic(drawn.flip(2)))
    assert [type(each).__name__ for each in critic] == ["RowReader", "Linear", "Flatten"]
    assert Recurrent().width == 128


# Laws of the family.


@every
def test_noise_becomes_pictures_in_range_and_pictures_become_logits(spec):
    generator, critic = built(spec)
    drawn = generator(noise(4, spec.latent_dim + spec.conditional) * 100)
    assert drawn.shape == (4, *spec.shape)
    if len(spec.shape) == 3:
        assert -1 <= drawn.min() < drawn.max() <= 1
    assert critic(drawn).shape == (4,)


@every
def test_logits_have_no_bounds(spec):
    """No sigmoid at the end: doubling the last layer doubles the logits, beyond any probability."""
    _, critic = built(spec)
    critic = critic.critic if spec.conditional else critic
    x = noise(3, *spec.shape)
    last = [each for each in critic if isinstance(each, nn.Linear)][-1]
    critic.eval()
    once = critic(x)
    with torch.no_grad():
        if spec.spectral_norm:
            nn.utils.parametrize.remove_parametrizations(last, "weight")
        last.weight.mul_(1e6)
        last.bias.mul_(1e6)
    assert torch.allclose(critic(x), once * 1e6, rtol=1e-4)
    assert critic(x).abs().max() > 100


@every
def test_every_weight_learns(spec):
    generator, critic = built(spec)
    for block in (each for network in (generator, critic) for each in network.modules()):
        if isinstance(block, Residual | SelfAttention):  # its first step opens the gate
            assert block.gain == 0
            block.gain.data.fill_(1)
    for level in range(max(1, len(spec.stages))):  # one that grows has ways of its own for each size
        set_level((generator, critic), level)
        critic(generator(noise(8, spec.latent_dim + spec.conditional))).square().sum().backward()
    for network in (generator, critic):
        for name, weight in network.named_parameters():
            assert weight.grad is not None, name
            assert weight.grad.isfinite().all(), name
            assert weight.grad.abs().max() > 0, name


@every
def test_a_critic_judges_each_picture_alone_unless_it_shall_not(spec):
    """Penalties sum logits before they differentiate, and one pass judges real and fake: no other batch may mix."""
    _, critic = built(spec)
    critic.eval()
    x, others = noise(6, *spec.shape), noise(6, *spec.shape, seed=2)
    mixed = torch.where(torch.arange(6).view(6, *[1] * len(spec.shape)) < 3, x, others)
    assert torch.allclose(critic(x)[:3], critic(mixed)[:3], rtol=1e-5, atol=1e-6) != spec.judges_together
    assert not torch.allclose(critic(x)[3:], critic(mixed)[3:], rtol=1e-5, atol=1e-6)
    assert not any(isinstance(each, nn.BatchNorm1d | nn.BatchNorm2d) for each in critic.modules())


@every
def test_a_critic_may_judge_packs(spec):
    """Whatever it is built for: pictures upon each other are a picture of more channels."""
    critic = build(spec.model_copy(update={"pack": 3}), rng())["critic"].eval()
    channels, *sides = spec.shape
    x = noise(2, 3 * channels, *sides)
    assert critic(x).shape == (2,)
    for place in range(3):  # each picture of a pack counts
        other = x.clone()
        other[:, place * channels : (place + 1) * channels] += 1
        assert (critic(other) != critic(x)).all()


@every
def test_the_last_two_layers_make_logits_of_a_hidden_layer(spec):
    """Feature matching, and a VAE-GAN's likeness, compare pictures there."""
    _, critic = built(spec)
    critic.eval()
    x = noise(3, *spec.shape)
    hidden = critic[:-2](x)
    assert hidden.ndim == 2
    assert hidden.shape[1] == critic[-2].in_features
    assert torch.equal(critic[-2:](hidden), critic(x))


@every
def test_an_encoder_reads_each_picture_alone_into_as_many_numbers_as_asked_for(spec):
    options = {option: getattr(spec, option) for option in NETWORKS[spec.network].facts["options"]}
    network = NETWORKS[spec.network].load()(**options).encoder(spec.shape, 7).train()
    x = noise(6, *spec.shape)
    network(x).square().sum().backward()
    for name, weight in network.named_parameters():
        assert weight.grad.isfinite().all(), name
    network.eval()
    assert network(x).shape == (6, 7)
    assert torch.allclose(network(x)[:2], network(x[:2]), rtol=1e-4, atol=1e-5)


@every
def test_sizes_are_told_without_making_the_network(spec):
    made = tuple(sum(prod(each.shape) for each in net.parameters()) for net in built(spec))
    assert tuple(parameters(spec).values()) == made


# First weights.


@every
@pytest.mark.usefixtures("global_chance")
def test_building_takes_no_chance_but_its_own(spec):
    first, again, other = (
        {f"{role}.{key}": value for role in (0, 1) for key, value in built(spec, seed)[role].state_dict().items()}
        for seed in (3, 3, 4)
    )
    assert all(torch.equal(first[key], again[key]) for key in first)
    for key, value in first.items():  # constants, and unit vectors of one number, are the same for every seed
        fixed = value.numel() == 1 or (value == value.flatten()[0]).all()
        assert fixed or not torch.equal(value, other[key]), key
    assert all(each.isfinite().all() for each in first.values())


@every
def test_first_weights_are_spread_as_the_papers_say(spec):
    """N(0, 0.02) for DCGAN; else even within 1 / sqrt(fan in), torch's way since LeCun 1998."""
    for network in built(spec):
        own = {part for each in network.modules() if hasattr(each, "first_weights") for part in each.modules()}
        for layer in (each for each in network.modules() if each not in own or isinstance(each, nn.GRU)):
            if isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d):
                assert (layer.running_mean == 0).all()
                assert (layer.running_var == 1).all()
                assert (layer.bias == 0).all()
                assert layer.weight.mean().item() == pytest.approx(1, abs=0.1)
            if not isinstance(layer, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
                continue
            drawn = layer.parametrizations.weight.original if hasattr(layer, "parametrizations") else layer.weight
            n = drawn.numel()
            if spec.network == "dcgan":
                # six standard errors of a standard deviation
                assert drawn.std(correction=0).item() == pytest.approx(0.02, rel=6 / sqrt(2 * n))
                assert layer.bias is None or (layer.bias == 0).all()
            else:
                bound = 1 / sqrt(drawn[0].numel())
                assert drawn.abs().max().item() <= bound * (1 + 1e-6)
                assert drawn.std(correction=0).item() == pytest.approx(bound / sqrt(3), rel=6 / sqrt(n))
                assert layer.bias is None or 0 < layer.bias.abs().max().item() <= bound * (1 + 1e-6)


@pytest.mark.parametrize("kernels", [0, 3])
def test_spectral_norm_bounds_every_layer_by_its_largest_singular_value(kernels):
    changes = {"minibatch_discrimination": kernels}
    _, critic = built(SPECS["dcgan, spectral norm"].resolved().model_copy(update=changes))
    for _ in range(60):  # power iterations, one a pass
        critic(noise(2, 1, 8, 8))
    critic.eval()
    layers = [each for each in critic.modules() if isinstance(each, nn.Linear | nn.Conv2d)]
    assert len(layers) == 3 + (kernels > 0)
    for layer in layers:
        largest = torch.linalg.matrix_norm(layer.weight.flatten(1), 2).item()
        assert largest == pytest.approx(1, abs=0.02)  # power iterations approach it from one side, slowly
