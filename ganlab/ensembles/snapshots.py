"""Snapshots: one run, and a member each time it went on for S steps (Wang et al. 2016, arXiv:1612.00991, section 3).

    p(x) = 1/K sum_k p(x; weights after k S steps)

The minimax game keeps moving after its pictures are good, so that members of one run differ ("self-ensembles").  The
cheapest of all; as they share their past, their weights may also be averaged.  Member k is the very member that a
training of k S steps gives.
"""

from collections.abc import Iterator

from ganlab.ensembles.method import Method
from ganlab.spec import EnsembleSpec, MemberSpec


class Snapshots(Method):
    """Each member goes on where the one before ended."""

    @classmethod
    def faults(cls, asked: EnsembleSpec) -> Iterator[str]:
        """Refuse a run of stages: each snapshot would be of another one."""
        if asked.base.stages:
            yield (
                f"method 'snapshots' takes members out of a run whose steps are all alike, and this one goes through "
                f"stages ({', '.join(asked.base.stages)}): use another objective, or grow 0."
            )

    @classmethod
    def specs(cls, asked: EnsembleSpec) -> tuple[MemberSpec, ...]:
        """Return trainings of one seed, each longer than the one before."""
        base = asked.base
        return tuple(base.model_copy(update={"steps": base.steps * k}) for k in range(1, asked.members + 1))

    @classmethod
    def before(cls, number: int) -> int:
        """Return the one before; the first begins."""
        return number - 1
