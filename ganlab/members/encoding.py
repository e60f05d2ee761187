"""An encoder as one network, pictures to the latents they would be drawn from, whatever a member's latents hold."""

import torch
from torch import Tensor, nn

from ganlab.choice import coordinate
from ganlab.members.density import Density


class Encoding(nn.Module):
    """Pictures [N, *shape] to latents [N, latent_dim].

    Args:
        encoder: Pictures to numbers of which the first are noise, and the last, for a member that can be asked for a
            class, speak for each class.
        walk_dim: How many of them are noise.
        shares: Of the classes, [classes]; None for a member that cannot be asked.
        density: What the noise is a code of; None where it is the latent itself.
    """

    def __init__(
        self, encoder: nn.Module, walk_dim: int, shares: Tensor | None = None, density: Density | None = None
    ) -> None:
        super().__init__()
        self.encoder, self.walk_dim = encoder, walk_dim
        self.back = None if density is None else density.back()
        middles = None if shares is None else coordinate(torch.arange(len(shares), device=shares.device), shares)
        self.register_buffer("middles", middles, persistent=False)

    def forward(self, images: Tensor) -> Tensor:
        """Return latents, with the coordinate in the middle of the class that suits best."""
        noise, classes = self.encoder(images).tensor_split([self.walk_dim], 1)
        if self.back is not None:
            return self.back(noise)
        if self.middles is None:
            return noise
        return torch.cat([noise, self.middles[classes[:, -len(self.middles) :].argmax(1)][:, None]], 1)
