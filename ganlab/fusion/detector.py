"""A detector: critics that members were trained with vote whether a picture is real or generated.

    l_k(x) = log p_k / (1 - p_k),   p_k(x) = isotonic_k(critic_k(x))
    average     log odds of being real = mean_k l_k
    weighted    = sum_k w_k l_k,   w_k in proportion to AUC_k - 1/2 on other pictures
    majority    = median_k l_k: at any border real where more than half of the critics say so

Calibration and weights are those of ``selection.critics``; of two in the middle the median is their mean, so that two
who disagree meet halfway.  Chances suppose as many real pictures as generated ones.  Weakness: critics know what their
own generators do wrong, and real pictures as the dataset stores them; a picture from elsewhere is neither.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ganlab import seeds
from ganlab.errors import FusionError, SpecError
from ganlab.fusion.selection.critics import WeightedCritics, calibrated
from ganlab.fusion.selection.ratio import LEAST, Halves

WAYS = ("average", "weighted", "majority")


@dataclass(frozen=True)
class Detector:
    """Calibrated critics and a way to fuse what they say.

    Attributes:
        members: Whose critics, K of them.
        arrays: ``logits`` and ``chances`` [K, corners] of the rising curves, ``shares`` [K] of the weights.
        way: Out of ``WAYS``.

    Raises:
        SpecError: There is no such way.
    """

    members: tuple[str, ...]
    arrays: Mapping[str, np.ndarray]
    way: str = "average"

    def __post_init__(self) -> None:
        check_way(self.way)

    @property
    def weights(self) -> np.ndarray:
        """Return each critic's part of 1, [K]; a majority counts heads."""
        return self.arrays["shares"] if self.way == "weighted" else np.full(len(self.members), 1 / len(self.members))

    def critics(self, rows: np.ndarray) -> np.ndarray:
        """Return the chance of being generated that each critic sees, float64 [n, K], in its logits [n, K]."""
        return 1 - calibrated(self.arrays, np.asarray(rows, np.float64))

    def __call__(self, rows: np.ndarray) -> np.ndarray:
        """Return the fused chance of being generated, float64 [n], of the critics' logits [n, K]."""
        chances = self.critics(rows)
        odds = np.log(chances / (1 - chances))
        fused = np.median(odds, axis=1) if self.way == "majority" else odds @ self.weights
        return 1 / (1 + np.exp(-fused))

    def facts(self) -> dict[str, Any]:
        """Return all of it as JSON can hold it; ``of_facts`` reads it back to the bit."""
        arrays = {name: each.tolist() for name, each in self.arrays.items()}
        return {"members": list(self.members), "way": self.way, **arrays}


def of_facts(facts: Mapping[str, Any]) -> Detector:
    """Return the detector that ``Detector.facts`` tells of."""
    arrays = {name: np.array(facts[name], np.float64) for name in WeightedCritics.fields}
    return Detector(tuple(facts["members"]), arrays, facts["way"])


def calibrate(
    members: tuple[str, ...], real: np.ndarray, drawn: np.ndarray, way: str = "average", seed: int = 0
) -> Detector:
    """Fit the critics' curves on one half of the pictures, and their weights on the other.

    Args:
        members: Whose critics, K of them.
        real: Their logits [n, K] on real pictures of the validation split.
        drawn: Their logits [m, K] on pictures that the members drew.
        way: Out of ``WAYS``.
        seed: Of the division.

    Raises:
        FusionError: Too few pictures.
        SpecError: No such way.
    """
    check_way(way)
    for what, rows in (("real", real), ("drawn", drawn)):
        if len(rows) < 2 * LEAST:
            raise FusionError(
                f"A detector is calibrated on at least {2 * LEAST} {what} pictures, and there are {len(rows)}."
            )
    halves = [_halved(rows, seed) for rows in (real, drawn)]
    return Detector(members, WeightedCritics.fitted(*halves, seed), way)


def check_way(way: str) -> None:
    """Refuse a way to fuse that there is not.

    Raises:
        SpecError: With those there are.
    """
    if way not in WAYS:
        raise SpecError(f"Votes are fused by {way!r}; allowed: {', '.join(WAYS[:-1])} or {WAYS[-1]}.")


def _halved(rows: np.ndarray, seed: int) -> Halves:
    order = seeds.stream(seed, "halves").permutation(len(rows))
    first, second = np.array_split(np.asarray(rows, np.float64)[order], 2)
    return Halves(first, second)
