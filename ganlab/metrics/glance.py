"""A glance: a few numbers of a few hundred pictures, quick enough to follow a slider.

Fréchet distance, precision and recall with their intervals, as ``evaluate`` takes them, but of fewer pictures: a small
sample is farther from the real ones by ``frechet.bias``, which is told beside it.  So numbers of a glance stand beside
other glances of as many pictures, never beside those of a card.  Nothing is kept, and no large library is loaded.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch

from ganlab.errors import MetricError
from ganlab.members.card import Number
from ganlab.metrics import frechet, neighbours, shelf
from ganlab.metrics.extractor import Extractor
from ganlab.metrics.interval import Interval
from ganlab.metrics.looking import finite

LEAST = neighbours.K + 1
_REAL = 2_000  # real pictures that neighbours are sought among
_REPEATS = 20  # of the bootstrap


@dataclass(frozen=True)
class Glance:
    """What looks, and what it sees in real pictures.

    Attributes:
        extractor: The network.
        real: Its features of real pictures, float32 [m, d].
        split: Theirs.
    """

    extractor: Extractor
    real: np.ndarray
    split: str

    def at(self, images: np.ndarray, seed: int = 0) -> dict[str, Number]:
        """Return ``fid``, ``precision`` and ``recall`` of pictures uint8 [n, H, W, C].

        Args:
            images: At least ``LEAST`` of them.
            seed: Of resampling.

        Raises:
            MetricError: Too few pictures, or not of the extractor's size.
        """
        if len(images) < LEAST:
            raise MetricError(f"A glance needs {LEAST} pictures, and {len(images)} were given.")
        features = finite(self.extractor.features(images), "the pictures")
        near = neighbours.fidelity(neighbours.manifold(features), self._manifold)
        found = {"fid": self._reference(seed).fid(features)}
        found |= {"precision": near.precision, "recall": near.recall}
        return {name: _number(value) for name, value in found.items()}

    def floor(self, n: int) -> float:
        """Return the Fréchet distance at which ``n`` real pictures would stand, by ``frechet.bias``."""
        return frechet.bias(frechet.moments(self.real[:_REAL]).covariance, n, min(_REAL, len(self.real)))

    def _reference(self, seed: int) -> frechet.Reference:
        if seed not in self._references:
            self._references[seed] = frechet.Reference(self.real[:_REAL], seed, _REPEATS)
        return self._references[seed]

    @cached_property
    def _references(self) -> dict[int, frechet.Reference]:
        return {}

    @cached_property
    def _manifold(self) -> neighbours.Manifold:
        return neighbours.manifold(self.real[:_REAL])


def of(dataset: str, shape: tuple[int, ...], split: str = "test", device: torch.device | None = None) -> Glance | None:
    """Return a glance with the usual extractor of a dataset, or None where one would have to be made first.

    Raises:
        MetricError: The extractor is broken, or the split empty.
    """
    found = shelf.at_hand(dataset, shape, device)
    return None if found is None else Glance(found[0], found[1].split(split), split)


def _number(value: Interval) -> Number:
    return Number(value=value.value, low=value.low, high=value.high)
