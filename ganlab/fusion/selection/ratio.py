"""What every fitted density ratio is: a name, arrays, and a value for each row; how well it tells, and its bytes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ganlab.errors import FusionError
from ganlab.fusion.selection import ESTIMATORS
from ganlab.metrics.roc import auc

LARGEST = 1e6  # a ratio beyond it, or below its inverse, is no number to be trusted: there were not that many rows
_HELD_OUT = 0.2
LEAST = 50  # rows of each kind: with fewer, what is held out says nothing


@dataclass(frozen=True)
class Quality:
    """How well a ratio tells real rows from drawn ones, on rows that no fit has seen.

    Attributes:
        auc: The chance that a real row has the larger ratio; 1/2 is none at all.
        log_loss: Of the probability r / (1 + r) of being real, in nats; ln 2 = 0.693 is that of no idea.
        rows: Held-out rows of each kind, real and drawn.
    """

    auc: float
    log_loss: float
    rows: tuple[int, int]


@dataclass(frozen=True)
class Known:
    """Ratios of held-out rows, which calibrate what accepts: float64 [n] of real ones, float64 [m] of drawn ones."""

    real: np.ndarray
    drawn: np.ndarray

    def quality(self) -> Quality:
        """Return how well they are told apart."""
        return Quality(auc(self.real, self.drawn), log_loss(self.real, self.drawn), (len(self.real), len(self.drawn)))


@dataclass(frozen=True)
class Ratio:
    """A fitted estimate; subclasses say ``name``, ``fields`` (what the arrays are called), ``fitted`` and ``raw``.

    Attributes:
        arrays: All that was fitted, by name.
        scale: What ``raw`` is multiplied by, so that the mean over held-out drawn rows is 1.
        known: Ratios of the held-out rows.
    """

    arrays: Mapping[str, np.ndarray]
    scale: float
    known: Known
    name: ClassVar[str]
    fields: ClassVar[tuple[str, ...]]

    @classmethod
    def fitted(cls, real: "Halves", drawn: "Halves", seed: int) -> dict[str, np.ndarray]:
        """Return the arrays of a fit to rows; what is chosen, a penalty or a size, is chosen on the held-out ones."""
        raise NotImplementedError

    @staticmethod
    def raw(arrays: Mapping[str, np.ndarray], rows: np.ndarray) -> np.ndarray:
        """Return ratios, float64 [n] of 0 or more, of rows float64 [n, d], up to a factor."""
        raise NotImplementedError

    def __call__(self, rows: np.ndarray) -> np.ndarray:
        """Return ratios, float64 [n] from 0 to ``LARGEST``, of rows [n, d]."""
        return np.clip(self.scale * self.raw(self.arrays, np.asarray(rows, np.float64)), 0, LARGEST)

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return all of it as arrays by name."""
        arrays = {f"arrays.{name}": each for name, each in self.arrays.items()}
        known = {"known.real": self.known.real, "known.drawn": self.known.drawn}
        return arrays | known | {"scale": np.array([self.scale])}


@dataclass(frozen=True)
class Halves:
    """Rows float64 [n, d] to fit, and rows that were held out.

    Attributes:
        fit: To be fitted to.
        held: Held out.
        drawers: Which member drew each row of ``fit``, int64 [n], where several did.
        held_drawers: The same of ``held``.
    """

    fit: np.ndarray
    held: np.ndarray
    drawers: np.ndarray | None = None
    held_drawers: np.ndarray | None = None


def _halves(rows: np.ndarray, seed: int, drawers: np.ndarray | None = None) -> Halves:
    rows, (fitted, held) = np.asarray(rows, np.float64), divided(len(rows), seed)
    who = () if drawers is None else (drawers[fitted], drawers[held])
    return Halves(rows[fitted], rows[held], *who)


def fit(name: str, real: np.ndarray, drawn: np.ndarray, seed: int = 0, drawers: np.ndarray | None = None) -> Ratio:
    """Fit an estimator to rows of real and of drawn pictures; a fifth of each is held out.

    Args:
        name: Out of ``ESTIMATORS``.
        real: Rows [n, d] of real pictures: of the validation split, never of the test split.
        drawn: Rows [m, d] of drawn pictures, about as many.
        seed: Of the division, and of what an estimator draws.
        drawers: Which member drew each drawn row, int64 [m] from 0, where several did.

    Raises:
        UnknownName: No such estimator.
        FusionError: Too few rows, of two widths, or some that are not finite; or no drawn row is anything like a
            real one.
    """
    kind: type[Ratio] = ESTIMATORS[name].load()
    for what, rows in (("real", real), ("drawn", drawn)):
        if len(rows) < LEAST:
            raise FusionError(f"A ratio needs at least {LEAST} {what} pictures, and {len(rows)} were given.")
        if rows.ndim != 2 or rows.shape[1] != real.shape[1] or not np.isfinite(rows).all():
            raise FusionError(f"The rows of {what} pictures are no finite numbers [n, {real.shape[1]}].")
    halves = _halves(real, seed), _halves(drawn, seed, drawers)
    arrays = kind.fitted(*halves, seed)
    mean = float(np.minimum(kind.raw(arrays, halves[1].held), LARGEST).mean())
    if mean <= 0:
        raise FusionError(f"{name!r} finds nothing real in the drawn pictures, so nothing could be selected.")
    plain = kind(arrays, 1 / mean, Known(np.empty(0), np.empty(0)))
    return kind(arrays, plain.scale, Known(plain(halves[0].held), plain(halves[1].held)))


def from_arrays(name: str, stored: Mapping[str, np.ndarray]) -> Ratio:
    """Return the ratio of the estimator ``name`` that ``to_arrays`` gave.

    Raises:
        UnknownName: No such estimator.
        FusionError: The arrays are something else.
    """
    kind: type[Ratio] = ESTIMATORS[name].load()
    try:
        arrays = {field: stored[f"arrays.{field}"] for field in kind.fields}
        return kind(arrays, float(stored["scale"][0]), Known(stored["known.real"], stored["known.drawn"]))
    except (KeyError, TypeError, ValueError) as error:
        raise FusionError(f"The stored ratio is no {name!r} ({error}): fit it again.") from None


def log_loss(real: np.ndarray, drawn: np.ndarray) -> float:
    """Return the cross-entropy of r / (1 + r) for as many real rows as drawn ones, in nats; 0 is the best."""
    real, drawn = (np.clip(each, 1 / LARGEST, LARGEST) for each in (real, drawn))
    return float((np.log1p(1 / real).mean() + np.log1p(drawn).mean()) / 2)


def standardised(rows: np.ndarray) -> dict[str, np.ndarray]:
    """Return ``mean`` and ``spread`` [d] of rows [n, d]; constant columns are left alone."""
    spread = rows.std(0)
    return {"mean": rows.mean(0), "spread": np.where(spread > 0, spread, 1.0)}


def divided(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the places of four fifths of ``count`` rows, which are fitted to, and of one fifth that is held out."""
    order, held = np.random.default_rng(seed).permutation(count), round(count * _HELD_OUT)
    return order[held:], order[:held]
