"""Relativistic pairing with both zero-centred penalties: R3GAN, Huang et al. 2024 (arXiv:2501.05441).

    L_D = E[softplus(-(D(x) - D(G(z))))] + gamma/2 (E|grad D(x)|^2 + E|grad D(G(z))|^2)
    L_G = E[softplus(-(D(G(z)) - D(x)))]

D is the logit itself.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import softplus

from ganlab.objectives.objective import Critic, Objective
from ganlab.objectives.penalties import squared_slope


@dataclass(frozen=True)
class Relativistic(Objective):
    """Each fake logit is compared with the real logit in the same place; gamma is ``penalty``."""

    penalty: float = 1.0
    paired = True

    def critic_loss(self, real: Tensor, fake: Tensor) -> Tensor:
        """Return how often, softly, a fake image is scored above its real partner."""
        return softplus(fake - real).mean()

    def generator_loss(self, fake: Tensor, real: Tensor | None = None) -> Tensor:
        """Return how often, softly, a real image is scored above its fake partner.

        Raises:
            ValueError: ``real`` is missing.
        """
        if real is None:
            raise ValueError("The relativistic generator loss needs the logits of real images.")
        return softplus(real - fake).mean()

    def regularise(self, critic: Critic, real: Tensor, fake: Tensor, rng: torch.Generator) -> Tensor:
        """Return ``penalty/2 (R1 + R2)`` (Mescheder 2018, arXiv:1801.04406)."""
        return self.penalty / 2 * (squared_slope(critic, real) + squared_slope(critic, fake))
