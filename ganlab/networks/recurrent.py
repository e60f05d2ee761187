"""Recurrent networks that draw and read pictures row by row: to compare, not to win.

The generator unrolls a GRU (Cho et al. 2014, arXiv:1406.1078) from the top row to the bottom one, the latent its
first state and its input at every row; each state becomes a row of pixels.  The critic reads the rows in the same
order and judges by its last state.
"""

from dataclasses import dataclass
from math import prod
from typing import ClassVar

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Recurrent:
    """A GRU that draws rows and a GRU that reads them.

    Attributes:
        width: Numbers of the generator's state.
        critic_width: Numbers of the critic's state.
    """

    width: int = 128
    critic_width: int = 128
    normal_init: ClassVar[bool] = False

    def generator(self, shape: tuple[int, ...], latent_dim: int) -> nn.Module:
        """Return a network [N, latent_dim] -> [N, *shape] with values in [-1, 1]."""
        return RowWriter(shape, latent_dim, self.width)

    def critic(self, shape: tuple[int, ...]) -> nn.Module:
        """Return a network [N, *shape] -> logits [N]."""
        return nn.Sequential(RowReader(shape, self.critic_width), nn.Linear(self.critic_width, 1), nn.Flatten(0))

    def encoder(self, shape: tuple[int, ...], outputs: int) -> nn.Module:
        """Return a network [N, *shape] -> [N, outputs] that reads the rows as the critic does."""
        return nn.Sequential(RowReader(shape, self.width), nn.Linear(self.width, outputs))


class RowWriter(nn.Module):
    """Latents [N, latent_dim] to pictures [N, C, H, W] in [-1, 1], a row a step."""

    def __init__(self, shape: tuple[int, ...], latent_dim: int, width: int) -> None:
        super().__init__()
        self.shape = tuple(shape)
        self.start = nn.Linear(latent_dim, width)
        self.rows = nn.GRU(latent_dim, width, batch_first=True)
        self.pixels = nn.Linear(width, shape[0] * shape[2])

    def forward(self, z: Tensor) -> Tensor:
        """Return pictures."""
        channels, height, width = self.shape
        states, _ = self.rows(z[:, None].expand(-1, height, -1), self.start(z).tanh()[None])
        return self.pixels(states).tanh().unflatten(2, (channels, width)).transpose(1, 2)

    def first_weights(self, rng: torch.Generator) -> None:
        """Draw the recurrent weights as torch does."""
        _draw_recurrent(self.rows, rng)


class RowReader(nn.Module):
    """Pictures [N, C, H, W] to the last state [N, width] of a GRU that reads their rows."""

    def __init__(self, shape: tuple[int, ...], width: int) -> None:
        super().__init__()
        self.rows = nn.GRU(prod((shape[0], shape[2])), width, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        """Return the state after the bottom row."""
        return self.rows(x.transpose(1, 2).flatten(2))[0][:, -1]

    def first_weights(self, rng: torch.Generator) -> None:
        """Draw the recurrent weights as torch does."""
        _draw_recurrent(self.rows, rng)


def _draw_recurrent(layer: nn.GRU, rng: torch.Generator) -> None:
    for weight in layer.parameters():
        weight.uniform_(-(layer.hidden_size**-0.5), layer.hidden_size**-0.5, generator=rng)
