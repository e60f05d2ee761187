"""What the layers see: the answers of each layer to one picture, as the network itself gives them."""

import numpy as np
import pytest
import torch
from fakes import card_for, keep_fused, keep_member, rng, tiny_spec

from ganlab.errors import MemberError
from ganlab.fusion import load
from ganlab.members import layers
from ganlab.members.member import NetworkMember
from ganlab.members.networks import build


@pytest.fixture(autouse=True)
def _own(workspace):
    pass


def test_maps_are_what_the_layers_answer():
    keep_member("vera", objective="elbo", width=4)
    vera = load("vera")
    z = vera.latents(1, 3)
    found = layers.seen(vera, z)
    assert set(found) == {"generator", "encoder"}
    generator = vera.networks["generator"]
    names = [layer.name for layer in found["generator"]]
    values = torch.from_numpy(z)
    with torch.inference_mode():
        for name, layer in generator.named_children():
            values = layer(values)
            if name in names:
                shown = found["generator"][names.index(name)]
                assert shown.shape == tuple(values.shape[1:])
                assert shown.strongest == pytest.approx(float(values.abs().max()))
                wanted = np.rint(127.5 + 127.5 * values[0].numpy() / shown.strongest)
                assert np.abs(shown.maps[: layers.MOST].astype(float) - wanted[: layers.MOST]).max() <= 1
    assert names
    assert all(not layer._forward_hooks for layer in generator.modules())  # nothing stays behind


@pytest.mark.parametrize("network", ["mlp", "resnet", "recurrent"])
def test_every_kind_of_network_can_be_looked_into(network):
    spec = tiny_spec(network=network).resolved()
    member = NetworkMember(card_for(spec), build(spec, rng(0)))
    found = layers.seen(member, member.latents(1, 0))
    assert set(found) == {"generator", "critic"}
    for each in [*found["generator"], *found["critic"]]:
        assert each.maps.dtype == np.uint8
        assert each.maps.ndim == 3
        assert 1 <= len(each.maps) <= layers.MOST


def test_a_class_is_told_to_the_critic_and_fusions_have_no_layers():
    keep_member("clara", conditional=True)
    clara = load("clara")
    z = clara.asked(clara.latents(1, 0), 3)
    assert layers.seen(clara, z, 3)["critic"]
    keep_member("anna")
    keep_fused("both", "anna", "anna")
    with pytest.raises(MemberError, match="no networks of its own"):
        layers.seen(load("both"), z[:, :6])
