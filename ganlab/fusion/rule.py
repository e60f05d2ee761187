"""What every rule is: weights, and a way from the members' pictures to one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from ganlab.fusion.shares import shares
from ganlab.members.member import Member


@dataclass(frozen=True)
class Rule:
    """A way to fuse; subclasses say ``name`` and ``combine``.

    Attributes:
        weights: One a member, or none for all alike.
        extra_latents: Coordinates of noise the fused member has beyond its members'.
    """

    weights: tuple[float, ...] = ()
    name: ClassVar[str]
    extra_latents: ClassVar[int] = 0

    def combine(self, pictures: Tensor, extra: Tensor) -> Tensor:
        """Return one picture for each latent, [K, N, *shape] -> [N, *shape].

        Args:
            pictures: What each of the K members draws from the same N latents.
            extra: The rule's own coordinates [N, extra_latents], standard normal.
        """
        raise NotImplementedError

    def draw(self, members: Sequence[Member], z: Tensor, labels: Tensor | None) -> Tensor:
        """Return pictures from latents [N, members' + extra]; by default every member draws all of them."""
        base, extra = self.split(z)
        drawn = [member.generate(base[:, : member.latent_dim], labels) for member in members]
        return self.combine(torch.stack(drawn), extra)

    def split(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """Divide latents into the members' coordinates and the rule's own."""
        width = z.shape[1] - self.extra_latents
        return z[:, :width], z[:, width:]

    def shares(self, pictures: Tensor) -> Tensor:
        """Return the weights as parts of 1, shaped [K, 1, ...] to multiply pictures [K, N, *shape]."""
        parts = pictures.new_tensor(shares(self.weights, len(pictures)))
        return parts.reshape(-1, *[1] * (pictures.ndim - 1))
