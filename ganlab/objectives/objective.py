"""What the training asks of an adversarial objective, and the answers most of them give."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

Critic = Callable[[Tensor], Tensor]  # a network, or one that was told of classes


@dataclass(frozen=True)
class Objective:
    """A pair of losses on logits; subclasses add what they need and nothing else.

    Attributes:
        feature_matching: Weight of the distance between mean features in the generator's loss (``matching.py``).
        pack: How many pictures the critic judges as one (PacGAN, Lin et al. 2018, arXiv:1712.04086, section 2).
        diffaugment: What is changed at random in all that the critic sees (Zhao et al. 2020, arXiv:2006.10738).
        paired: The generator's loss needs the critic's logits of real images too.
        probabilities: ``sigmoid(logit)`` is the critic's probability that an image is real.
    """

    feature_matching: float = 0.0
    pack: int = 1
    diffaugment: str = "none"
    paired = False
    probabilities = False

    def critic_loss(self, real: Tensor, fake: Tensor) -> Tensor:
        """Return what the critic minimises, from logits [N] and [M], as a scalar."""
        raise NotImplementedError

    def generator_loss(self, fake: Tensor, real: Tensor | None = None) -> Tensor:
        """Return what the generator minimises, from logits of its images [N], as a scalar."""
        raise NotImplementedError

    def regularise(self, critic: Critic, real: Tensor, fake: Tensor, rng: torch.Generator) -> Tensor | None:
        """Return a weighted penalty on the critic's slopes, or None where there is none."""
        return None

    def constrain(self, critic: nn.Module) -> None:
        """Change the critic's weights after its step, where the objective wants that."""

    def score(self, logits: Tensor) -> Tensor:
        """Return what a chart calls D(x): a probability where there is one, else the logit."""
        return logits.sigmoid() if self.probabilities else logits
