"""The objective of Goodfellow et al. 2014 (arXiv:1406.2661), equation 1, and its non-saturating variant.

    min_G max_D  E[log D(x)] + E[log(1 - D(G(z)))],    D = sigmoid(logit)

With ``softplus(a) = log(1 + exp(a))``: ``-log D = softplus(-logit)``, ``-log(1 - D) = softplus(logit)``, which
stays finite for any logit.  One-sided label smoothing s (Salimans 2016, arXiv:1606.03498, 3.4) makes
the target of real images 1 - s.
"""

from dataclasses import dataclass

from torch import Tensor
from torch.nn.functional import softplus

from ganlab.objectives.objective import Objective


@dataclass(frozen=True)
class CrossEntropy(Objective):
    """The critic of equation 1; the two objectives below differ in the generator's loss."""

    label_smoothing: float = 0.0
    probabilities = True

    def critic_loss(self, real: Tensor, fake: Tensor) -> Tensor:
        """Return ``-E[(1-s) log D(x) + s log(1-D(x))] - E[log(1 - D(G(z)))]``."""
        s = self.label_smoothing
        return ((1 - s) * softplus(-real) + s * softplus(real)).mean() + softplus(fake).mean()


@dataclass(frozen=True)
class Minimax(CrossEntropy):
    """Equation 1 to the letter: the generator minimises ``E[log(1 - D(G(z)))]``."""

    def generator_loss(self, fake: Tensor, real: Tensor | None = None) -> Tensor:
        """Return ``E[log(1 - D(G(z)))]``; its gradient vanishes where the critic is sure."""
        return -softplus(fake).mean()


@dataclass(frozen=True)
class NonSaturating(CrossEntropy):
    """Section 3 of the same paper: the generator maximises ``E[log D(G(z))]``."""

    def generator_loss(self, fake: Tensor, real: Tensor | None = None) -> Tensor:
        """Return ``-E[log D(G(z))]``: same fixed point, stronger gradient early on."""
        return softplus(-fake).mean()
