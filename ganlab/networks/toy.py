"""Networks for points in the plane, as VEEGAN (arXiv:1705.07761) and PacGAN (arXiv:1712.04086) use them."""

from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

from torch import nn

from ganlab.networks.layers import Maxout


@dataclass(frozen=True)
class Toy:
    """Generator z-400-400-400-400-2, batch norm and ReLU; critic 2-200-200-200-1, maxout of five.

    Attributes:
        width: Of the generator's four hidden layers.
        critic_width: Of the critic's three.
    """

    width: int = 400
    critic_width: int = 200
    normal_init: ClassVar[bool] = False

    def generator(self, shape: tuple[int, ...], latent_dim: int) -> nn.Module:
        """Return a network [N, latent_dim] -> points [N, 2], without bounds."""
        layers: list[nn.Module] = []
        for inputs, outputs in pairwise((latent_dim, *[self.width] * 4)):
            layers += [nn.Linear(inputs, outputs, bias=False), nn.BatchNorm1d(outputs), nn.ReLU()]
        return nn.Sequential(*layers, nn.Linear(self.width, *shape))

    def critic(self, shape: tuple[int, ...]) -> nn.Module:
        """Return a network [N, 2] -> logits [N]."""
        widths = pairwise((*shape, *[self.critic_width] * 3))
        layers = [Maxout(inputs, outputs, pieces=5) for inputs, outputs in widths]
        return nn.Sequential(*layers, nn.Linear(self.critic_width, 1), nn.Flatten(0))

    def encoder(self, shape: tuple[int, ...], outputs: int) -> nn.Module:
        """Return a network [N, 2] -> [N, outputs], the generator's layers in reverse."""
        layers: list[nn.Module] = []
        for inputs, width in pairwise((*shape, *[self.width] * 3)):
            layers += [nn.Linear(inputs, width), nn.ReLU()]
        return nn.Sequential(*layers, nn.Linear(self.width, outputs))
