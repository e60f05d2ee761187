"""Weights of averaged parameters, found by trying: a greedy soup, then small moves from one member to another.

The greedy soup (Wortsman et al. 2022, arXiv:2203.05482, recipe 1) begins with the best member and takes each next best
one in, all alike, if that makes validation better.  From there shares are moved from one member to another, in
smaller and smaller parts, as long as that helps; linear combinations of checkpoints found so (Liu et al. 2024,
arXiv:2404.02241, by an evolutionary search) are better than any one average.  Nothing here has a gradient: each
trial merges, draws from the same noise, and looks.

Weakness: the weights fit the real rows and the noise they were given; report them on others.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np

from ganlab.fusion.options import Value
from ganlab.fusion.yardstick import Yardstick
from ganlab.members.member import Member
from ganlab.metrics.evaluate import Progress
from ganlab.metrics.extractor import Extractor
from ganlab.metrics.reference import Reference

N, TRIALS = 2_000, 60  # pictures a trial, and trials at most
_PARTS = (0.25, 0.1, 0.05)  # of the whole, moved at once
_DIGITS = 4

Shares = tuple[float, ...]


@dataclass(frozen=True)
class Soup:
    """Shares of averaged parameters, and how far from real validation pictures they draw.

    Attributes:
        members: Whose shares.
        by: The distance that was made small: ``kid`` or ``fid``.
        weights: [M], which sum to 1.
        distance: With these weights.
        greedy: That of the greedy soup.
        alone: [M], each member's own.
        trials: How many averages were tried.
        extractor: What looked.
        n_fake: Pictures a trial.
        n_real: Real pictures.
        seed: Of the noise.
    """

    members: tuple[str, ...]
    by: str
    weights: Shares
    distance: float
    greedy: float
    alone: tuple[float, ...]
    trials: int
    extractor: str
    n_fake: int
    n_real: int
    seed: int


def searching(
    members: Sequence[Member],
    extractor: Extractor,
    reference: Reference,
    by: str,
    *,
    n: int = N,
    seed: int = 0,
    options: Mapping[str, Value] | None = None,
) -> Iterator[Progress | Soup]:
    """Find weights for the rule ``parameters``.

    Args:
        members: At least two that the rule takes.
        extractor: What sees their pictures.
        reference: What it sees in real ones.
        by: ``kid`` or ``fid``.
        n: Pictures a trial.
        seed: Of their noise.
        options: Of the rule.

    Yields:
        Progress; at the end the weights, never worse here than the best member and the greedy soup.

    Raises:
        MetricError: Too few real pictures, or drawn ones.
    """
    trials = _Trials(members, Yardstick(extractor, reference, n, seed), by, options)
    corners = np.eye(len(members))
    alone: list[float] = []
    for corner in corners:
        yield trials.progress()
        alone.append(trials.distance(corner))
    order = np.argsort(alone, kind="stable").tolist()
    taken = corners[order[0]]
    for place in order[1:]:
        yield trials.progress()
        if trials.distance(taken + corners[place]) < trials.distance(taken):
            taken = taken + corners[place]
    best = taken / taken.sum()
    greedy = trials.distance(best)
    for part in _PARTS:
        better = True
        while better:
            better = False
            for giver, taker in permutations(range(len(members)), 2):
                tried = best + min(part, best[giver]) * (corners[taker] - corners[giver])
                if trials.left:
                    yield trials.progress()
                    if trials.distance(tried) < trials.distance(best):
                        better, best = True, tried
    yield Soup(
        members=tuple(member.name for member in members),
        by=by,
        weights=_rounded(best),
        distance=trials.distance(best),
        greedy=greedy,
        alone=tuple(alone),
        trials=len(trials.known),
        extractor=extractor.name,
        n_fake=n,
        n_real=len(trials.yardstick.real),
        seed=seed,
    )


class _Trials:
    """Averages that were tried, and how far they draw from real pictures; none is tried twice."""

    def __init__(
        self, members: Sequence[Member], yardstick: Yardstick, by: str, options: Mapping[str, Value] | None
    ) -> None:
        self.members, self.yardstick, self.by, self.options = members, yardstick, by, options
        self.known: dict[Shares, float] = {}

    @property
    def left(self) -> bool:
        return len(self.known) < TRIALS

    def progress(self) -> Progress:
        return Progress("trying averages", min(1.0, len(self.known) / TRIALS), 0.0, None)

    def distance(self, weights: np.ndarray) -> float:
        shares = _rounded(weights)
        if shares not in self.known:
            self.known[shares] = self.yardstick(self.members, shares, self.options)[self.by]
        return self.known[shares]


def _rounded(weights: np.ndarray) -> Shares:
    return tuple(round(float(each), _DIGITS) for each in weights / weights.sum())
