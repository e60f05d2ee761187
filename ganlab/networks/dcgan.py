"""DCGAN for any square picture whose side is a multiple of 4: Radford et al. 2015 (arXiv:1511.06434).

``sides`` says which maps lie between a picture and the coarsest one: 28 starts at 7x7, 64 at 4x4, 8 at 2x2.
With ``width`` w the generator's last hidden layer has w channels, and each coarser one twice as many; w = 128
at 28x28 gives the 7x7x256 of the classic tutorial.  With ``grow`` the same layers grow from coarse pictures to fine
ones (``growing`` says how); encoders do not.
"""

from dataclasses import dataclass
from itertools import chain, pairwise
from typing import ClassVar

from torch import nn
from torch.nn.utils.parametrizations import spectral_norm

from ganlab.networks.attention import SelfAttention
from ganlab.networks.growing import GrowingGenerator, GrowingReader
from ganlab.networks.layers import MinibatchDiscrimination, seeded_dropout
from ganlab.networks.sides import attended, sides


@dataclass(frozen=True)
class DCGAN:
    """Transposed convolutions, batch norm, LeakyReLU; strided convolutions, LeakyReLU, dropout.

    Attributes:
        width: Channels of the generator's last hidden layer.
        critic_width: Channels of the critic's first layer.
        dropout: Share dropped after each of the critic's layers.
        spectral_norm: Divide each critic layer by its largest singular value (Miyato 2018).
        attention: One layer of self-attention in each network, at the finest map of at most 16 pixels a side.
        minibatch_discrimination: In how many ways the critic compares the pictures of a batch; 0 is not at all.
        grow: Share of the run over which the networks grow; 0 is off.
    """

    width: int = 32
    critic_width: int = 32
    dropout: float = 0.3
    spectral_norm: bool = False
    attention: bool = False
    minibatch_discrimination: int = 0
    grow: float = 0.0
    normal_init: ClassVar[bool] = True

    def generator(self, shape: tuple[int, ...], latent_dim: int) -> nn.Module:
        """Return a network [N, latent_dim] -> [N, *shape] with values in [-1, 1]."""
        channels, side, _ = shape
        maps = sides(side)[:-1]
        widths = [self.width * 2**power for power in reversed(range(len(maps)))]  # coarse to fine
        blocks: list[list[nn.Module]] = [
            [
                nn.Linear(latent_dim, widths[0] * maps[0] ** 2, bias=False),  # batch norm has the bias
                nn.Unflatten(1, (widths[0], maps[0], maps[0])),
                nn.BatchNorm2d(widths[0]),
                nn.LeakyReLU(0.2),
            ]
        ]
        for inputs, outputs in pairwise(widths):
            blocks.append(
                [
                    nn.ConvTranspose2d(inputs, outputs, 4, stride=2, padding=1, bias=False),
                    nn.BatchNorm2d(outputs),
                    nn.LeakyReLU(0.2),
                ]
            )
        if self.attention:
            place = maps.index(attended(side))
            blocks[place].append(SelfAttention(widths[place]))
        picture = [nn.ConvTranspose2d(widths[-1], channels, 4, stride=2, padding=1), nn.Tanh()]
        if self.grow:
            ways = [[nn.Conv2d(width, channels, 1), nn.Tanh()] for width in widths]
            return GrowingGenerator([*blocks, []], [*ways, picture])
        return nn.Sequential(*chain(*blocks), *picture)

    def critic(self, shape: tuple[int, ...]) -> nn.Module:
        """Return a network [N, *shape] -> logits [N]."""
        channels, side, _ = shape
        maps = sides(side)[-2::-1]
        widths = [self.critic_width * 2**power for power in range(len(maps))]  # fine to coarse
        wrap = spectral_norm if self.spectral_norm else (lambda layer: layer)
        blocks: list[list[nn.Module]] = [
            [wrap(nn.Conv2d(inputs, outputs, 4, stride=2, padding=1)), nn.LeakyReLU(0.2), *seeded_dropout(self.dropout)]
            for inputs, outputs in pairwise((channels, *widths))
        ]
        if self.attention:
            place = maps.index(attended(side))
            blocks[place].append(SelfAttention(widths[place], wrap))
        features, kernels = widths[-1] * maps[-1] ** 2, self.minibatch_discrimination
        mixing = [MinibatchDiscrimination(features, kernels, wrap)] if kernels else []
        ends = [*mixing, wrap(nn.Linear(features + kernels, 1)), nn.Flatten(0)]
        blocks.append([nn.Flatten()])
        if self.grow:
            ways = [[], *([wrap(nn.Conv2d(channels, width, 1)), nn.LeakyReLU(0.2)] for width in widths)]
            return nn.Sequential(GrowingReader(blocks[::-1], ways[::-1]), *ends)
        return nn.Sequential(*chain(*blocks), *ends)

    def encoder(self, shape: tuple[int, ...], outputs: int) -> nn.Module:
        """Return a network [N, *shape] -> [N, outputs]: the generator's widths in reverse, batch norm as there."""
        channels, side, _ = shape
        maps = sides(side)[-2::-1]
        widths = [self.width * 2**power for power in range(len(maps))]  # fine to coarse
        layers: list[nn.Module] = []
        for inputs, width in pairwise((channels, *widths)):
            layers += [
                nn.Conv2d(inputs, width, 4, stride=2, padding=1, bias=False),
                nn.BatchNorm2d(width),
                nn.LeakyReLU(0.2),
            ]
        return nn.Sequential(*layers, nn.Flatten(), nn.Linear(widths[-1] * maps[-1] ** 2, outputs))
