"""Penalties on the critic's slope: they need gradients, so they stand apart from the formulas."""

import torch
from torch import Tensor

from ganlab.objectives.objective import Critic


def squared_slope(critic: Critic, images: Tensor) -> Tensor:
    """Return ``E |grad_x D(x)|^2`` over images [N, ...], differentiable in the critic's weights."""
    return _slopes(critic, images).square().sum(1).mean()


def slope_between(critic: Critic, real: Tensor, fake: Tensor, rng: torch.Generator) -> Tensor:
    """Return ``E (|grad D(x^)| - 1)^2`` at x^ drawn evenly between real and fake pairs.

    Gulrajani et al. 2017 (arXiv:1704.00028), equation 3, without its weight.
    """
    t = torch.rand(len(real), *[1] * (real.ndim - 1), generator=rng, device=real.device, dtype=real.dtype)
    return (_slopes(critic, torch.lerp(real, fake, t)).norm(dim=1) - 1).square().mean()


def _slopes(critic: Critic, images: Tensor) -> Tensor:
    points = images.detach().requires_grad_()
    # The sum keeps images apart because no critic here mixes a batch.
    (gradient,) = torch.autograd.grad(critic(points).sum(), points, create_graph=True)
    return gradient.flatten(1)
