"""What the layers see: the feature maps of a member's networks for one picture."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from ganlab.errors import MemberError
from ganlab.members.member import Member, NetworkMember

ROLES = ("generator", "critic", "encoder")
MOST = 32  # maps shown of a layer
_SEEN = (nn.ReLU, nn.LeakyReLU, nn.Tanh, nn.SiLU, nn.GELU, nn.ELU, nn.GRU)


@dataclass(frozen=True)
class Layer:
    """One layer's answer.

    Attributes:
        name: Of the layer in its network.
        shape: Of the answer to one picture: (channels, height, width), or (numbers,).
        maps: uint8 [k, h, w], the k most active of them; grey 127 is 0, brighter is positive.  Numbers of a dense
            layer, and rows of a recurrent one, are laid out as one map.
        strongest: The value that is shown white or black.
    """

    name: str
    shape: tuple[int, ...]
    maps: np.ndarray
    strongest: float


def seen(member: Member, z: np.ndarray, label: int | None = None) -> dict[str, list[Layer]]:
    """Return by role what the layers of a member's networks make of the picture it draws from a latent.

    Args:
        member: One with networks of its own.
        z: float32 [1, latent_dim].
        label: The class the critic is told, counted from 0.

    Raises:
        MemberError: It has none.
    """
    if not isinstance(member, NetworkMember):
        raise MemberError(
            f"{member.name!r} has no networks of its own to look into: take one of the members it is made of."
        )
    found = {"generator": _looked(member.networks["generator"], lambda: member.generate(z))}
    picture = member.generate(z)
    if "critic" in member.networks:
        labels = None if label is None else torch.tensor([label], device=member.device)
        judges = member.networks["critic"]
        found["critic"] = _looked(judges, lambda: judges(picture, labels) if labels is not None else judges(picture))
    if member.encodes:
        found["encoder"] = _looked(member.networks["encoder"], lambda: member.encode(picture))
    return found


@torch.inference_mode()
def _looked(network: nn.Module, run: Callable[[], object]) -> list[Layer]:
    """Return what each layer with an activation made while the network ran, in the order of running."""
    made: list[tuple[str, Tensor]] = []
    handles = [
        layer.register_forward_hook(
            lambda _, __, out, name=name: made.append((name, (out if isinstance(out, Tensor) else out[0]).detach()))
        )
        for name, layer in network.named_modules()
        if isinstance(layer, _SEEN)
    ]
    try:
        run()
    finally:
        for handle in handles:
            handle.remove()
    return [_layer(name, out[0].float().cpu().numpy()) for name, out in made]


def _layer(name: str, values: np.ndarray) -> Layer:
    shape = values.shape
    if values.ndim == 1:  # as square as it gets, the rest at 0
        side = int(np.ceil(len(values) ** 0.5))
        values = np.pad(values, (0, side * -(-len(values) // side) - len(values))).reshape(1, -1, side)
    elif values.ndim == 2:
        values = values[None]
    active = np.argsort(-values.reshape(len(values), -1).std(1), kind="stable")[:MOST]
    strongest = float(np.abs(values).max())
    scaled = values[np.sort(active)] / max(strongest, 1e-12)
    return Layer(name, tuple(shape), np.rint(127.5 + 127.5 * scaled).clip(0, 255).astype(np.uint8), strongest)
