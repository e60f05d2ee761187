"""LSGAN, Mao et al. 2017 (arXiv:1611.04076), equation 9, with targets a = 0, b = c = 1.

    L_D = 1/2 E[(D(x) - 1)^2] + 1/2 E[D(G(z))^2],    L_G = 1/2 E[(D(G(z)) - 1)^2]

D is the logit itself.
"""

from dataclasses import dataclass

from torch import Tensor

from ganlab.objectives.objective import Objective


@dataclass(frozen=True)
class LeastSquares(Objective):
    """Squared distances to targets; ``label_smoothing`` s makes the real target 1 - s."""

    label_smoothing: float = 0.0

    def critic_loss(self, real: Tensor, fake: Tensor) -> Tensor:
        """Return half the mean squared distance of real logits to 1 - s and of fake ones to 0."""
        return ((real - (1 - self.label_smoothing)).square().mean() + fake.square().mean()) / 2

    def generator_loss(self, fake: Tensor, real: Tensor | None = None) -> Tensor:
        """Return half the mean squared distance of fake logits to 1."""
        return (fake - 1).square().mean() / 2
