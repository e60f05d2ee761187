"""A dataset: all examples in one tensor, three splits, and where points have one, their exact density."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

# Names of the splits: fit members on the first, weights and combiners on the second, report on the third.
SPLITS = ("train", "validation", "test")


@dataclass(frozen=True)
class Dataset:
    """Examples with labels in splits.

    Attributes:
        name: As asked for.
        examples: uint8 [N, C, H, W] pictures, or float32 [N, 2] points.
        labels: int64 [N], or None where there are none.
        classes: What the labels mean.
        splits: For each of ``SPLITS`` the rows that belong to it, int64.
        log_density: For points, the exact log density float [M, 2] -> [M], in nats.
        notes: What a user should know, as sentences (pictures skipped, licence).
        drawn_by: Where a member drew what trains: its name, and what identifies its pictures.
    """

    name: str
    examples: Tensor
    labels: Tensor | None
    classes: tuple[str, ...]
    splits: dict[str, Tensor]
    log_density: Callable[[Tensor], Tensor] | None = None
    notes: tuple[str, ...] = ()
    drawn_by: tuple[str, str] | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """(C, H, W) of a picture, or (2,) of a point."""
        return tuple(self.examples.shape[1:])

    def split(self, name: str) -> tuple[Tensor, Tensor | None]:
        """Return the examples and labels of a split."""
        rows = self.splits[name]
        return self.examples[rows], None if self.labels is None else self.labels[rows]


def held_out(train: int, validation: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Divide rows 0 .. train - 1 by a fixed permutation into what trains and what validates, both sorted."""
    order = torch.randperm(train, generator=torch.Generator().manual_seed(seed))
    return order[validation:].sort().values, order[:validation].sort().values


def for_validation(train: int) -> int:
    """Return how many of ``train`` rows validate: 5,000 of a large set, a tenth of a small one."""
    return 5_000 if train >= 50_000 else round(train / 10)


def divided(count: int, seed: int = 0) -> dict[str, Tensor]:
    """Divide rows 0 .. count - 1 by a fixed permutation into 80 % train, 10 % validation, 10 % test, each sorted.

    From three rows on every split has at least one; fewer all train.
    """
    tenth = max(1, round(count / 10)) if count >= 3 else 0
    order = torch.randperm(count, generator=torch.Generator().manual_seed(seed))
    parts = order.split([count - 2 * tenth, tenth, tenth])
    return {name: rows.sort().values for name, rows in zip(SPLITS, parts, strict=True)}
