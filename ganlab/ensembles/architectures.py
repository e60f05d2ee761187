"""Architectures: members with different networks, objectives or options, as a list of variants says.

    p(x) = 1/K sum_k p_k(x)

An ensemble is worth as much as its members' errors differ (Krogh & Vedelsby 1995): members of different families fail
differently, where those of one recipe fail alike.  Equal weights are seldom right for them: fit them on validation
data afterwards (``fuse --weights learned``).
"""

from collections.abc import Iterator

from ganlab.ensembles.method import Method, reseeded
from ganlab.ensembles.variants import fault, varied
from ganlab.spec import EnsembleSpec, MemberSpec


class Architectures(Method):
    """A variant for each member."""

    @classmethod
    def faults(cls, asked: EnsembleSpec) -> Iterator[str]:
        """Refuse fewer than two variants."""
        if told := fault(asked, "An ensemble of architectures"):
            yield told

    @classmethod
    def specs(cls, asked: EnsembleSpec) -> tuple[MemberSpec, ...]:
        """Return the variants, each from a seed of its own."""
        return tuple(reseeded(spec, k) for k, spec in enumerate(varied(asked)))
