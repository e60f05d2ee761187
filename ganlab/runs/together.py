"""A worker's work on an ensemble: its members, each recorded in a folder of its own within the run's.

They are trained here one after another, or on a cluster several at once; the worker alone writes, wherever they are.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch

from ganlab import device as devices
from ganlab import ensembles, files
from ganlab.data.dataset import Dataset
from ganlab.ensembles.loop import Begins, Broke, Found, Of
from ganlab.fusion import load
from ganlab.members.card import Card, Weights, now
from ganlab.members.loading import load_network
from ganlab.members.member import NetworkMember
from ganlab.members.origins import of_rows
from ganlab.runs.folder import CHECKPOINT, SPEC, STATE, Run, State
from ganlab.runs.parts import Part, part
from ganlab.runs.record import Record
from ganlab.runs.scoring import Scoring
from ganlab.runs.work import Work, is_best, keep_stopped, read_checkpoint
from ganlab.spec import EnsembleSpec, MemberSpec
from ganlab.training import Checkpoint
from ganlab.training.events import Event, Finished
from ganlab.training.place import Here, Place


def work_together(record: Record, asked: EnsembleSpec, data: Dataset, device: torch.device) -> None:
    """Train an ensemble, from where it is, until the end or a stop.

    Raises:
        GanlabError: The training cannot go on.
    """
    work, there = Work(record, record.state.step), record.run.events()[0]
    with _place(record, work, device) as place:
        if there:
            record.tell("resumed", step=record.state.step)
        _train(work, asked, data, device, place)


def _place(record: Record, work: Work, device: torch.device) -> AbstractContextManager[Place]:
    """Return where members are trained, as the run's state says."""
    if not record.state.on:
        return nullcontext(Here(device, work.controls))
    from ganlab.runs.cluster import Cluster

    record.show(message=f"connecting to {record.state.on}")
    return Cluster(record.state.on, record.state.device, work.controls)


def _train(work: Work, asked: EnsembleSpec, data: Dataset, device: torch.device, place: Place) -> None:
    record = work.record

    def scorer(spec: MemberSpec, seen: Dataset) -> Scoring | None:
        return Scoring(work.telling, spec, seen, device, work.leaving) if spec.score_every else None

    events = ensembles.train(
        asked,
        data,
        InFolders(record.run, device),
        device=device,
        place=place,
        opened=lambda name: load(name, torch.device("cpu") if record.state.on else device),
        scorer=scorer,
        compiled=devices.compiles(),
        say=lambda text: record.beat(message=text),
    )
    work.go(_Members(work, asked).told(events))
    if work.stopping and record.state.state != "finished":
        for each in work.going:
            if (each.run.folder / CHECKPOINT).is_file() and each.state.state != "finished":
                keep_stopped(each)
        record.show(state="stopped", message="")


class InFolders:
    """The members of an ensemble as they lie in its run's folder.

    Args:
        run: Of the ensemble.
        device: Where members are opened.
    """

    def __init__(self, run: Run, device: torch.device) -> None:
        self.run, self.device = run, device

    def finished(self, number: int) -> bool:
        """Whether its training came to its end."""
        return part(self.run, number).written_state().state == "finished"

    def member(self, number: int) -> NetworkMember:
        """Return a finished one."""
        return load_network(part(self.run, number).member(), self.device)

    def checkpoint(self, number: int) -> Checkpoint | None:
        """Return its last checkpoint, if there is one."""
        return read_checkpoint(part(self.run, number).folder / CHECKPOINT)


