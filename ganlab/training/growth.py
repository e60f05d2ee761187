"""How far networks that grow have grown at each step of a run; no torch here."""

from dataclasses import dataclass
from math import ceil, floor

from ganlab.networks.sides import sides
from ganlab.spec import MemberSpec

_PARTS = 256  # of a level, so that 16 bits hold it


@dataclass(frozen=True)
class Growth:
    """The schedule of a run: phases of equal length, one a level, and the last one lasts until the end.

    In the first half of its phase a level fades in, in the second half it stands; the coarsest one has nothing to
    fade from.  The networks are whole once the last one has faded in, after ``share`` of the run.

    Attributes:
        steps: Of the run.
        share: Of the run over which the networks grow, above 0 and below 1.
        top: The level of whole networks.
    """

    steps: int
    share: float
    top: int

    @staticmethod
    def of(spec: MemberSpec) -> "Growth | None":
        """Return a resolved spec's schedule, or None where nothing grows."""
        return Growth(spec.steps, spec.grow, len(sides(spec.shape[-1])) - 1) if spec.grow else None

    def level(self, step: int) -> float:
        """Return the level at which a step is taken, counted from 0."""
        done = (step + 1) / self.steps / self.share
        if done >= 1:
            return float(self.top)
        place = done * (self.top + 0.5)  # in phases
        faded = min(1.0, 2 * (place - floor(place)))
        return max(0.0, ceil((floor(place) - 1 + faded) * _PARTS) / _PARTS)

    def stage(self, step: int) -> int:
        """Return the number of the phase in which a step is taken: the finest level at work."""
        return ceil(self.level(step))
