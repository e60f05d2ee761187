"""Frequency split: coarse shapes of one member, details of the others.

    x = B G_low(z) + sum_k w_k (G_k(z) - B G_k(z)),    sum_k w_k = 1

B is a Gaussian blur whose deviation is ``cutoff`` pixels; its weights are normalised at the border.  Without alignment
the details of one picture lie on the shapes of another.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from ganlab.fusion.rule import OutputRule


@dataclass(frozen=True)
class Frequency(OutputRule):
    """Low frequencies of one, the weighted mean of all others' high ones.

    Attributes:
        low: The place of the member that gives the shapes; the first by default.
        cutoff: In pixels.
    """

    low: int | None = None
    cutoff: float = 2.0
    name = "frequency"

    def combine(self, pictures: Tensor, extra: Tensor) -> Tensor:
        """Return shapes and details together, clipped to [-1, 1]."""
        coarse = blurred(pictures, self.cutoff)
        details = (self.shares(pictures) * (pictures - coarse)).sum(0)
        return (coarse[self.low or 0] + details).clamp(-1, 1)


def blurred(pictures: Tensor, deviation: float) -> Tensor:
    """Return pictures [..., H, W] under a Gaussian blur of so many pixels."""
    rows, columns = (_weights(side, deviation, pictures) for side in pictures.shape[-2:])
    return rows @ pictures @ columns.T


def _weights(side: int, deviation: float, like: Tensor) -> Tensor:
    """Return [side, side], each row the weights of one blurred pixel."""
    place = torch.arange(side, device=like.device, dtype=like.dtype)
    weights = (-((place[:, None] - place[None, :]) / deviation).square() / 2).exp()
    return weights / weights.sum(1, keepdim=True)
