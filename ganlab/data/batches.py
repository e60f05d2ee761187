"""Batches drawn on the device: the whole split lies there as uint8, no per-image Python in the loop."""

import torch
from torch import Tensor


class Batches:
    """Shuffled batches without end.

    Which rows batch k holds follows from the seed and k alone, so a resumed run goes on exactly where it
    broke off, and nothing but ``drawn`` need be kept.

    Args:
        examples: uint8 [N, C, H, W] or float32 [N, 2]; moved to ``device`` once.
        batch_size: Rows a batch; an epoch's incomplete rest is left out.
        seed: Of the order.
        device: Where batches are made.
        augment: ``none``, ``shift`` (up to two pixels each way) or ``flip`` (left and right).
        labels: int64 [N], where batches shall carry them.
    """

    def __init__(
        self,
        examples: Tensor,
        batch_size: int,
        seed: int,
        device: torch.device,
        *,
        augment: str = "none",
        labels: Tensor | None = None,
    ) -> None:
        self.examples = examples.to(device)
        self.labels = None if labels is None else labels.to(device)
        self.batch_size, self.seed, self.device, self.augment = batch_size, seed, device, augment
        self.per_epoch = len(examples) // batch_size
        self.drawn = 0
        self._epoch, self._order = -1, torch.empty(0, dtype=torch.int64)

    def draw(self, rng: torch.Generator) -> tuple[Tensor, ...]:
        """Return the next batch, float32 [batch_size, ...], pictures in [-1, 1]; and its labels, if it carries them."""
        epoch, place = divmod(self.drawn, self.per_epoch)
        if epoch != self._epoch:
            order = torch.Generator().manual_seed((self.seed * 1_000_003 + epoch) % 2**63)
            self._order = torch.randperm(len(self.examples), generator=order).to(self.device)
            self._epoch = epoch
        self.drawn += 1
        rows = self._order[place * self.batch_size : (place + 1) * self.batch_size]
        batch = self.examples.index_select(0, rows)
        if batch.dtype == torch.uint8:
            if self.augment != "none":
                batch = AUGMENTATIONS[self.augment](batch, rng)
            batch = batch.float().div_(127.5).sub_(1)
        return (batch,) if self.labels is None else (batch, self.labels[rows])


def _shift(images: Tensor, rng: torch.Generator) -> Tensor:
    """Move each picture by up to two pixels each way; its border pixels fill the gap."""
    n, _, height, width = images.shape
    moves = torch.randint(-2, 3, (2, n, 1), generator=rng, device=images.device)
    rows = (torch.arange(height, device=images.device) + moves[0]).clamp_(0, height - 1)
    columns = (torch.arange(width, device=images.device) + moves[1]).clamp_(0, width - 1)
    picture = torch.arange(n, device=images.device)[:, None, None]
    return images[picture, :, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)


def _flip(images: Tensor, rng: torch.Generator) -> Tensor:
    """Mirror each picture left and right with probability one half."""
    turned = torch.rand(len(images), generator=rng, device=images.device) < 0.5
    return torch.where(turned[:, None, None, None], images.flip(3), images)


AUGMENTATIONS = {"shift": _shift, "flip": _flip}
