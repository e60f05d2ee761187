"""The evidence lower bound of a variational autoencoder, in nats a picture (Kingma & Welling 2013, arXiv:1312.6114).

    log p(x) >= E_q[log p(x|z)] - KL(q(z|x) || N(0, I))

Pictures are [N, ...] in [-1, 1]; the decoder's output is the mean of p(x|z).  ``bernoulli`` takes (x + 1) / 2 for the
probability of a white pixel, grey levels as soft answers (usual for MNIST, though not a density of grey levels);
``gaussian`` a normal law with one deviation for all pixels, the best one for the batch (Rybkin et al. 2021,
arXiv:2006.13202).
"""

import math
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

_LEAST = 1e-6  # a probability of 0 would cost infinitely much
_LEAST_VARIANCE = 1e-6  # in squares of the pictures' units: below rounding to 8 bits


@dataclass(frozen=True)
class Evidence:
    """What a variational autoencoder minimises: the negative bound, its divergence weighed.

    Attributes:
        likelihood: ``bernoulli`` or ``gaussian``.
        beta: Weight of the divergence; 1 is the bound itself (Higgins et al. 2017 for others).
        warmup: Steps over which that weight grows from 0, so that the code is used before it is kept short.
    """

    likelihood: Literal["bernoulli", "gaussian"] = "bernoulli"
    beta: float = 1.0
    warmup: int = 0

    def weight(self, step: int) -> float:
        """Return the divergence's weight at a step, counted from 0."""
        return self.beta * min(1.0, (step + 1) / self.warmup) if self.warmup else self.beta

    def parts(self, images: Tensor, drawn: Tensor, mean: Tensor, log_variance: Tensor) -> tuple[Tensor, Tensor]:
        """Return the mean cost of rebuilding, -log p(x|z), and the mean divergence, both in nats a picture."""
        cost = -log_likelihood(images, drawn, self.likelihood).mean()
        return cost, divergence(mean, log_variance).mean()


def draw(mean: Tensor, log_variance: Tensor, noise: Tensor) -> Tensor:
    """Return latents of N(mean, exp(log_variance)) made from standard normal noise, all [N, d]; gradients pass."""
    return mean + (log_variance / 2).exp() * noise


def divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Return KL(N(mean, exp(log_variance)) || N(0, I)) in nats, [N] from [N, d]."""
    return (mean.square() + log_variance.exp() - 1 - log_variance).sum(1) / 2


def log_likelihood(images: Tensor, drawn: Tensor, likelihood: str, variance: Tensor | None = None) -> Tensor:
    """Return log p(x|z) in nats, [N].

    Args:
        images: Real ones [N, ...] in [-1, 1].
        drawn: The decoder's, [N, ...].
        likelihood: ``bernoulli`` or ``gaussian``.
        variance: Of the Gaussian, in squares of [-1, 1]; the best one for these pictures by default.
    """
    x, mean = images.flatten(1), drawn.flatten(1)
    if likelihood == "bernoulli":
        white, shown = (x + 1) / 2, ((mean + 1) / 2).clamp(_LEAST, 1 - _LEAST)
        return (white * shown.log() + (1 - white) * (1 - shown).log()).sum(1)
    squares = (x - mean).square()
    if variance is None:
        variance = best_variance(images, drawn)
    return -(squares / variance + variance.log() + math.log(2 * math.pi)).sum(1) / 2


def best_variance(images: Tensor, drawn: Tensor) -> Tensor:
    """Return the variance under which these pictures are most likely: their mean squared error."""
    return (images - drawn).square().mean().clamp_min(_LEAST_VARIANCE)


def importance_bound(log_likelihoods: Tensor, latents: Tensor, mean: Tensor, log_variance: Tensor) -> Tensor:
    """Return log of the mean of p(x|z) p(z) / q(z|x) over draws, in nats, [N] (Burda et al. 2015, arXiv:1509.00519).

    Args:
        log_likelihoods: [K, N], log p(x|z) of K draws.
        latents: [K, N, d], the draws.
        mean: Of q, [N, d].
        log_variance: Of q, [N, d].
    """
    prior = -(latents.square() + math.log(2 * math.pi)).sum(2) / 2
    posterior = -((latents - mean).square() / log_variance.exp() + log_variance + math.log(2 * math.pi)).sum(2) / 2
    return torch.logsumexp(log_likelihoods + prior - posterior, 0) - math.log(len(latents))
