"""Residual networks without normalisation, after R3GAN: Huang et al. 2024 (arXiv:2501.05441).

Every resolution has one block ``x + g * conv(lrelu(conv(lrelu(x))))`` whose gain g starts at 0, so that at first
nothing but the short cuts speaks; between resolutions pictures are scaled bilinearly and a 1x1 convolution
changes the channels.  The generator begins with a learned map that the latent weighs channel by channel.
Built for the relativistic objective with both penalties, which batch norm would spoil.
"""

from dataclasses import dataclass
from itertools import pairwise
from math import sqrt
from typing import ClassVar

import torch
from torch import Tensor, nn

from ganlab.networks.sides import halvings


@dataclass(frozen=True)
class ResNet:
    """A block a resolution, twice as many channels each time the side halves.

    Attributes:
        width: Channels of the generator at the full resolution.
        critic_width: Channels of the critic there.
    """

    width: int = 16
    critic_width: int = 16
    normal_init: ClassVar[bool] = False

    def generator(self, shape: tuple[int, ...], latent_dim: int) -> nn.Module:
        """Return a network [N, latent_dim] -> [N, *shape] with values in [-1, 1]."""
        channels, side, _ = shape
        steps = halvings(side)
        widths = [self.width * 2**power for power in reversed(range(steps + 1))]  # coarse to fine
        layers: list[nn.Module] = [Basis(latent_dim, widths[0], side // 2**steps), Residual(widths[0])]
        for inputs, outputs in pairwise(widths):
            layers += [nn.Conv2d(inputs, outputs, 1), nn.Upsample(scale_factor=2, mode="bilinear"), Residual(outputs)]
        return nn.Sequential(*layers, nn.LeakyReLU(0.2), nn.Conv2d(widths[-1], channels, 3, padding=1), nn.Tanh())

    def critic(self, shape: tuple[int, ...]) -> nn.Module:
        """Return a network [N, *shape] -> logits [N]."""
        return nn.Sequential(*_reading(shape, self.critic_width, 1), nn.Flatten(0))

    def encoder(self, shape: tuple[int, ...], outputs: int) -> nn.Module:
        """Return a network [N, *shape] -> [N, outputs], built as the critic, as wide as the generator."""
        return nn.Sequential(*_reading(shape, self.width, outputs))


def _reading(shape: tuple[int, ...], width: int, outputs: int) -> list[nn.Module]:
    """Return layers [N, *shape] -> [N, outputs]: a block a resolution, from fine to coarse."""
    channels, side, _ = shape
    steps = halvings(side)
    widths = [width * 2**power for power in range(steps + 1)]
    layers: list[nn.Module] = [nn.Conv2d(channels, widths[0], 3, padding=1), Residual(widths[0])]
    for inputs, wider in pairwise(widths):
        layers += [nn.AvgPool2d(2), nn.Conv2d(inputs, wider, 1), Residual(wider)]
    last = nn.Linear(widths[-1] * (side // 2**steps) ** 2, outputs)
    return [*layers, nn.LeakyReLU(0.2), nn.Flatten(), last]


class Residual(nn.Module):
    """``x + g * conv(lrelu(conv(lrelu(x))))`` on [N, channels, H, W]; g starts at 0."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.zeros(()))
        self.body = nn.Sequential(
            nn.LeakyReLU(0.2),
            nn.Conv2d(channels, channels, 3, padding=1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(channels, channels, 3, padding=1),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return maps of the same shape."""
        return torch.addcmul(x, self.gain, self.body(x))

    def first_weights(self, rng: torch.Generator) -> None:
        """Start as the identity, with convolutions that keep the variance of what passes."""
        self.gain.zero_()
        for layer in self.body:
            if isinstance(layer, nn.Conv2d):
                # 2 / (1 + 0.2^2) makes up for what the leaky rectifier takes (He et al. 2015).
                layer.weight.normal_(0, sqrt(2 / 1.04 / (9 * layer.in_channels)), generator=rng)
                layer.bias.zero_()


class Basis(nn.Module):
    """A learned map [channels, side, side], each channel weighed by a product with the latent."""

    def __init__(self, latent_dim: int, channels: int, side: int) -> None:
        super().__init__()
        self.basis = nn.Parameter(torch.empty(channels, side, side))
        self.weigh = nn.Linear(latent_dim, channels)

    def forward(self, z: Tensor) -> Tensor:
        """Return maps [N, channels, side, side] of latents [N, latent_dim]."""
        return self.weigh(z)[:, :, None, None] * self.basis

    def first_weights(self, rng: torch.Generator) -> None:
        """Draw a basis of variance 1 and weights that keep it."""
        self.basis.normal_(generator=rng)
        self.weigh.weight.normal_(0, self.weigh.in_features**-0.5, generator=rng)
        self.weigh.bias.zero_()
