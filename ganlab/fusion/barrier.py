"""The barrier between two members: how much worse than they are what lies between them in the space of parameters.

    L(t) = distance of G((1 - t) theta_1 + t theta_2),    height = max_t L(t) - ((1 - t) L(0) + t L(1))

(Frankle et al. 2020, arXiv:1912.05671, section 2; Entezari et al. 2022, arXiv:2110.06296, equation 1.)  Relatives lie
in one valley: next to no height, and their parameters can be averaged.  Between strangers stands a wall, even if they
draw the same pictures: hidden units in another order are another place.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ganlab.errors import SpecError
from ganlab.fusion.yardstick import Yardstick
from ganlab.members.member import Member
from ganlab.members.origins import are_relatives
from ganlab.metrics.evaluate import Progress
from ganlab.metrics.extractor import Extractor
from ganlab.metrics.reference import Reference

FEWEST, MOST = 3, 33  # points of a line


@dataclass(frozen=True)
class Barrier:
    """Distances to real validation pictures along the line between two members.

    Attributes:
        members: Its ends.
        relatives: Whether they have an ancestor in common.
        positions: [P], from 0 at the first to 1 at the second.
        curves: By distance, ``kid`` and ``fid``, its values [P].
        extractor: What looked.
        n_fake: Pictures drawn at each point, from one noise.
        n_real: Real pictures.
        seed: Of the noise.
    """

    members: tuple[str, str]
    relatives: bool
    positions: tuple[float, ...]
    curves: dict[str, tuple[float, ...]]
    extractor: str
    n_fake: int
    n_real: int
    seed: int

    def straight(self, by: str) -> tuple[float, ...]:
        """Return what would be without a barrier: the straight line between the ends' distances, [P]."""
        first, *_, last = self.curves[by]
        return tuple(first + place * (last - first) for place in self.positions)

    def height(self, by: str) -> float:
        """Return by how much the curve rises above that line at most; 0 where it nowhere does."""
        pairs = zip(self.curves[by], self.straight(by), strict=True)
        return max(0.0, *(value - line for value, line in pairs))


def walking(
    one: Member, other: Member, extractor: Extractor, reference: Reference, *, points: int, n: int, seed: int
) -> Iterator[Progress | Barrier]:
    """Measure along the line, strangers or not.

    Yields:
        Progress; at the end the barrier.

    Raises:
        FusionError: The members' generators are not of one architecture.
        MetricError: Too few real pictures, or drawn ones.
        SpecError: See ``check``.
    """
    check(points)
    yardstick = Yardstick(extractor, reference, n, seed)
    positions = np.linspace(0, 1, points).tolist()
    curves: dict[str, list[float]] = {"kid": [], "fid": []}
    for place in positions:
        yield Progress("along the line", place * (1 - 1 / points), 0.0, None)
        for by, value in yardstick([one, other], (1 - place, place)).items():
            curves[by].append(value)
    yield Barrier(
        members=(one.name, other.name),
        relatives=are_relatives(one.card, other.card),
        positions=tuple(positions),
        curves={by: tuple(values) for by, values in curves.items()},
        extractor=extractor.name,
        n_fake=n,
        n_real=len(yardstick.real),
        seed=seed,
    )


def check(points: int) -> None:
    """Refuse lines of too few or too many points.

    Raises:
        SpecError: With what is allowed.
    """
    if not FEWEST <= points <= MOST:
        raise SpecError(f"points is {points}; allowed: {FEWEST} to {MOST} along the line, both ends among them.")
