"""Networks that know of classes, made of those that do not: for any architecture, by concatenation and projection.

The generator reads the class beside the latent (Mirza & Osindero 2014, arXiv:1411.1784); the critic adds the product
of its hidden features with a vector of the class (Miyato & Koyama 2018, arXiv:1802.05637, equation 3).
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm
from torch.nn.utils.parametrize import is_parametrized

from ganlab.choice import choose


class ConditionalGenerator(nn.Module):
    """Latents [N, latent_dim + 1] to pictures; the last coordinate chooses the class, unless labels say it.

    Args:
        generator: A network [N, latent_dim + classes] -> [N, *shape].
        latent_dim: Numbers of noise beside the class.
        classes: How many there are.

    Attributes:
        shares: Of each class among the pictures it learns from, [classes]; equal ones at first.
    """

    def __init__(self, generator: nn.Module, latent_dim: int, classes: int) -> None:
        super().__init__()
        self.generator, self.latent_dim = generator, latent_dim
        self.register_buffer("shares", torch.empty(classes))

    def forward(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """Return pictures [N, *shape] of latents [N, latent_dim + 1], or [N, latent_dim] and labels int64 [N]."""
        if labels is None:
            labels = choose(z[:, self.latent_dim], self.shares)
        return self.generator(torch.cat([z[:, : self.latent_dim], one_hot(labels, len(self.shares))], 1))

    def first_weights(self, rng: torch.Generator) -> None:
        """Begin with equal shares."""
        self.shares.fill_(1 / len(self.shares))


class ProjectionCritic(nn.Module):
    """Pictures and labels to logits [N]: what a plain critic says, and how well the picture suits its class.

    Args:
        critic: A critic whose last two layers make a logit of hidden features.
        classes: How many there are.
    """

    def __init__(self, critic: nn.Sequential, classes: int) -> None:
        super().__init__()
        self.critic, self.count = critic, classes
        vectors = nn.Linear(classes, critic[-2].in_features, bias=False)
        self.vectors = spectral_norm(vectors) if is_parametrized(critic[-2]) else vectors

    def __getitem__(self, layers: slice) -> Callable[..., Tensor]:
        """Return layers as of a plain critic: ``[:-2]`` gives hidden features [N, h], ``[-2:]`` judges them."""
        return self.judge if layers == slice(-2, None) else self.critic[layers]

    def forward(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """Return logits [N]; without labels those of the class that each picture suits best."""
        return self.judge(self.critic[:-2](images), labels)

    def judge(self, hidden: Tensor, labels: Tensor | None = None) -> Tensor:
        """Return logits [N] of hidden features [N, h]."""
        plain = self.critic[-2:](hidden)
        if labels is None:
            every = torch.eye(self.count, device=hidden.device, dtype=hidden.dtype)
            return plain + (hidden @ self.vectors(every).T).amax(1)
        one = torch.nn.functional.one_hot(labels, self.count).to(hidden.dtype)
        return plain + (hidden * self.vectors(one)).sum(1)


def one_hot(labels: Tensor, classes: int) -> Tensor:
    """Return float32 [N, classes], as loud as standard normal noise: the mean square of a number is 1."""
    return (labels[:, None] == torch.arange(classes, device=labels.device)).float() * classes**0.5
