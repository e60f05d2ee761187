"""Packs: what the critic sees of several pictures, and where."""

import pytest
import torch
from fakes import data_for, pictures, points, rng, tiny_spec

from ganlab.training.gan import GAN, packed


@pytest.mark.parametrize("shape", [(2,), (1, 4, 4), (3, 4, 5)])
@pytest.mark.parametrize("pack", [1, 2, 3])
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_a_pack_holds_its_pictures_channel_upon_channel(shape, pack, layout):
    images = torch.randn(6, *shape, generator=rng())
    if len(shape) == 3:
        images = images.contiguous(memory_format=layout)
    out, channels = packed(images, pack), shape[0]
    assert out.shape == (6 // pack, pack * channels, *shape[1:])
    for i, picture in enumerate(images):
        place = i % pack * channels
        assert torch.equal(out[i // pack, place : place + channels], picture)


@pytest.mark.parametrize("network", ["mlp", "mlp-relu", "dcgan", "resnet", "recurrent", "toy"])
@pytest.mark.parametrize("objective", ["hinge", "relativistic"])
def test_every_critic_is_shown_packs_of_real_or_of_drawn_pictures(network, objective, monkeypatch):
    """Never of both, and each real one once: a pack tells of one distribution."""
    options = {"network": network, "dataset": "ring8"} if network == "toy" else {"network": network}
    spec = tiny_spec(**options, objective=objective, batch_size=6, pack=3).resolved()
    gan, seen, drawn = GAN(spec, data_for(spec, 40).split("train")[0], torch.device("cpu")), [], []
    monkeypatch.setattr(
        gan.batches, "draw", lambda rng, draw=gan.batches.draw: drawn.extend(draw(rng)) or tuple(drawn[-1:])
    )
    gan.critic[0].register_forward_pre_hook(lambda _, given: seen.append(given[0].detach()))
    gan.generator.register_forward_hook(lambda _, __, out: drawn.append(out.detach()))
    gan.step("both", measure_gradients=False)
    real, fake = drawn
    whole = torch.cat([packed(real, 3), packed(fake, 3)])
    assert torch.equal(seen[0], whole)
    assert all(len(each) in (2, 4) for each in seen)
    for each in seen:
        assert torch.equal(each, whole[:2]) or torch.equal(each, whole[2:]) or torch.equal(each, whole)


def test_nothing_is_drawn_twice_for_one_step():
    """A pack takes no more pictures than a batch has."""
    for data, options in ((pictures(40), {}), (points(40), {"network": "toy", "dataset": "ring8"})):
        gan = GAN(tiny_spec(pack=2, **options).resolved(), data.split("train")[0], torch.device("cpu"))
        gan.step("both", measure_gradients=False)
        assert gan.batches.drawn == 1
