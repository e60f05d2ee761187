"""Dense generators and critics for pictures, layer by layer as the first courses draw them."""

from dataclasses import dataclass
from itertools import pairwise
from math import prod
from typing import ClassVar

from torch import nn

from ganlab.networks.layers import MinibatchDiscrimination, seeded_dropout


@dataclass(frozen=True)
class MLP:
    """Generator z-256-512-1024-pixels, LeakyReLU 0.2, tanh; critic pixels-1024-512-256-1, dropout.

    Attributes:
        dropout: Share dropped after each of the critic's layers.
        minibatch_discrimination: In how many ways the critic compares the pictures of a batch; 0 is not at all.
    """

    dropout: float = 0.3
    minibatch_discrimination: int = 0
    normal_init: ClassVar[bool] = False
    generator_widths: ClassVar[tuple[int, ...]] = (256, 512, 1024)
    critic_widths: ClassVar[tuple[int, ...]] = (1024, 512, 256)

    def activation(self) -> nn.Module:
        """Return the non-linearity between layers."""
        return nn.LeakyReLU(0.2)

    def generator(self, shape: tuple[int, ...], latent_dim: int) -> nn.Module:
        """Return a network [N, latent_dim] -> [N, *shape] with values in [-1, 1]."""
        layers: list[nn.Module] = []
        for inputs, outputs in pairwise((latent_dim, *self.generator_widths)):
            layers += [nn.Linear(inputs, outputs), self.activation()]
        layers += [nn.Linear(self.generator_widths[-1], prod(shape)), nn.Tanh(), nn.Unflatten(1, shape)]
        return nn.Sequential(*layers)

    def critic(self, shape: tuple[int, ...]) -> nn.Module:
        """Return a network [N, *shape] -> logits [N]."""
        layers: list[nn.Module] = [nn.Flatten()]
        for inputs, outputs in pairwise((prod(shape), *self.critic_widths)):
            layers += [nn.Linear(inputs, outputs), self.activation(), *seeded_dropout(self.dropout)]
        features, kernels = self.critic_widths[-1], self.minibatch_discrimination
        layers += [MinibatchDiscrimination(features, kernels)] if kernels else []
        return nn.Sequential(*layers, nn.Linear(features + kernels, 1), nn.Flatten(0))

    def encoder(self, shape: tuple[int, ...], outputs: int) -> nn.Module:
        """Return a network [N, *shape] -> [N, outputs], the generator's layers in reverse."""
        layers: list[nn.Module] = [nn.Flatten()]
        for inputs, width in pairwise((prod(shape), *reversed(self.generator_widths))):
            layers += [nn.Linear(inputs, width), self.activation()]
        return nn.Sequential(*layers, nn.Linear(self.generator_widths[0], outputs))


@dataclass(frozen=True)
class MLPReLU(MLP):
    """Generator z-128-256-512-1024-pixels with ReLU, tanh; critic pixels-512-256-128-1 with ReLU."""

    dropout: float = 0.0
    generator_widths: ClassVar[tuple[int, ...]] = (128, 256, 512, 1024)
    critic_widths: ClassVar[tuple[int, ...]] = (512, 256, 128)

    def activation(self) -> nn.Module:
        """Return the non-linearity between layers."""
        return nn.ReLU()
