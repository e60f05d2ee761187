"""Majority: every pixel is white or black, as most of the members have it.

    x = white where the shares of the members whose value is above the middle exceed one half, else black

Where exactly one half is reached the pixel stays grey.  All grey levels are lost, so it suits drawings in ink.
"""

import torch
from torch import Tensor

from ganlab.fusion.rule import OutputRule

_HALF, _ROUNDING = 0.5, 1e-6


class Majority(OutputRule):
    """One vote a member and pixel, white or black."""

    name = "majority"

    def combine(self, pictures: Tensor, extra: Tensor) -> Tensor:
        """Return pictures of white, black, and grey where the votes are even."""
        votes = (self.shares(pictures) * (pictures > 0)).sum(0) - _HALF
        return torch.where(votes.abs() < _ROUNDING, 0.0, votes.sign())
