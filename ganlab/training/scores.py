"""The scores of a run, as far as a checkpoint must remember them: the best FID, and how long ago it was."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from ganlab.spec import MemberSpec

if TYPE_CHECKING:
    from ganlab.members.member import NetworkMember
    from ganlab.training.checkpoint import Checkpoint

# Gives a member's measures by name, from the noise of a seed; nothing where it cannot be scored.
Scorer = Callable[["NetworkMember", int], dict[str, float]]
_FACT = "scores"


@dataclass
class Scores:
    """What target and patience ask of all scores so far.

    Attributes:
        fid: The smallest, or None before the first.
        step: When that was.
        since: Scores after it, none of which was smaller; counted anew in each stage.
        last: The latest FID.
    """

    fid: float | None = None
    step: int = 0
    since: int = 0
    last: float | None = None

    @classmethod
    def of(cls, checkpoint: "Checkpoint | None") -> "Scores":
        """Return what a checkpoint remembers; nothing if there is none, or it is of an older kind."""
        return cls(**checkpoint.facts.get(_FACT, {})) if checkpoint else cls()

    def facts(self) -> dict[str, dict]:
        """Return what a checkpoint must remember."""
        return {_FACT: asdict(self)}

    def take(self, step: int, values: dict[str, float]) -> bool:
        """Take a new score; return whether its FID is the smallest so far."""
        fid = values.get("fid")
        if fid is None:
            return False
        self.last = fid
        if self.fid is None or fid < self.fid:
            self.fid, self.step, self.since = fid, step, 0
            return True
        self.since += 1
        return False

    def enough(self, spec: MemberSpec, step: int) -> str | None:
        """Return why a run should end at ``step``, or None where it should go on."""
        if self.fid is None:
            return None
        if spec.target_fid is not None and self.last is not None and self.last < spec.target_fid:
            return f"Stopped at step {step:,}: FID {self.last:.4g} is below the target {spec.target_fid:g}."
        if spec.patience is not None and self.since >= spec.patience:
            scores = f"the last {self.since} scores" if self.since > 1 else "the last score"
            return (
                f"Stopped at step {step:,}: {scores} brought no better FID than {self.fid:.4g} at step {self.step:,}."
            )
        return None
