"""A spec's networks: made with first weights, counted without them, and turned into a file."""

from collections.abc import Mapping
from hashlib import sha256

import safetensors.torch
import torch
from torch import nn

from ganlab.members.card import Weights
from ganlab.networks import NETWORKS
from ganlab.networks.conditional import ConditionalGenerator, ProjectionCritic
from ganlab.networks.layers import initialise
from ganlab.spec import MemberSpec


def build(spec: MemberSpec, rng: torch.Generator, *, encoder: bool = False) -> dict[str, nn.Module]:
    """Return a resolved spec's networks by role on the CPU, their first weights drawn from ``rng``.

    Args:
        spec: What to build.
        rng: A CPU generator.
        encoder: With one for a GAN, too, as it is fitted to the finished generator.
    """
    networks = outlines(spec, encoder=encoder)
    normal = _architecture(spec).normal_init
    for network in networks.values():
        network.to_empty(device="cpu")
        initialise(network, rng, normal=normal)
    return networks


def parameters(spec: MemberSpec) -> dict[str, int]:
    """Return how many weights a resolved spec's networks have by role, without making them."""
    return {role: count(network) for role, network in outlines(spec).items()}


def count(network: nn.Module) -> int:
    """Return the number of weights that training changes."""
    return sum(weight.numel() for weight in network.parameters())


def to_bytes(networks: Mapping[str, nn.Module], half: bool = False) -> tuple[bytes, Weights]:
    """Return a member's weights as a safetensors file, and what its card must state of it.

    Args:
        networks: By role; each weight is stored under ``role.``.
        half: Store floats with 16 bits; they are read back as 32.
    """
    tensors = {}
    for role, network in networks.items():
        for key, value in network.state_dict().items():
            kept = value.detach().cpu()
            tensors[f"{role}.{key}"] = (kept.half() if half and kept.is_floating_point() else kept).contiguous()
    data = safetensors.torch.save(tensors)
    return data, Weights(sha256=sha256(data).hexdigest(), size=len(data))


def _architecture(spec: MemberSpec):  # noqa: ANN202 - the families' classes share no ancestor
    entry = NETWORKS[spec.network]
    asked = {option: getattr(spec, option) for option in entry.facts["options"]}
    # A card may be older than an option: what it does not state was the usual.
    return entry.load()(**{option: value for option, value in asked.items() if value is not None})


def encoder_outputs(kind: str, noise: int, classes: int) -> int:
    """Return how many numbers an encoder makes of a picture.

    They are a value for each number of noise, of an autoencoder a mean, and then its log variance; and what speaks for
    each class.
    """
    return noise * (1 if kind == "gan" else 2) + classes


def outlines(spec: MemberSpec, *, encoder: bool = False) -> dict[str, nn.Module]:
    """Return a resolved spec's networks by role, without memory for weights, and without touching random streams."""
    architecture, classes = _architecture(spec), len(spec.classes) if spec.conditional else 0
    with torch.device("meta"):
        networks = {"generator": architecture.generator(spec.shape, spec.latent_dim + classes)}
        if spec.kind != "vae":
            networks["critic"] = architecture.critic(spec.critic_shape)
        if spec.kind != "gan" or encoder:
            outputs = encoder_outputs(spec.kind, spec.latent_dim, classes)
            networks["encoder"] = architecture.encoder(spec.shape, outputs)
        if classes:
            networks["generator"] = ConditionalGenerator(networks["generator"], spec.latent_dim, classes)
        if classes and "critic" in networks:
            networks["critic"] = ProjectionCritic(networks["critic"], classes)
        return networks
