"""Intervals: 95 % ranges of measured numbers, by the bootstrap (Efron 1979) or from a spread."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ganlab import seeds

_NORMAL = 1.959964  # 97.5 % of a standard normal lie below it


@dataclass(frozen=True)
class Interval:
    """A value with its 95 % interval."""

    value: float
    low: float
    high: float

    @classmethod
    def around(cls, value: float, draws: Sequence[float], least: float = 0.0, most: float = np.inf) -> "Interval":
        """Return ``value`` with the spread of resampled values, within the measure's own bounds; two draws at least."""
        return cls.spread(value, float(np.std(draws, ddof=1)), least, most)

    @classmethod
    def spread(cls, value: float, deviation: float, least: float = -np.inf, most: float = np.inf) -> "Interval":
        """Return ``value`` give or take 1.96 standard deviations of it, within the measure's own bounds."""
        value = min(max(value, least), most)  # rounding may carry it past its own bound
        return cls(value, max(least, value - _NORMAL * deviation), min(most, value + _NORMAL * deviation))


def replicates(n: int, repeats: int, seed: int, name: str) -> Iterator[np.ndarray]:
    """Yield float64 [n] counts: how often each of n rows is drawn in n draws with replacement."""
    rng = seeds.stream(seed, f"bootstrap-{name}")
    for _ in range(repeats):
        yield np.bincount(rng.integers(0, n, n), minlength=n).astype(np.float64)


def of_mean(values: np.ndarray, least: float = -np.inf, most: float = np.inf) -> Interval:
    """Return the mean of [n] values with the interval that the bootstrap of a mean tends to: s / sqrt(n)."""
    values = values.astype(np.float64, copy=False)
    deviation = float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else 0.0
    return Interval.spread(float(values.mean()), deviation, least, most)
