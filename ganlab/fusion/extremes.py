"""Maximum and minimum: every pixel as the brightest, or the darkest, of the members has it.

    x = max_k G_k(z)   or   min_k G_k(z)

On a dark ground the maximum lays all strokes on each other and the minimum keeps what all have in common.
"""

from torch import Tensor

from ganlab.fusion.rule import OutputRule


class Maximum(OutputRule):
    """The largest of the members' values."""

    name = "maximum"

    def combine(self, pictures: Tensor, extra: Tensor) -> Tensor:
        """Return the maximum over members."""
        return pictures.amax(0)


class Minimum(OutputRule):
    """The smallest of the members' values."""

    name = "minimum"

    def combine(self, pictures: Tensor, extra: Tensor) -> Tensor:
        """Return the minimum over members."""
        return pictures.amin(0)
