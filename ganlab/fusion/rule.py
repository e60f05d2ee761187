"""What every rule is: weights, and a way from the members' pictures to one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from ganlab import seeds
from ganlab.fusion.shares import shares
from ganlab.members.member import Member


@dataclass(frozen=True)
class Rule:
    """A way to fuse; subclasses say ``name`` and ``combine``.

    Attributes:
        weights: One a member, or none for all alike; as a tensor [K] within a graph, which is given them as it runs.
    """

    weights: tuple[float, ...] | Tensor = ()
    name: ClassVar[str]
    combines: ClassVar[bool] = True  # pictures that members drew, and nothing else
    network: ClassVar[nn.Module | None] = None  # of its own, where it learned one

    def extra(self, members: Sequence[Member]) -> int:
        """Return how many coordinates of noise the fused member has beyond its leader's."""
        return 0

    def noise(self, members: Sequence[Member], n: int, seed: int, truncation: float) -> np.ndarray:
        """Return the rule's own coordinates, float32 [n, extra], standard normal; truncation leaves them alone."""
        # Named by their place, so that rules within rules do not share one coin.
        return seeds.standard_normal(n, self.extra(members), seed, f"rule-{self.leader(members).latent_dim}")

    def combine(self, pictures: Tensor, extra: Tensor) -> Tensor:
        """Return one picture for each latent, [K, N, *shape] -> [N, *shape].

        Args:
            pictures: What each of the K members draws from the same N latents.
            extra: The rule's own coordinates [N, extra], standard normal.
        """
        raise NotImplementedError

    def joined(self, pictures: Tensor, base: Tensor, extra: Tensor) -> Tensor:
        """Return what ``combine`` does, for rules that look at the leader's latents [N, ...] beside the pictures.

        All members drew all pictures, and no branch depends on a value: so a whole fusion becomes one graph.
        """
        return self.combine(pictures, extra)

    def draw(self, members: Sequence[Member], z: Tensor, labels: Tensor | None) -> Tensor:
        """Return pictures from latents [N, leader's + extra]; by default every member draws all of them."""
        base, extra = self.split(members, z)
        own = self.latents(members, base, labels)
        drawn = [member.generate(latents, labels) for member, latents in zip(members, own, strict=True)]
        return self.combine(torch.stack(drawn), extra)

    def explained(
        self, members: Sequence[Member], z: Tensor, labels: Tensor | None
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Return what ``draw`` does, and what decided picture by picture.

        That is, as far as the rule decides so: ``picked`` int64 [N], whose picture it is; ``shares`` [N, K] of each
        member; ``ratio`` [N], how much likelier a picture is among real ones.
        """
        return self.draw(members, z, labels), {}

    def alone(self, members: Sequence[Member]) -> Member | None:
        """Return the one member that draws all pictures, where the rule makes one of the members; here it does not."""
        return None

    def leader(self, members: Sequence[Member]) -> Member:
        """Return the member whose latents those of the fusion begin with: by default the widest."""
        return max(members, key=lambda member: member.latent_dim)

    def latents(self, members: Sequence[Member], base: Tensor, labels: Tensor | None = None) -> list[Tensor]:
        """Return what each member draws from, [N, its latent_dim], of the leader's latents [N, ...]."""
        return [base[:, : member.latent_dim] for member in members]

    def split(self, members: Sequence[Member], z: Tensor) -> tuple[Tensor, Tensor]:
        """Divide latents into the leader's coordinates and the rule's own."""
        width = self.leader(members).latent_dim
        return z[:, :width], z[:, width:]

    def asked(self, members: Sequence[Member], z: np.ndarray, label: int) -> np.ndarray:
        """Return latents from which every member draws a class."""
        for member in members:
            z = member.asked(z, label)
        return z

    def parts(self, members: int, like: Tensor) -> Tensor:
        """Return the weights as parts of 1, [K], of the type and on the device of another tensor."""
        if isinstance(self.weights, Tensor):
            return self.weights / self.weights.sum()
        return like.new_tensor(shares(self.weights, members))

    def shares(self, pictures: Tensor) -> Tensor:
        """Return the weights as parts of 1, shaped [K, 1, ...] to multiply pictures [K, N, *shape]."""
        return self.parts(len(pictures), pictures).reshape(-1, *[1] * (pictures.ndim - 1))


@dataclass(frozen=True)
class OutputRule(Rule):
    """A rule that makes one picture of the members' pictures.

    Attributes:
        anchor: The place of a member that draws while the others encode its pictures and draw them again, so that all
            pictures are of one thing; None lets every member draw from the same noise.
    """

    anchor: int | None = None

    def leader(self, members: Sequence[Member]) -> Member:
        """Return the anchor, if there is one."""
        return super().leader(members) if self.anchor is None else members[self.anchor]

    def draw(self, members: Sequence[Member], z: Tensor, labels: Tensor | None) -> Tensor:
        """Return pictures from latents [N, leader's + extra]; the anchor draws once, for itself and for the others."""
        if self.anchor is None:
            return super().draw(members, z, labels)
        base, extra = self.split(members, z)
        shown = members[self.anchor].generate(base, labels)
        drawn = [
            shown if place == self.anchor else member.generate(member.encode(shown), labels)
            for place, member in enumerate(members)
        ]
        return self.combine(torch.stack(drawn), extra)

    def latents(self, members: Sequence[Member], base: Tensor, labels: Tensor | None = None) -> list[Tensor]:
        """Return latents from which all draw what the anchor draws, as far as they can; without one the same noise."""
        if self.anchor is None:
            return super().latents(members, base, labels)
        own = base[:, : members[self.anchor].latent_dim]
        shown = members[self.anchor].generate(own, labels)
        return [own if place == self.anchor else member.encode(shown) for place, member in enumerate(members)]
