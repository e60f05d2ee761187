"""A few real pictures of a set, kept apart in the workspace: who shows some of them need not open the set.

The set itself is opened by ``keep``, in a process of its own where it matters: some need torchvision, and all of them
more memory than a few pictures are worth.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ganlab import files
from ganlab.data import DATASETS, arrays

if TYPE_CHECKING:
    from ganlab.data.dataset import Dataset

_ORDER = 0  # of the permutation that chooses them


@dataclass(frozen=True)
class Examples:
    """Some pictures of one split, in no order.

    Attributes:
        images: uint8 [n, H, W, C].
        labels: int64 [n], or None where there are none.
        split: Which they are of.
    """

    images: np.ndarray
    labels: np.ndarray | None
    split: str


def keep(data: "Dataset", split: str = "test", n: int = 1_000) -> Examples:
    """Choose at most ``n`` pictures of a split, the same ones every time, and write them where ``read`` finds them.

    Args:
        data: The set; pictures.
        split: Of it.
        n: How many.
    """
    import torch

    images, labels = data.split(split)
    # In the order of the file some sets begin with easier pictures, or with one class.
    rows = torch.randperm(len(images), generator=torch.Generator().manual_seed(_ORDER))[:n]
    images = images[rows].permute(0, 2, 3, 1).contiguous().numpy()
    found = Examples(images, None if labels is None else labels[rows].numpy(), split)
    stored = {"images": found.images, "labels": found.labels if found.labels is not None else np.empty(0, np.int64)}
    arrays.write(_path(data.name, data.shape, split), stored)
    return found


def read(dataset: str, shape: tuple[int, ...], split: str = "test") -> Examples | None:
    """Return the pictures that were kept of a set, or None where there are none; without torch.

    Args:
        dataset: Its name, or ``folder:PATH``.
        shape: (C, H, W) of its pictures.
        split: Of it.
    """
    found = arrays.read(_path(dataset, shape, split))
    if found is None or found.keys() != {"images", "labels"}:
        return None
    images, labels = found["images"], found["labels"]
    channels, height, width = shape
    if images.dtype != np.uint8 or images.shape[1:] != (height, width, channels) or len(labels) not in (0, len(images)):
        return None
    return Examples(images, labels if len(labels) else None, split)


def classes(dataset: str) -> tuple[str, ...]:
    """Return what the labels of a set mean; of a folder nobody knows before it is opened."""
    return DATASETS[dataset].facts["classes"] if dataset in DATASETS else ()


def _path(dataset: str, shape: tuple[int, ...], split: str) -> Path:
    stamp = hashlib.sha256(json.dumps([dataset, list(shape), split]).encode()).hexdigest()[:32]
    return files.home() / "cache" / "examples" / f"{stamp}.npz"
