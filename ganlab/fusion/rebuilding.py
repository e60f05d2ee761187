"""Rules that learn how to combine what members make of one picture.

A real picture x is rebuilt by every member, R_k(x) = G_k(E_k(x)); to draw, the anchor's picture takes the place of x.
Members never saw validation pictures, so what they make of them is what they make of any picture: no fold of theirs
has to be left out for it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ganlab.fusion.fitted import FittedRule
from ganlab.fusion.rule import OutputRule
from ganlab.members.member import Member

_CHUNK = 500  # pictures at once


@dataclass(frozen=True)
class RebuildingRule(OutputRule, FittedRule):
    """One that is always aligned: to the first member where no other is named."""

    def __post_init__(self) -> None:
        if self.anchor is None:
            object.__setattr__(self, "anchor", 0)

    @classmethod
    def aligned(cls, members: Sequence[Member], anchor: int, z: Tensor) -> Tensor:
        """Return what members make of the anchor's pictures of latents [N, d], as the rule will see it, [K, N, ...]."""
        rule = cls(anchor=anchor)
        own = rule.latents(members, z)
        return torch.stack([member.generate(each) for member, each in zip(members, own, strict=True)])


def rebuilt(members: Sequence[Member], images: Tensor) -> Iterator[Tensor]:
    """Yield what every member makes of pictures [N, C, H, W], [K, n, C, H, W] a part of at most 500."""
    for part in images.split(_CHUNK):
        yield torch.stack([member.generate(member.encode(part)).cpu() for member in members])
