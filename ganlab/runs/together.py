"""A worker's work on an ensemble: member after member, each recorded in a folder of its own within the run's."""

from collections.abc import Iterator
from typing import Any

import torch

from ganlab import device as devices
from ganlab import ensembles, files
from ganlab.data.dataset import Dataset
from ganlab.ensembles.loop import Begins, Found, Of
from ganlab.fusion import load
from ganlab.members.card import Card, Weights, now
from ganlab.members.loading import load_network
from ganlab.members.member import NetworkMember
from ganlab.members.origins import of_rows
from ganlab.runs.folder import CHECKPOINT, SPEC, STATE, Run, State
from ganlab.runs.parts import Part, part
from ganlab.runs.record import Record
from ganlab.runs.scoring import Scoring
from ganlab.runs.work import Work, is_best, keep_members, read_checkpoint
from ganlab.spec import EnsembleSpec, MemberSpec
from ganlab.training import Checkpoint, member_at
from ganlab.training.events import Event


def work_together(record: Record, asked: EnsembleSpec, data: Dataset, device: torch.device) -> None:
    """Train an ensemble, from where it is, until the end or a stop.

    Raises:
        GanlabError: The training cannot go on.
    """
    run, kept = record.run, InFolders(record.run, device)
    work = Work(record, record.state.step)
    if run.events()[0]:
        record.tell("resumed", step=record.state.step)

    def scorer(spec: MemberSpec, seen: Dataset) -> Scoring | None:
        return Scoring(work.telling, spec, seen, device, work.leaving) if spec.score_every else None

    events = ensembles.train(
        asked,
        data,
        kept,
        work.controls,
        device,
        opened=lambda name: load(name, device),
        scorer=scorer,
        compiled=devices.compiles(),
        say=lambda text: record.beat(message=text),
    )
    work.go(_of_members(work, asked, events))
    if work.stopping and record.state.state != "finished":
        last = work.telling
        if (checkpoint := read_checkpoint(last.run.folder / CHECKPOINT)) and last.state.state != "finished":
            keep_members(last, member_at(last.run.spec(), checkpoint, device))
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
        whole: The record of the ensemble's run.
        told: Which rows it sees, for its card.
        place: Which member of how many it is, in words.
        before: What its step must be added to for the step of the whole.
    """

    def __init__(self, of: Part, whole: Record, told: str | None, place: str, before: int) -> None:
        super().__init__(of)
        self.whole, self.told, self.place, self.before = whole, told, place, before

    def show(self, **changes: Any) -> None:
        """Write the state, and what of it concerns the whole into its state."""
        super().show(**changes)
        self.whole.show(**self._passed_on(changes))

    def beat(self, **changes: Any) -> None:
        """Change both states, writing each if its last sign of life is old."""
        super().beat(**changes)
        self.whole.beat(**self._passed_on(changes))

    def member(self, card: Card, data: bytes, weights: Weights, which: str = "last") -> None:
        """Write the result with what its card says of its rows, and as a relative of none that saw others."""
        if self.told is not None:
            card = card.model_copy(update={"rows": self.told, "lineage": of_rows(card.lineage, self.told)})
        super().member(card, data, weights, which)

    def _passed_on(self, changes: dict[str, Any]) -> dict[str, Any]:
        """Return what changes for the whole: a member that is finished is not its end."""
        passed = {"message": changes.get("message") or self.place}
        if "step" in changes:
            passed["step"] = changes["step"] + self.before
        if changes.get("state") == "running":
            passed["state"] = "running"
        return passed


def _of_members(work: Work, asked: EnsembleSpec, events: Iterator[Begins | Of | Found]) -> Iterator[Event]:
    """Record where members begin and what was found, and pass their own events on."""
    record, lengths = work.record, ensembles.lengths(asked)
    for told in events:
        match told:
            case Begins():
                before = sum(lengths[: told.number - 1])
                rows = {"rows": told.part.told or "all rows", "weights": told.weights}
                record.tell("began", member=told.number, step=before, **rows)
                place = f"member {told.number} of {len(lengths)}"
                record.show(step=before, message=place)
                work.telling = _begun(record, told, place, before)
            case Found():
                record.tell("found", member=told.number, step=record.state.step, **told.facts)
            case Of():
                yield told.event
    record.tell("finished", step=sum(lengths))
    record.show(state="finished", step=sum(lengths), message="")


def _begun(record: Record, told: Begins, place: str, before: int) -> PartRecord:
    """Return the record of a member that begins, or goes on from its checkpoint."""
    own, spec = part(record.run, told.number), told.part.spec
    if not own.folder.is_dir():
        state = State(state="running", step=told.start, steps=spec.steps, created=now())
        with files.building(own.folder) as folder:
            files.write_json(folder / SPEC, spec.model_dump())
            files.write_json(folder / STATE, state.model_dump())
    made = PartRecord(own, record, told.part.told, place, before - told.start)
    made.clear()
    if own.events()[0]:
        resume = read_checkpoint(own.folder / CHECKPOINT)
        step = resume.facts["steps"] if resume else told.start
        made.tell("resumed", step=step)
        made.forget_previews_after(step)
        if resume and is_best(resume):
            made.checkpoint(resume.to_bytes(), best=True)
    return made
