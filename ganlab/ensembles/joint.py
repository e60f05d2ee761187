"""Joint: K generators against M critics in one training; member k is generator k, its weight the share it came to.

    p(x) = sum_k s_k p_k(x)

What they play is told in ``training/joint.py``.  The first member's training is that of all; the others begin where
it ended, and are finished at once.  Each critic judges all generators and goes with every M-th member.  Generators
that are told apart by a critic divide the data among them (MAD-GAN, MGAN); several critics keep each other from going
astray (GMAN).
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from ganlab.ensembles.method import Kept, Method, Part
from ganlab.spec import EnsembleSpec, MemberSpec

_OPTIONS = ("conditional", "grow", "feature_matching", "minibatch_discrimination", "start")


class Joint(Method):
    """One training for all."""

    @classmethod
    def faults(cls, asked: EnsembleSpec) -> Iterator[str]:
        """Refuse what only a pair of networks can do."""
        base = asked.base
        if base.kind != "gan":
            yield f"method 'joint' lets generators play against critics: objective {base.objective!r} is no such game."
        for option in _OPTIONS:
            if value := getattr(base, option):
                yield f"{option} is {value!r}, which method 'joint' has no use for: leave it out, or take another one."

    @classmethod
    def specs(cls, asked: EnsembleSpec) -> tuple[MemberSpec, ...]:
        """Return the base for all."""
        return (asked.base,) * asked.members

    @classmethod
    def before(cls, number: int) -> int:
        """Return the first, which trained all others."""
        return int(number > 1)

    def part(self, number: int, kept: Kept) -> Part:
        """Return the training of all, or for others than the first what is left of it: nothing."""
        from ganlab.training import joint

        if number > 1:
            weighing = joint.Weighing(self.asked.members, self.asked.softness)
            tensors = kept.checkpoint(1).tensors
            weighing.load_state_dict({name: tensors[f"{joint.WEIGHING}.{name}"] for name in weighing.state_dict()})
            self.shares = weighing.shares.tolist()
        counts = {"generators": self.asked.members, "critics": self.asked.critics}
        tuned = {"diversity": self.asked.diversity, "softness": self.asked.softness}
        told = f"all rows, as generator {number} of {self.asked.members} trained together"
        return replace(
            super().part(number, kept), told=told, trainer=partial(joint.Joint, **counts, **tuned, number=number)
        )

    def weights(self, number: int) -> dict[int, float]:
        """Return the generators' shares; before they are known, equal ones."""
        found = getattr(self, "shares", [1.0] * number)[:number]
        return {k: share / sum(found) for k, share in enumerate(found, 1)}
