"""The one loop: member after member, each an ordinary training of the rows that its method gives it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import torch

from ganlab.data.dataset import Dataset
from ganlab.ensembles import METHODS
from ganlab.ensembles.method import Kept, Part
from ganlab.members.member import NetworkMember
from ganlab.spec import EnsembleSpec, MemberSpec
from ganlab.training import Controls
from ganlab.training import train as train_member
from ganlab.training.events import Event
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


def train(
    asked: EnsembleSpec,
    data: Dataset,
    kept: Kept,
    controls: Controls | None = None,
    device: torch.device | None = None,
    *,
    opened: Callable[[str], NetworkMember] | None = None,
    scorer: Callable[[MemberSpec, Dataset], Scorer | None] | None = None,
    compiled: bool = False,
    say: Callable[[str], None] = lambda text: None,
) -> Iterator[Begins | Of | Found]:
    """Train an ensemble; to pause is to stop asking for events, to stop is to close the generator.

    Whoever iterates keeps each member at its ``Finished`` event, and each checkpoint at its ``Saved`` event, so that
    ``kept`` has them when the next is asked for.  On a CPU equal specs give equal members to the bit, also when
    it is broken off and begun again with what was kept.

    Args:
        asked: Resolved, as ``ensembles.resolved`` gives it.
        data: Its dataset.
        kept: What there is already, and what comes to be.
        controls: Knobs, of the member that is trained just now.
        device: Where; the CPU by default.
        opened: Gives a member by name, for specs that start from one.
        scorer: Makes what scores a member, of its spec and data.
        compiled: Run forward passes as compiled code.
        say: Told what takes its time before a member begins.

    Yields:
        Begins, the member's events, and where there is something to tell of it Found, member after member.

    Raises:
        GanlabError: The data does not do for the method, or a member's training cannot go on.
    """
    device = device or torch.device("cpu")
    method = METHODS[asked.method].load()(asked, data, device, say)
    for number in range(1, len(method.specs(asked)) + 1):
        if not kept.finished(number):
            part = method.part(number, kept)
            before = kept.checkpoint(method.before(number)) if method.before(number) else None
            yield Begins(number, part, before.facts["steps"] if before else 0, method.weights(number))
            seen = with_rows(data, part.rows)
            score = scorer(part.spec, seen) if scorer else None
            resume = kept.checkpoint(number) or before
            start = opened(part.spec.start) if opened and part.spec.start and resume is None else None
            given = {"start": start, "scorer": score, "compiled": compiled, "trainer": part.trainer}
            for event in train_member(part.spec, seen, resume, controls, device, **given):
                yield Of(number, event)
        if facts := method.found(number, kept):
            yield Found(number, facts)


def with_rows(data: Dataset, rows: Any) -> Dataset:
    """Return a dataset whose training split has the rows at these places of it, in their order."""
    train_rows = data.splits["train"][torch.as_tensor(rows)]
    return replace(data, splits=data.splits | {"train": train_rows})
