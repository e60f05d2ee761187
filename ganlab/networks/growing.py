"""Networks that grow from coarse pictures to fine ones: Karras et al. 2017 (arXiv:1710.10196), section 2.

A chain of blocks between maps whose sides double has a way out (in the critic a way in) at each of them.  ``level`` l
says how far it has grown: at a whole l pictures have the side ``start * 2**l``, and finer blocks do not run, which is
what makes coarse phases cheap; between two, with a = l - floor(l), the finer way fades in:

    picture_l = (1 - a) * double(picture_floor(l)) + a * picture_ceil(l)
    map_l     = (1 - a) * way_in(halve(x)) + a * block(way_in(x))

Pictures keep their full size at every level, enlarged to blocks of equal pixels and averaged over them again, so that
nobody else needs to know; at the top level the networks are their plain chains, to the bit.  Of the paper's recipe
only the growing is here: no equalised learning rate, no pixelwise normalisation; batch norm and first weights stay
those of DCGAN.
"""

from collections.abc import Iterable
from math import ceil

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, interpolate


class Growing(nn.Module):
    """Blocks and ways at ``top + 1`` sides, and the level reached, which is kept beside the weights.

    Args:
        blocks: For each side, from coarse to fine, the layers between it and the next coarser one.
        ways: For each side, the layers between its map and a picture.

    Attributes:
        level: From 0 to ``top``; a multiple of 1/256, so that it survives being stored with 16 bits.
    """

    def __init__(self, blocks: list[list[nn.Module]], ways: list[list[nn.Module]]) -> None:
        super().__init__()
        self.blocks, self.ways = (nn.ModuleList(nn.Sequential(*each) for each in parts) for parts in (blocks, ways))
        self.top = len(ways) - 1
        self.level = float(self.top)

    def get_extra_state(self) -> Tensor:
        """Return what a state dict keeps of the level; no buffer, as reading one would wait for the device."""
        return torch.tensor(self.level, device=next(self.parameters()).device)

    def set_extra_state(self, state: Tensor) -> None:
        """Go back to a level that a state dict kept."""
        self.level = float(state)


class GrowingGenerator(Growing):
    """Latents [N, d] through the blocks from coarse to fine; block 0 takes the latents, ways lead to pictures."""

    def forward(self, z: Tensor) -> Tensor:
        """Return pictures of the full size."""
        finest = ceil(self.level)
        coarser, x = z, z
        for block in self.blocks[: finest + 1]:
            coarser, x = x, block(x)
        picture = self.ways[finest](x)
        if self.level < finest:
            picture = torch.lerp(_enlarged(self.ways[finest - 1](coarser), 1), picture, self.level - (finest - 1))
        return _enlarged(picture, self.top - finest)


class GrowingReader(Growing):
    """Pictures of the full size through the blocks from fine to coarse; block 0 ends at the coarsest map."""

    def forward(self, x: Tensor) -> Tensor:
        """Return what the coarsest block makes of pictures [N, C, H, W]."""
        finest = ceil(self.level)
        x = _averaged(x, self.top - finest)
        seen = self.blocks[finest](self.ways[finest](x))
        if self.level < finest:
            seen = torch.lerp(self.ways[finest - 1](_averaged(x, 1)), seen, self.level - (finest - 1))
        for place in reversed(range(finest)):
            seen = self.blocks[place](seen)
        return seen


def set_level(networks: Iterable[nn.Module], level: float) -> None:
    """Let all growing parts of some networks have a level."""
    for part in (each for network in networks for each in network.modules()):
        if isinstance(part, Growing):
            part.level = level


def coarsened(images: Tensor, level: float, top: int) -> Tensor:
    """Return real pictures [N, C, H, W] as a generator of this level could draw them, of the same size."""
    finest = ceil(level)
    pictures = _averaged(images, top - finest)
    if level < finest:
        pictures = torch.lerp(_enlarged(_averaged(pictures, 1), 1), pictures, level - (finest - 1))
    return _enlarged(pictures, top - finest)


def _enlarged(pictures: Tensor, doublings: int) -> Tensor:
    return interpolate(pictures, scale_factor=2**doublings, mode="nearest") if doublings else pictures


def _averaged(pictures: Tensor, halvings: int) -> Tensor:
    return avg_pool2d(pictures, 2**halvings) if halvings else pictures