class PartRecord(Record):
    """The writing side of a member's folder; how far it is also shows in the state of the whole.

    Args:
        of: The member's part.
        told: Which rows it sees, for its card.
        start: The step at which its training begins.
        members: Those it is trained among.
    """

    def __init__(self, of: Part, told: str | None, start: int, members: "_Members") -> None:
        super().__init__(of)
        self.told, self.start, self.members = told, start, members

    def show(self, **changes: Any) -> None:
        """Write the state, and what of it concerns the whole into its state."""
        super().show(**changes)
        self.members.work.record.show(**self._passed_on(changes))

    def beat(self, **changes: Any) -> None:
        """Change both states, writing each if its last sign of life is old."""
        super().beat(**changes)
        self.members.work.record.beat(**self._passed_on(changes))

    def member(self, card: Card, data: bytes, weights: Weights, which: str = "last") -> None:
        """Write the result with what its card says of its rows, and as a relative of none that saw others."""
        if self.told is not None:
            card = card.model_copy(update={"rows": self.told, "lineage": of_rows(card.lineage, self.told)})
        super().member(card, data, weights, which)

    def _passed_on(self, changes: dict[str, Any]) -> dict[str, Any]:
        """Return what changes for the whole: a member that is finished is not its end."""
        passed = {"message": changes.get("message") or self.members.place()}
        if "step" in changes:
            self.members.taken[self.run.number] = changes["step"] - self.start
            passed["step"] = self.members.step
        if changes.get("state") == "running":
            passed["state"] = "running"
        return passed


class _Members:
    """The members of a run under way.

    Args:
        work: On the run.
        asked: Resolved.

    Attributes:
        taken: Steps taken for each member that began or is finished, by number.
    """

    def __init__(self, work: Work, asked: EnsembleSpec) -> None:
        self.work, self.lengths = work, ensembles.lengths(asked)
        self.records: dict[int, PartRecord] = {}
        done = (
            k for k in range(1, len(self.lengths) + 1) if part(work.record.run, k).written_state().state == "finished"
        )
        self.taken = {number: self.lengths[number - 1] for number in done}
        work.going = []

    @property
    def step(self) -> int:
        """Steps taken for all."""
        return sum(self.taken.values())

    def place(self) -> str:
        """Return which members of how many are trained, in words."""
        numbers = [str(number) for number in self.records]
        return f"member{'s' * (len(numbers) > 1)} {', '.join(numbers)} of {len(self.lengths)}"

    def told(self, events: Iterator[Begins | Of | Found | Broke]) -> Iterator[Event]:
        """Record where members begin and break off and what was found, and pass their own events on."""
        whole = self.work.record
        for told in events:
            match told:
                case Begins():
                    self._begin(told)
                case Found():
                    whole.tell("found", member=told.number, step=whole.state.step, **told.facts)
                case Broke():
                    whole.tell("broke", member=told.number, step=whole.state.step, message=told.why)
                    self._end(told.number)
                case Of(number, event):
                    self.work.telling = self.records[number]
                    yield event
                    if isinstance(event, Finished):
                        self.taken[number] = self.lengths[number - 1]  # though it may have ended early
                        self._end(number)
        whole.tell("finished", step=sum(self.lengths))
        whole.show(state="finished", step=sum(self.lengths), message="")

    def _begin(self, told: Begins) -> None:
        whole = self.work.record
        rows = {"rows": told.part.told or "all rows", "weights": told.weights}
        self.taken.setdefault(told.number, 0)
        whole.tell("began", member=told.number, step=self.step, **rows)
        record = _begun(self, told)
        self.records[told.number] = self.work.telling = record
        self.work.going = [*self.records.values()]
        whole.show(step=self.step, message=self.place())

    def _end(self, number: int) -> None:
        del self.records[number]
        self.work.going = [*self.records.values()]


def _begun(members: _Members, told: Begins) -> PartRecord:
    """Return the record of a member that begins, or goes on from its checkpoint."""
    whole = members.work.record
    own, spec = part(whole.run, told.number), told.part.spec
    if not own.folder.is_dir():
        state = State(state="running", step=told.start, steps=spec.steps, device=whole.state.device, created=now())
        with files.building(own.folder) as folder:
            files.write_json(folder / SPEC, spec.model_dump())
            files.write_json(folder / STATE, state.model_dump())
    made = PartRecord(own, told.part.told, told.start, members)
    made.clear()
    if own.events()[0]:
        resume = read_checkpoint(own.folder / CHECKPOINT)
        step = resume.facts["steps"] if resume else told.start
        made.tell("resumed", step=step)
        made.forget_previews_after(step)
        if resume and is_best(resume):
            made.checkpoint(resume.to_bytes(), best=True)
    return made
