"""Weighted sum: brightness is added up with the weights as they are, and clipped.

    b(z) = min(1, sum_k w_k b_k(z)),    b = (x + 1) / 2 in [0, 1],  w_k >= 0 not normalised

On a dark ground the strokes of all members lie on each other: nothing gets lost, and nothing fits.
Without given weights each is 1 / K.  Points are added without clipping.
"""

import torch
from torch import Tensor

from ganlab.fusion.rule import OutputRule


class WeightedSum(OutputRule):
    """The sum of brightnesses, clipped at white."""

    name = "weighted_sum"

    def combine(self, pictures: Tensor, extra: Tensor) -> Tensor:
        """Return the clipped sum over members."""
        weights = self.shares(pictures)
        if isinstance(self.weights, Tensor):
            weights = self.weights.reshape(weights.shape)
        elif self.weights:
            # Beyond float32 a weight would be infinite, and black times infinity no number.
            most = torch.finfo(pictures.dtype).max
            weights = pictures.new_tensor([min(weight, most) for weight in self.weights]).reshape(weights.shape)
        if pictures.ndim < 4:  # points have no brightness
            return (weights * pictures).sum(0)
        return (weights * (pictures + 1) / 2).sum(0).clamp(max=1) * 2 - 1
