"""Average and weighted average: all members draw from one noise, and their pictures are averaged.

    x(z) = sum_k w_k G_k(z),    w_k >= 0,  sum_k w_k = 1

Blurs wherever members disagree, and strangers disagree everywhere: they give the same latent to
different pictures.  z is [N, d], x is [N, C, H, W] (or [N, 2]).
"""

from torch import Tensor

from ganlab.fusion.rule import OutputRule


class WeightedAverage(OutputRule):
    """The mean picture, each member with its share."""

    name = "weighted_average"

    def combine(self, pictures: Tensor, extra: Tensor) -> Tensor:
        """Return the weighted mean over members."""
        return (self.shares(pictures) * pictures).sum(0)


class Average(WeightedAverage):
    """The mean picture, all members alike."""

    name = "average"
