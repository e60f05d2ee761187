"""What real pictures look like to an extractor: features of samples of the three splits, and their floors."""

from dataclasses import dataclass

import numpy as np
import torch

from ganlab.data import arrays
from ganlab.data.dataset import SPLITS, Dataset
from ganlab.errors import MetricError
from ganlab.metrics.extractor import Extractor
from ganlab.metrics.pixels import ms_ssim, sharpness

MOST = 10_000  # real pictures of a split that are looked at


@dataclass(frozen=True)
class Reference:
    """Real pictures as features.

    Attributes:
        dataset: Which pictures.
        features: For each split float32 [n, d], n at most ``MOST``, chosen by a fixed permutation.
        pixels: Measures of pixels of training pictures, by name.
    """

    dataset: str
    features: dict[str, np.ndarray]
    pixels: dict[str, float]

    def split(self, name: str) -> np.ndarray:
        """Return the features of a split.

        Raises:
            MetricError: It is empty.
        """
        found = self.features[name]
        if len(found) == 0:
            raise MetricError(f"The {name} split of {self.dataset!r} is empty: there is nothing to measure against.")
        return found

    def to_bytes(self) -> bytes:
        """Return a compressed NPZ of half precision."""
        half = {name: rows.astype(np.float16) for name, rows in self.features.items()}
        pixels = {name: np.float64(value) for name, value in self.pixels.items()}
        return arrays.to_bytes(half | pixels, compressed=True)

    @classmethod
    def from_bytes(cls, dataset: str, data: bytes) -> "Reference":
        """Read what ``to_bytes`` wrote; nothing is unpickled.

        Raises:
            MetricError: It is something else.
        """
        stored = arrays.from_bytes(data)
        if stored is None or not set(SPLITS) <= set(stored):
            raise MetricError(f"The stored features of {dataset!r} cannot be read: delete the file to make it anew.")
        features = {name: stored.pop(name).astype(np.float32) for name in SPLITS}
        return cls(dataset, features, {name: float(value) for name, value in stored.items()})


def refer(extractor: Extractor, data: Dataset) -> Reference:
    """Return what an extractor sees in a dataset, rounded as it will be stored."""
    features, pixels = {}, {}
    for name in SPLITS:
        rows = data.splits[name]
        chosen = rows[torch.randperm(len(rows), generator=torch.Generator().manual_seed(0))[:MOST]]
        images = data.examples[chosen].permute(0, 2, 3, 1).contiguous().numpy()
        features[name] = extractor.features(images).astype(np.float16).astype(np.float32)
        if name == "train" and len(images) > 1:
            pixels = {"sharpness": float(sharpness(images).mean()), "ms_ssim": ms_ssim(images).value}
    return Reference(data.name, features, pixels)
