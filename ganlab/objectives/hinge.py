"""Hinge loss: Lim & Ye 2017 (arXiv:1705.02894), equations 16 and 17.

    L_D = E[max(0, 1 - D(x))] + E[max(0, 1 + D(G(z)))],    L_G = -E[D(G(z))]

D is the logit itself.
"""

from dataclasses import dataclass

from torch import Tensor
from torch.nn.functional import relu

from ganlab.objectives.objective import Objective


@dataclass(frozen=True)
class Hinge(Objective):
    """The critic gains nothing from being right by more than 1."""

    def critic_loss(self, real: Tensor, fake: Tensor) -> Tensor:
        """Return the mean shortfall from the margins."""
        return relu(1 - real).mean() + relu(1 + fake).mean()

    def generator_loss(self, fake: Tensor, real: Tensor | None = None) -> Tensor:
        """Return minus the mean score of generated images."""
        return -fake.mean()
