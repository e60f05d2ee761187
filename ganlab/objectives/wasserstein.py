"""Wasserstein GAN: Arjovsky et al. 2017 (arXiv:1701.07875), equation 2, and its gradient penalty.

    L_D = E[D(G(z))] - E[D(x)],    L_G = -E[D(G(z))],    D 1-Lipschitz, no sigmoid

Lipschitz by clipping each weight to [-c, c] (algorithm 1), or by a penalty on the slope
(Gulrajani et al. 2017, arXiv:1704.00028, equation 3).
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ganlab.objectives.objective import Critic, Objective
from ganlab.objectives.penalties import slope_between


@dataclass(frozen=True)
class Wasserstein(Objective):
    """The critic's weights are clipped after each of its steps."""

    clip: float = 0.01

    def critic_loss(self, real: Tensor, fake: Tensor) -> Tensor:
        """Return mean fake score minus mean real score: minus the distance it estimates."""
        return fake.mean() - real.mean()

    def generator_loss(self, fake: Tensor, real: Tensor | None = None) -> Tensor:
        """Return minus the mean score of generated images."""
        return -fake.mean()

    @torch.no_grad()
    def constrain(self, critic: nn.Module) -> None:
        """Clip every parameter to [-clip, clip], in place."""
        for parameter in critic.parameters():
            parameter.clamp_(-self.clip, self.clip)


@dataclass(frozen=True)
class WassersteinGP(Objective):
    """The critic's slope between real and fake images is pulled towards 1."""

    penalty: float = 10.0

    critic_loss = Wasserstein.critic_loss
    generator_loss = Wasserstein.generator_loss

    def regularise(self, critic: Critic, real: Tensor, fake: Tensor, rng: torch.Generator) -> Tensor:
        """Return ``penalty * E[(|grad D(x^)| - 1)^2]`` on random points between pairs."""
        return self.penalty * slope_between(critic, real, fake, rng)
