"""VAE-GAN: an autoencoder whose decoder is a GAN's generator (Larsen et al. 2016, arXiv:1512.09300).

Pictures are compared in a hidden layer f of the critic instead of by pixels:

    L_like    = |f(x) - f(G(z))|^2 / 2,             z ~ q(z|x)
    L_encoder = beta KL(q(z|x) || N(0, I)) + L_like
    L_decoder = gamma L_like + L_adversarial(G(z), G(z_p)),   z_p ~ N(0, I)
    L_critic  = the non-saturating critic's, on x against G(z) and G(z_p)

A run goes through four stages: ``pretrain`` (the autoencoder alone, by pixels), ``join`` (its decoder becomes the
generator, and only the critic learns, to know it), ``adversarial`` (generator against critic, the encoder rests) and
``joint`` (all losses above).  Shares of the run are normalised; a stage with none is left out.
"""

from dataclasses import dataclass

from torch import Tensor

from ganlab.objectives import STAGES
from ganlab.objectives.evidence import Evidence


@dataclass(frozen=True)
class VAEGAN(Evidence):
    """The losses' weights, and how long each stage lasts.

    Attributes:
        likeness: gamma, the weight of likeness in the decoder's loss.
        pretrain: Share of the first stage.
        join: Share of the second stage.
        adversarial: Share of the third stage.
        joint: Share of the fourth stage.
    """

    likeness: float = 0.01
    pretrain: float = 0.3
    join: float = 0.05
    adversarial: float = 0.15
    joint: float = 0.5

    def ends(self, steps: int) -> dict[str, int]:
        """Return the step at which each stage ends; one that is left out ends where it begins."""
        shares = [getattr(self, stage) for stage in STAGES]
        whole, ends = sum(shares), {}
        for number, stage in enumerate(STAGES):
            ends[stage] = round(steps * sum(shares[: number + 1]) / whole)
        return ends

    def stage(self, step: int, steps: int) -> str:
        """Return the stage in which a step is taken, counted from 0."""
        return next(stage for stage, end in self.ends(steps).items() if step < end)


def unlikeness(real: Tensor, drawn: Tensor) -> Tensor:
    """Return the mean of |f - g|^2 / 2 over a batch of hidden features [N, d], in nats a picture."""
    return (real - drawn).square().sum(1).mean() / 2
