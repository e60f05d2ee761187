"""Median, a vote of grey values: every pixel takes the weighted median of the members' grey values.

    x = the value where the shares of the members below it, sorted by value, reach one half

Where exactly one half is reached, the mean of the two middle values, as for the usual median.  A member
that is outvoted leaves no trace, so edges stay sharper than an average's; but each pixel votes alone, and
a picture all of whose pixels are plausible need not be.
"""

import torch
from torch import Tensor

from ganlab.fusion.rule import OutputRule

_HALF = 0.5
_ROUNDING = 1e-6  # of shares, in float32


class Median(OutputRule):
    """The weighted median of each value."""

    name = "median"

    def combine(self, pictures: Tensor, extra: Tensor) -> Tensor:
        """Return the weighted median over members."""
        values, order = pictures.sort(0)
        weights = self.shares(pictures).expand_as(pictures).gather(0, order)
        reached = weights.cumsum(0)
        lower = (reached < _HALF - _ROUNDING).sum(0, keepdim=True)
        upper = (reached < _HALF + _ROUNDING).sum(0, keepdim=True).clamp(max=len(pictures) - 1)
        return torch.lerp(values.gather(0, lower), values.gather(0, upper), 0.5).squeeze(0)
