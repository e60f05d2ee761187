"""Stacking: a small convolutional network combines the members' pictures (Wolpert 1992, Stacked generalization).

    x(z) = clip(mean_k A_k + c(A_1, ..., A_K)),    A_k = G_k(E_k(G_a(z))), of the anchor a its own picture

Two teachers, both with validation pictures only: real pictures x that members rebuilt shall come out as they were,
|C(R_1(x), ..., R_K(x)) - x|; and what is made of the anchor's pictures shall pass a critic (hinge loss) that sees it
beside real ones.  The network begins as the plain mean.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor, nn

from ganlab.data.batches import AUGMENTATIONS
from ganlab.fusion.ground import Ground
from ganlab.fusion.rebuilding import RebuildingRule, rebuilt
from ganlab.members.member import Member
from ganlab.metrics.evaluate import Progress
from ganlab.networks import NETWORKS
from ganlab.networks.layers import initialise
from ganlab.objectives import OBJECTIVES

_WIDTH, _CRITIC, _STEPS, _BATCH, _POOL = 16, 16, 1_000, 32, 3_000
_RATE, _LIKENESS, _MEMORY = 5e-4, 10.0, 0.99


@dataclass(frozen=True)
class Stacking(RebuildingRule):
    """What the combining network makes of the members' pictures."""

    name = "stacking"

    def combine(self, pictures: Tensor, extra: Tensor) -> Tensor:
        """Return one picture for each latent."""
        return _combined(self.network.to(pictures.device), pictures)

    @cached_property
    def network(self) -> nn.Module:
        """What combines: members' pictures [N, K C, H, W] to one [N, C, H, W], beside their mean."""
        arrays = self.fitted.arrays
        network = _outline(arrays["0.weight"].shape[1], len(arrays["4.bias"]), width=len(arrays["0.bias"]))
        network.load_state_dict({name: torch.from_numpy(each) for name, each in arrays.items()}, assign=True)
        return network.requires_grad_(requires_grad=False)

    @classmethod
    def fitting(
        cls, members: Sequence[Member], ground: Ground, weights: tuple[float, ...], **options: object
    ) -> Iterator[Progress | tuple[dict[str, np.ndarray], dict[str, float]]]:
        """Teach the network."""
        anchor = options["anchor"] or 0
        real, held = ground.halves()
        pools: list[list[Tensor]] = [[], [], []]
        for pool, images in zip(pools, (real, held), strict=False):
            for part in rebuilt(members, images):
                pool.append(part)
                yield Progress("rebuilding pictures", 0.2 * len(pool) * 500 / len(images), 0.0, None)
        z = members[anchor].latents(_POOL, ground.own_seed("stacking"))
        for part in torch.from_numpy(z).split(500):
            pools[2].append(cls.aligned(members, anchor, part.to(members[anchor].device)).cpu())
            yield Progress("aligning pictures", 0.2 + 0.2 * len(pools[2]) * 500 / _POOL, 0.0, None)
        known, unseen, drawn = (torch.cat(pool, 1) for pool in pools)
        teaching = _Teaching(known, real, drawn, ground.own_seed("teaching"))
        for step in range(_STEPS):
            teaching.step()
            if step % 50 == 0:
                yield Progress("teaching", 0.4 + 0.6 * step / _STEPS, 0.0, None)
        arrays = {name: each.numpy() for name, each in teaching.averaged.items()}
        with torch.no_grad():
            errors = (unseen - held).square().flatten(1).mean(1)
            network = _outline(arrays["0.weight"].shape[1], len(arrays["4.bias"]))
            network.load_state_dict(teaching.averaged, assign=True)
            error = (_combined(network, unseen) - held).square().mean()
        yield arrays, {"error_best_member": errors.min().item(), "error": error.item()}


class _Teaching:
    """A combining network and its critic, on the CPU: both are small.

    Attributes:
        averaged: The network's weights, averaged over steps.
    """

    def __init__(self, rebuilt_: Tensor, real: Tensor, drawn: Tensor, seed: int) -> None:
        self.rebuilt, self.real, self.drawn = rebuilt_, real, drawn
        self.rng = torch.Generator().manual_seed(seed % 2**63)
        members, _, channels = rebuilt_.shape[:3]
        self.network = _outline(members * channels, channels).to_empty(device="cpu")
        initialise(self.network, self.rng, normal=False)
        nn.init.zeros_(self.network[4].weight)
        nn.init.zeros_(self.network[4].bias)
        dcgan = NETWORKS["dcgan"].load()(critic_width=_CRITIC, dropout=0.0, spectral_norm=True)
        with torch.device("meta"):
            critic = dcgan.critic(tuple(real.shape[1:]))
        self.critic = critic.to_empty(device="cpu")
        initialise(self.critic, self.rng, normal=True)
        self.objective = OBJECTIVES["hinge"].load()()
        self.optimizers = [
            torch.optim.Adam(each.parameters(), lr=_RATE, betas=(0.5, 0.999)) for each in (self.network, self.critic)
        ]
        self.averaged = {name: each.clone() for name, each in self.network.state_dict().items()}

    def step(self) -> None:
        """Let critic and network take a step each."""
        mine, other = self.optimizers
        real = self._shifted(self.real[self._rows(len(self.real))])
        made = _combined(self.network, self.drawn[:, self._rows(self.drawn.shape[1])], clip=False)
        logits = self.critic(torch.cat([real, made.detach()]))
        other.zero_grad()
        self.objective.critic_loss(*logits.split(len(real))).backward()
        other.step()
        rows = self._rows(len(self.real))
        again = _combined(self.network, self.rebuilt[:, rows], clip=False)
        mine.zero_grad()
        likeness = (again - self.real[rows]).abs().mean()
        (self.objective.generator_loss(self.critic(made)) + _LIKENESS * likeness).backward()
        mine.step()
        for name, each in self.network.state_dict().items():
            self.averaged[name].lerp_(each, 1 - _MEMORY)

    def _rows(self, count: int) -> Tensor:
        return torch.randint(count, (min(_BATCH, count),), generator=self.rng)

    def _shifted(self, images: Tensor) -> Tensor:
        # A few thousand real pictures: a critic that knew them by heart would teach nothing.
        return AUGMENTATIONS["shift"](images, self.rng)


def _outline(inputs: int, channels: int, width: int = _WIDTH) -> nn.Sequential:
    with torch.device("meta"):  # no first weights, which would be drawn from the global stream
        return nn.Sequential(
            nn.Conv2d(inputs, width, 3, padding=1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(width, width, 3, padding=1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(width, channels, 3, padding=1),
        )


def _combined(network: nn.Module, pictures: Tensor, clip: bool = True) -> Tensor:
    """Return what the network makes of members' pictures [K, N, C, H, W]."""
    made = pictures.mean(0) + network(pictures.transpose(0, 1).flatten(1, 2))
    return made.clamp(-1, 1) if clip else made
