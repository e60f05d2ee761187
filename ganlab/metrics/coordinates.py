"""What looks at points: their features are their two coordinates, so there is nothing to learn or to store."""

from dataclasses import dataclass
from hashlib import sha256

import numpy as np

from ganlab.data.dataset import SPLITS, Dataset
from ganlab.errors import MetricError
from ganlab.metrics.reference import MOST, Reference

NAME = "coordinates"


@dataclass(frozen=True)
class CoordinatesCard:
    """What a fit states of who looked; of an extractor it would be the digest of its weights."""

    name: str = NAME
    weights_sha256: str = sha256(NAME.encode()).hexdigest()


class Coordinates:
    """Stands where an extractor stands, for points."""

    card = CoordinatesCard()
    name = NAME

    def features(self, points: np.ndarray) -> np.ndarray:
        """Return float32 [n, 2] of points [n, 2].

        Raises:
            MetricError: They are something else.
        """
        if points.ndim != 2 or points.shape[1] != 2:
            raise MetricError(f"Points are [n, 2], not {list(points.shape)}.")
        return np.asarray(points, np.float32)


def refer_points(data: Dataset, most: int = MOST) -> Reference:
    """Return the points of a dataset's splits, at most so many of each: their rows are independent of each other."""
    return Reference(data.name, {name: data.split(name)[0][:most].numpy() for name in SPLITS}, {})
