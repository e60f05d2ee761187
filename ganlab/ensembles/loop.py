"""The one loop: members, each an ordinary training of the rows that its method gives it, as soon as it may begin."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import torch

from ganlab.data.dataset import Dataset
from ganlab.ensembles import METHODS
from ganlab.ensembles.method import Kept, Method, Part
from ganlab.errors import RunError
from ganlab.members.member import NetworkMember
from ganlab.spec import EnsembleSpec, MemberSpec
from ganlab.training import Checkpoint, Controls
from ganlab.training import train as train_member
from ganlab.training.events import Event
from ganlab.training.place import LOSSES, Here, Lost, Over, Place
from ganlab.training.scores import Scorer


@dataclass(frozen=True)
class Begins:
    """A member's training begins, or goes on after a resumption.

    Attributes:
        number: Of the member, from 1.
        part: What is trained.
        start: The step at which it begins: not 0 where it goes on from the member before.
        weights: Of the mixture if it ended with this member, by member.
    """

    number: int
    part: Part
    start: int
    weights: dict[int, float]


@dataclass(frozen=True)
class Of:
    """An event of a member's training."""

    number: int
    event: Event


@dataclass(frozen=True)
class Found:
    """What a method tells of a finished member."""

    number: int
    facts: dict[str, Any]


@dataclass(frozen=True)
class Broke:
    """A member's training broke off with its machine, and begins again from its last checkpoint."""

    number: int
    why: str


@dataclass(frozen=True)
class Training:
    """The training of one member as work for a place; what travels to another process is what trains, no more."""

    part: Part
    data: Dataset
    resume: Checkpoint | None
    start: NetworkMember | None
    scorer: Scorer | None
    compiled: bool

    def __call__(self, device: torch.device, controls: Controls) -> Iterator[Event]:
        """Train, as ``training.train`` does."""
        given = {"start": self.start, "scorer": self.scorer, "compiled": self.compiled, "trainer": self.part.trainer}
        yield from train_member(self.part.spec, self.data, self.resume, controls, device, **given)

    def __getstate__(self) -> dict[str, Any]:
        examples, labels = self.data.split("train")
        kept = {"train": torch.arange(len(examples))}
        return vars(self) | {
            "data": replace(self.data, examples=examples, labels=labels, splits=kept, log_density=None)
        }


def train(
    asked: EnsembleSpec,
    data: Dataset,
    kept: Kept,
    controls: Controls | None = None,
    device: torch.device | None = None,
    *,
    place: Place | None = None,
    opened: Callable[[str], NetworkMember] | None = None,
    scorer: Callable[[MemberSpec, Dataset], Scorer | None] | None = None,
    compiled: bool = False,
    say: Callable[[str], None] = lambda text: None,
) -> Iterator[Begins | Of | Found | Broke]:
    """Train an ensemble; to pause is to stop asking for events, to stop is to close the generator.

    Whoever iterates keeps each member at its ``Finished`` event, and each checkpoint at its ``Saved`` event, so that
    ``kept`` has them when the next is asked for.  On a CPU equal specs give equal members to the bit, also when
    it is broken off and begun again with what was kept, and wherever they are trained by as many threads.

    Args:
        asked: Resolved, as ``ensembles.resolved`` gives it.
        data: Its dataset.
        kept: What there is already, and what comes to be.
        controls: Knobs, of the members that are trained just now.
        device: Where members are looked at, and trained unless there is a place; the CPU by default.
        place: Where members are trained: one after another on the device by default.
        opened: Gives a member by name, for specs that start from one.
        scorer: Makes what scores a member, of its spec and data.
        compiled: Run forward passes as compiled code.
        say: Told what takes its time before a member begins.

    Yields:
        Begins, the member's events, and where there is something to tell of it Found, in a place of more room those of
        several members in turns; Broke where a machine was lost.

    Raises:
        GanlabError: The data does not do for the method, or a member's training cannot go on.
    """
    device = device or torch.device("cpu")
    place = place or Here(device, controls)
    method = METHODS[asked.method].load()(asked, data, device, say)
    every = range(1, len(method.specs(asked)) + 1)
    done = {number for number in every if kept.finished(number)}
    for number in sorted(done):
        yield from _found(method, number, kept)
    waiting, going, losses = [number for number in every if number not in done], set(), _Losses()
    while waiting or going:
        able = [number for number in waiting if done.issuperset(method.waits(asked, number))]
        for number in able[: max(0, place.room - len(going))]:
            part = method.part(number, kept)
            before = kept.checkpoint(method.before(number)) if method.before(number) else None
            yield Begins(number, part, before.facts["steps"] if before else 0, method.weights(number))
            seen = with_rows(data, part.rows)
            resume = kept.checkpoint(number) or before
            start = opened(part.spec.start) if opened and part.spec.start and resume is None else None
            score = scorer(part.spec, seen) if scorer else None
            place.begin(number, Training(part, seen, resume, start, score, compiled))
            waiting.remove(number)
            going.add(number)
        number, event = place.next()
        match event:
            case Over():
                going.remove(number)
                done.add(number)
                yield from _found(method, number, kept)
            case Lost():
                losses.count(number, kept, event.why)
                going.remove(number)
                waiting = sorted([*waiting, number])
                yield Broke(number, event.why)
            case _:
                yield Of(number, event)


def _found(method: Method, number: int, kept: Kept) -> Iterator[Found]:
    if facts := method.found(number, kept):
        yield Found(number, facts)


class _Losses:
    """Members that broke off with their machines, so that one which breaks every machine is not tried for ever."""

    def __init__(self) -> None:
        self._of: dict[int, tuple[int, int]] = {}  # by number: steps of the checkpoint, losses since it was written

    def count(self, number: int, kept: Kept, why: str) -> None:
        checkpoint = kept.checkpoint(number)
        steps = checkpoint.facts["steps"] if checkpoint else 0
        before, times = self._of.get(number, (steps, 0))
        times = times + 1 if before == steps else 1
        if times == LOSSES:
            raise RunError(
                f"Member {number} was lost {times} times in a row at step {steps:,}. {why} Resume the run when its "
                "machines are well again, or train smaller members."
            )
        self._of[number] = (steps, times)


def with_rows(data: Dataset, rows: Any) -> Dataset:
    """Return a dataset whose training split has the rows at these places of it, in their order."""
    train_rows = data.splits["train"][torch.as_tensor(rows)]
    return replace(data, splits=data.splits | {"train": train_rows})
