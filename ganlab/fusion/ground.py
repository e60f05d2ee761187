"""What rules are fitted to: real validation pictures, an extractor that looks, and a part that is held out.

Four fifths of the validation pictures fit, one fifth tells whether that helped.  The test split is never looked at.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from ganlab import seeds
from ganlab.data import load_dataset, size_options
from ganlab.errors import MetricError
from ganlab.fusion.selection.ratio import divided
from ganlab.images import from_uint8, outside
from ganlab.members.member import Member
from ganlab.metrics.coordinates import Coordinates, refer_points
from ganlab.metrics.extractor import Extractor
from ganlab.metrics.reference import MOST, Reference

SPLIT = "validation"  # chooses; test reports
_CHUNK = 500  # pictures that exist at once


@dataclass(frozen=True)
class Ground:
    """Real validation pictures.

    Attributes:
        member: One that is fused: says which dataset and shape.
        extractor: What looks.
        reference: What it sees in real pictures.
        seed: Of the division, and of all that is drawn.
    """

    member: Member
    extractor: Extractor | Coordinates
    reference: Reference
    seed: int = 0

    @classmethod
    def of_points(cls, member: Member, seed: int = 0, most: int = MOST) -> "Ground":
        """Return the ground of a member that draws points, which are looked at as they are: at most so many."""
        return cls(member, Coordinates(), refer_points(load_dataset(member.card.dataset), most), seed)

    @cached_property
    def features(self) -> np.ndarray:
        """What the extractor sees in all of them, float32 [n, d]."""
        return self.reference.split(SPLIT)

    @cached_property
    def images(self) -> np.ndarray:
        """The same pictures, uint8 [n, H, W, C], or points, in the same order.

        Raises:
            GanlabError: The data are not at hand.
        """
        name, shape = self.member.card.dataset, self.member.shape
        if len(shape) == 1:
            return self.features
        data = load_dataset(name, **size_options(name, shape))
        rows = data.splits[SPLIT]
        if len(rows) == 0:
            raise MetricError(f"The validation split of {name!r} is empty: there is nothing to learn from.")
        chosen = rows[torch.randperm(len(rows), generator=torch.Generator().manual_seed(0))[:MOST]]
        return data.examples[chosen].permute(0, 2, 3, 1).contiguous().numpy()

    @property
    def held_out(self) -> np.ndarray:
        """Features of the fifth that no fit sees, [n / 5, d]."""
        return self.features[divided(len(self.features), self.seed)[1]]

    def halves(self) -> tuple[Tensor, Tensor]:
        """Return the pictures of the four fifths that fit, and of the fifth that is held out, float [n, C, H, W]."""
        fit, held = (self.images[rows] for rows in divided(len(self.images), self.seed))
        return from_uint8(fit), from_uint8(held)

    def own_seed(self, purpose: str) -> int:
        """Return a seed for one purpose, other than those that people type."""
        return int(seeds.stream(self.seed, purpose).integers(2**63))

    def drawn(self, member: Member, n: int, purpose: str) -> Iterator[np.ndarray]:
        """Yield a member's pictures in parts, uint8 [k, H, W, C], or its points [k, 2]."""
        yield from self.drawn_from(member, member.latents(n, self.own_seed(purpose)))

    @staticmethod
    def drawn_from(member: Member, z: np.ndarray) -> Iterator[np.ndarray]:
        """Yield what a member draws from latents, in parts, uint8 [k, H, W, C] or points [k, 2]."""
        for start in range(0, len(z), _CHUNK):
            yield outside(member.generate(z[start : start + _CHUNK]))
