"""Learning the shares of a mixture: members draw, an extractor looks, real validation pictures decide."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ganlab.errors import SpecError
from ganlab.fusion.learned import Forecast, comparing, forecast, frechet_weights, predicted_frechet
from ganlab.members.member import Member
from ganlab.metrics.evaluate import LEAST, MOST, Progress, check_counts, of_member
from ganlab.metrics.extractor import Extractor
from ganlab.metrics.frechet import moments
from ganlab.metrics.looking import Seen, looking
from ganlab.metrics.reference import Reference

SPLIT = "validation"  # chooses; test reports
BY = ("kid", "fid")
# Seconds that two cores take to compare 10,000 rows with 10,000: of any width, and more for each feature.
_PAIR, _FEATURE = 0.5, 0.005
_DIGITS = 4


@dataclass(frozen=True)
class Learned:
    """Shares of a mixture, and how far from real pictures it will be, all on validation pictures.

    Attributes:
        members: Whose shares.
        by: The distance they make small: ``kid`` or ``fid``.
        weights: [M], with four digits; they are what is kept.
        alone: By distance, that of each member alone.
        mixed: By distance, that of the mixture with these weights.
        forecast: What the kernel says of the members' errors and of its own best mixture.
        extractor: What looked.
        n_fake: Pictures drawn by each member.
        n_real: Real pictures.
        seed: Of the noise.
    """

    members: tuple[str, ...]
    by: str
    weights: tuple[float, ...]
    alone: dict[str, tuple[float, ...]]
    mixed: dict[str, float]
    forecast: Forecast
    extractor: str
    n_fake: int
    n_real: int
    seed: int

    @property
    def best(self) -> int:
        """Return which member is best alone, by the distance that was made small."""
        return int(np.argmin(self.alone[self.by]))

    @property
    def gain(self) -> float:
        """Return the part of the best member's distance that the mixture saves, from 0 to 1."""
        alone = self.alone[self.by][self.best]
        return max(0.0, 1 - self.mixed[self.by] / alone) if alone > 0 else 0.0

    @property
    def correlation(self) -> float | None:
        """Return the mean correlation of two members' errors; None where none can be told."""
        between = self.forecast.correlation[np.triu_indices(len(self.members), 1)]
        between = between[np.isfinite(between)]
        return float(between.mean()) if len(between) else None


def check(by: str, n: int) -> None:
    """Refuse what nobody can learn by, or from.

    Raises:
        SpecError: With what is allowed.
    """
    if by not in BY:
        raise SpecError(f"Weights are learned by {by!r}; allowed: {' or '.join(BY)}.")
    if not LEAST <= n <= MOST:
        raise SpecError(f"n is {n:,}; allowed: {LEAST:,} to {MOST:,} pictures. From 5,000 on numbers are steady.")


def learning(
    members: Sequence[Member], extractor: Extractor, reference: Reference, by: str, *, n: int, seed: int
) -> Iterator[Progress | Learned]:
    """Learn the shares of a mixture of members.

    Features are kept in the workspace as those of a measurement are, and used from there.

    Args:
        members: At least two.
        extractor: What sees their pictures.
        reference: What it sees in real ones.
        by: ``kid``, or ``fid`` (which takes the features for a Gaussian).
        n: Pictures that each member draws.
        seed: Of their noise.

    Yields:
        Progress; at the end the shares and what they promise.

    Raises:
        MetricError: Too few real pictures, drawn ones of another size, or features that are not finite.
        SpecError: See ``check``.
    """
    check(by, n)
    real = reference.split(SPLIT)
    check_counts(n, len(real))
    started, seen, drawn = time.perf_counter(), [], 0
    pairs = (len(members) + 1) * (len(members) + 2) / 2
    comparison = pairs * (_PAIR + _FEATURE * real.shape[1]) * max(n, len(real)) ** 2 / 1e8
    for member in members:
        known = 0
        for step in looking(of_member(member, n, seed), extractor, keep=True):
            if isinstance(step, Seen):
                seen.append(step.features)
                continue
            drawn, known = drawn + step - known, step
            spent = time.perf_counter() - started
            left = spent / drawn * (n * (len(members) - len(seen)) - step) + comparison
            yield Progress(f"drawing from {member.name}", spent / (spent + left), spent, left)
    began = time.perf_counter()
    for step in comparing(seen, real):
        if isinstance(step, float):
            spent, now = time.perf_counter() - began, time.perf_counter() - started
            left = spent / step * (1 - step)
            yield Progress("comparing members", now / (now + left), now, left)
        else:
            grams = step
    # Moved to the real mean first, as the distance itself is taken.
    centre = real.mean(0, dtype=np.float64)
    of_members, of_real = [moments(each - centre) for each in seen], moments(real - centre)
    told = forecast(grams)
    weights = told.weights if by == "kid" else frechet_weights(of_members, of_real)
    kept = tuple(round(float(each), _DIGITS) for each in weights)
    corners = np.eye(len(members))
    yield Learned(
        members=tuple(member.name for member in members),
        by=by,
        weights=kept,
        alone={
            "kid": tuple(told.distances.tolist()),
            "fid": tuple(predicted_frechet(of_members, of_real, each) for each in corners),
        },
        mixed={"kid": grams.distance(kept), "fid": predicted_frechet(of_members, of_real, kept)},
        forecast=told,
        extractor=extractor.name,
        n_fake=n,
        n_real=len(real),
        seed=seed,
    )
