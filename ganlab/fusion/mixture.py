"""Mixture: each picture is drawn by one member, picked with probability equal to its share.

    p(x) = sum_k w_k p_k(x),    w_k >= 0,  sum_k w_k = 1

What weights mean for densities: nothing is blurred, and what one member cannot draw another may.  The pick is
one more latent coordinate u, standard normal: member k draws where the normal distribution function of u
lies between w_1 + ... + w_{k-1} and w_1 + ... + w_k, so a mixture can be walked and repeated like any member.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from ganlab.choice import choose
from ganlab.fusion.rule import Rule
from ganlab.members.member import Member


class Mixture(Rule):
    """One member a picture."""

    name = "mixture"

    def extra(self, members: Sequence[Member]) -> int:
        """Return 1: the coin."""
        return 1

    def pick(self, extra: Tensor, members: int) -> Tensor:
        """Return which member draws each picture, int64 [N], from the rule's coordinate [N, 1]."""
        return choose(extra[:, 0], self.parts(members, extra))

    def combine(self, pictures: Tensor, extra: Tensor) -> Tensor:
        """Return for each latent the picture of the member that was picked."""
        return each_by(self.pick(extra, len(pictures)), pictures)

    def draw(self, members: Sequence[Member], z: Tensor, labels: Tensor | None) -> Tensor:
        """Return the same pictures, each drawn once, by its member alone."""
        return self.explained(members, z, labels)[0]

    def explained(
        self, members: Sequence[Member], z: Tensor, labels: Tensor | None
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Return them with who was ``picked``."""
        base, extra = self.split(members, z)
        picked = self.pick(extra, len(members))
        return drawn_by(members, picked, base, labels), {"picked": picked}


def each_by(picked: Tensor, pictures: Tensor) -> Tensor:
    """Return of pictures [K, N, *shape] those of the members whose places were picked, [N]."""
    return pictures[picked, torch.arange(pictures.shape[1], device=pictures.device)]


def drawn_by(members: Sequence[Member], picked: Tensor, base: Tensor, labels: Tensor | None) -> Tensor:
    """Return pictures [N, *shape] from latents [N, ...], each drawn by the member whose place was picked, [N]."""
    drawn = torch.empty(len(base), *members[0].shape, device=base.device)
    for index, member in enumerate(members):
        rows = (picked == index).nonzero()[:, 0]
        if len(rows):
            own = labels[rows] if labels is not None else None
            drawn[rows] = member.generate(base[rows, : member.latent_dim], own)
    return drawn
