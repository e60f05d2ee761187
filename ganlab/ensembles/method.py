"""What every method is: a plan that says, member after member, what is trained and which rows it may see."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from ganlab.spec import EnsembleSpec, MemberSpec

if TYPE_CHECKING:
    import torch

    from ganlab.data.dataset import Dataset
    from ganlab.members.member import NetworkMember
    from ganlab.training.checkpoint import Checkpoint
    from ganlab.training.trainer import Trainer


@dataclass(frozen=True)
class Part:
    """The training of one member.

    Attributes:
        spec: What is trained, resolved.
        rows: Places within the training split, int64 [n]; one may come several times.
        told: Which rows these are, in a few words for the card; None for all of them.
        trainer: Makes what trains, if not the one of the spec's kind.
    """

    spec: MemberSpec
    rows: np.ndarray
    told: str | None = None
    trainer: "Callable[..., Trainer] | None" = None


class Kept(Protocol):
    """What there is of members by number, from 1, opened from where it was kept.

    A plan sees members through this alone, never as they left their training, so that one which is resumed sees
    the very same.
    """

    def finished(self, number: int) -> bool:
        """Whether its training came to its end."""

    def member(self, number: int) -> "NetworkMember":
        """Return a finished one."""

    def checkpoint(self, number: int) -> "Checkpoint | None":
        """Return its last checkpoint, if there is one."""


class Method:
    """A plan; subclasses say which rows, or which specs, and what comes of them.

    Args:
        asked: Resolved.
        data: Its dataset.
        device: Where members draw and are looked at.
        say: Told what takes its time.
    """

    def __init__(
        self, asked: EnsembleSpec, data: "Dataset", device: "torch.device", say: Callable[[str], None]
    ) -> None:
        self.asked, self.data, self.device, self.say = asked, data, device, say
        self.count = len(data.splits["train"])

    @classmethod
    def faults(cls, asked: EnsembleSpec) -> Iterator[str]:
        """Yield what does not go together, as sentences."""
        yield from ()

    @classmethod
    def specs(cls, asked: EnsembleSpec) -> tuple[MemberSpec, ...]:
        """Return what is trained, in order; by default the base from one seed after the other."""
        return tuple(reseeded(asked.base, k) for k in range(asked.members))

    @classmethod
    def results(cls, asked: EnsembleSpec) -> list[int]:
        """Return the numbers of those trainings that become members, by default of all."""
        return list(range(1, len(cls.specs(asked)) + 1))

    @classmethod
    def before(cls, number: int) -> int:
        """Return the number of the member whose training goes on as that of member ``number``; 0 where it begins."""
        return 0

    @classmethod
    def waits(cls, asked: EnsembleSpec, number: int) -> Sequence[int]:
        """Return the members that must be finished before ``number`` is planned: that which it goes on from, if any."""
        before = cls.before(number)
        return (before,) if before else ()

    def part(self, number: int, kept: Kept) -> Part:
        """Return the training of member ``number``, from 1, by default of all rows; those it waits for are finished."""
        return Part(self.specs(self.asked)[number - 1], np.arange(self.count))

    def weights(self, number: int) -> dict[int, float]:
        """Return the weights of the mixture that ends with member ``number``, which was planned, by member."""
        return dict.fromkeys(range(1, number + 1), 1 / number)

    def found(self, number: int, kept: Kept) -> dict[str, Any] | None:
        """Return what is to be told of member ``number`` when it is finished, if anything."""
        return None


def reseeded(spec: MemberSpec, k: int) -> MemberSpec:
    """Return a spec with the seed that comes ``k`` after its own."""
    return spec.model_copy(update={"seed": (spec.seed + k) % 2**63})
