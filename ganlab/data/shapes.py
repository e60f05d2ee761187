"""Shapes: pictures drawn by rules for sets that hold no digits: discs, boxes and strokes over a slow gradient.

Each shape is a signed distance f, positive inside, read as coverage ``clip(1/2 + f / e, 0, 1)`` with e the width of a
pixel, and laid over what is there.  Nothing in it was learned from any picture.
"""

import math

import torch
from torch import Tensor

SHAPES = 4
_GROUND, _EACH = 9, 9  # numbers of noise for the ground, and for each shape
LATENTS = _GROUND + SHAPES * _EACH


def render(z: Tensor, shape: tuple[int, int, int]) -> Tensor:
    """Draw pictures from noise: float32 [n, C, H, W] in [-1, 1] from standard normal rows [n, >= LATENTS]."""
    channels, height, width = shape
    even = torch.special.ndtr(z[:, :LATENTS].float())[:, :, None, None]  # [n, LATENTS, 1, 1] in (0, 1)
    y, x = torch.meshgrid(_axis(height, z.device), _axis(width, z.device), indexing="ij")
    angle = even[:, 0:1] * 2 * math.pi
    slope = ((x * angle.cos() + y * angle.sin()) / 2 + 0.5).clamp(0, 1)
    picture = even[:, 1 : 1 + channels] * (1 - slope) + even[:, 4 : 4 + channels] * slope
    for number in range(SHAPES):
        start = _GROUND + number * _EACH
        kind, across, down, size, stretch, turn = (even[:, start + place : start + place + 1] for place in range(6))
        colour = even[:, start + 6 : start + 6 + channels]
        picture = picture + _covered(x, y, kind, across, down, size, stretch, turn, 2 / height) * (colour - picture)
    return picture * 2 - 1


def _axis(pixels: int, device: torch.device) -> Tensor:
    """Return where the middles of pixels lie, from -1 to 1."""
    return (torch.arange(pixels, device=device) + 0.5) / pixels * 2 - 1


def _covered(x: Tensor, y: Tensor, *placed: Tensor | float) -> Tensor:
    """Return how much of each pixel a shape covers, [n, 1, H, W]."""
    kind, across, down, size, stretch, turn, pixel = placed
    x, y = x - (across * 1.6 - 0.8), y - (down * 1.6 - 0.8)
    angle = turn * math.pi
    x, y = x * angle.cos() + y * angle.sin(), y * angle.cos() - x * angle.sin()
    wide = 0.15 + 0.5 * size
    high = wide * (0.3 + 0.7 * stretch)
    disc = (1 - ((x / wide).square() + (y / high).square()).sqrt()) * high
    box = torch.minimum(wide - x.abs(), high - y.abs())
    stroke = 0.08 - ((x.abs() - wide).clamp_min(0).square() + y.square()).sqrt()
    field = torch.where(kind < 1 / 3, disc, torch.where(kind < 2 / 3, box, stroke))
    return (0.5 + field / pixel).clamp(0, 1)
