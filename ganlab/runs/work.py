"""A worker's work: iterate a training, record its events, and do what is wished between them."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch

from ganlab import device as devices
from ganlab.data import FOLDER, facts_of, load_dataset
from ganlab.data.dataset import Dataset
from ganlab.fusion import load
from ganlab.members.member import Member, NetworkMember
from ganlab.members.networks import to_bytes
from ganlab.members.origins import check_teacher
from ganlab.runs import wish
from ganlab.runs.folder import BEST, CHECKPOINT
from ganlab.runs.queue import remember_devices
from ganlab.runs.record import Record
from ganlab.runs.scoring import Scoring
from ganlab.runs.team import team_of
from ganlab.runs.wish import Wish
from ganlab.spec import EnsembleSpec, MemberSpec
from ganlab.training import Checkpoint, Controls, member_at, taught, train
from ganlab.training.events import Enough, Event, Finished, Preview, Saved, Scored, Stage, Started, Step, Unscored
from ganlab.training.scores import Scores

_POLL = 0.1  # seconds between looks at the wishes


def work(record: Record) -> None:
    """Train what a run's spec asks for, from its checkpoint if it has one, until the end or a stop.

    Raises:
        GanlabError: The training cannot go on.
    """
    torch.set_num_threads(int(os.environ.get("GANLAB_THREADS") or devices.cores()))
    devices.use_fast_products()
    asked = record.run.spec()
    spec = asked.base if isinstance(asked, EnsembleSpec) else asked.resolved()
    elsewhere = bool(record.state.on)  # what the device's name means is for those machines to say
    device = devices.choose(None if elsewhere else record.state.device)
    remember_devices(devices.available())
    embedded = not spec.dataset.startswith(FOLDER) and facts_of(spec.dataset)["embedded"]
    record.show(message="starting" if embedded else f"fetching or reading {spec.dataset}")
    if not elsewhere:
        record.show(device=str(device))
    options = {"image_size": spec.image_size, "channels": spec.channels} if spec.dataset.startswith(FOLDER) else {}
    data = load_dataset(spec.dataset, **options)
    if spec.teacher:
        data = _taught(record, data, load(spec.teacher, device), spec)
    if isinstance(asked, EnsembleSpec):
        from ganlab.runs.together import work_together

        work_together(record, asked, data, device)
    else:
        _work_alone(record, spec, data, device)


def _work_alone(record: Record, spec: MemberSpec, data: Dataset, device: torch.device) -> None:
    folder = record.run.folder
    resume = read_checkpoint(folder / CHECKPOINT)
    if record.run.events()[0]:
        step = resume.facts["steps"] if resume else 0
        record.tell("resumed", step=step)
        record.forget_previews_after(step)
    if resume and is_best(resume):
        record.checkpoint(resume.to_bytes(), best=True)  # a kill may have come between the last one and the best
    work = Work(record, resume.facts["steps"] if resume else 0)
    start = load(spec.start, device) if spec.start and resume is None else None
    scorer = Scoring(record, spec, data, device, work.leaving) if spec.score_every else None
    alone = record.state.processes == 1
    given = {"start": start, "scorer": scorer, "compiled": devices.compiles() and alone}
    with team_of(record, spec, device) as team:
        work.go(train(spec, data, resume, work.controls, device, **given, team=team))
    if work.stopping and record.state.state != "finished":
        keep_stopped(record)
        record.show(state="stopped", message="")


class Work:
    """What is going on: a training with its knobs, and the wishes done so far.

    Whoever halts or turns a knob saves first, so that nothing which was done by hand gets lost.

    Args:
        record: Of the run: where wishes come from, and how it stands.
        step: From which it goes on.

    Attributes:
        telling: Where events go: the same record, or that of the member of an ensemble that they are of.
        going: The records of all that is trained just now: several members of an ensemble on several machines.
    """

    def __init__(self, record: Record, step: int) -> None:
        self.record = self.telling = record
        self.going = [record]
        self.controls = Controls(players=record.state.players)
        self.paused = self.stopping = self.ended = False
        self.by_hand = 0  # steps still to take while paused
        self.why = ""  # it ended before its last step
        self.record.state = record.state.model_copy(update={"step": step})

    def go(self, events: Iterator[Event]) -> None:
        """Iterate a training until it is over, or saved after a stop or the signal to end."""
        signal.signal(signal.SIGTERM, self._end)
        over = threading.Event()
        watcher = threading.Thread(target=self._watch, args=(over,), daemon=True)
        watcher.start()
        try:
            self._follow(events)
        finally:
            over.set()
            watcher.join()  # it writes, so it must be gone before the lock is

    def _follow(self, events: Iterator[Event]) -> None:
        for event in events:
            self._record(event)
            self._obey()
            self._hold()
            if isinstance(event, Saved) and not self.controls.save and (self.stopping or self.ended):
                return
            self.controls.pace = 1 if self.by_hand else None

    def leaving(self) -> bool:
        """Return whether somebody waits for the run to end, also where that was not obeyed yet."""
        due = wish.newer(self.record.run.folder, self.record.state.obeyed)
        return self.ended or self.stopping or any(each.wish == "stop" for each in due)

    def _end(self, *_: object) -> None:
        self.ended = self.controls.save = True

    def _watch(self, over: threading.Event) -> None:
        """Ask for an event after the current step when something is wished, and tell of steps between events.

        Intervals may be long. A sign of life is a step taken: a training that hangs shows none, though this goes on.
        """
        seen = self.controls.taken
        while not over.wait(_POLL):
            if wish.newer(self.record.run.folder, self.record.state.obeyed):
                self.controls.pace = 1
            if self.controls.taken != seen:
                seen = self.controls.taken
                with suppress(OSError):  # a full disk is told by whoever trains
                    self.telling.beat()

    def _hold(self) -> None:
        """Stay here while paused, with signs of life, until a wish lets the training go on."""
        while self.paused and not (self.by_hand or self.controls.save or self.stopping or self.ended):
            if self.record.state.state != "paused":
                self.record.show(state="paused", message="It keeps its device: queued runs wait.")
            time.sleep(_POLL)
            self.record.beat()
            self._obey()
        if not self.paused and self.record.state.state == "paused":
            self.record.show(state="running", message="")

    def _obey(self) -> None:
        """Do the wishes that are due, in order; only one to halt or go on cuts steps by hand short."""
        due = wish.newer(self.record.run.folder, self.record.state.obeyed)
        while due and not (self.by_hand and all(each.wish in ("step", "rates", "play") for each in due)):
            each = due.pop(0)
            self._do(each)
            self.record.show(obeyed=each.id)

    def _do(self, wanted: Wish) -> None:
        if wanted.wish in ("pause", "resume", "stop"):
            self.by_hand, self.controls.players = 0, self.record.state.players
            self.paused = wanted.wish == "pause"
            self.stopping = self.stopping or wanted.wish == "stop"
        elif wanted.wish == "rates":
            names = ("learning_rate_generator", "learning_rate_critic")
            rates = dict(zip(names, (wanted.generator, wanted.critic), strict=True))
            rates = {name: rate for name, rate in rates.items() if rate is not None}
            vars(self.controls).update(rates)
            self._changed(**rates)
        elif wanted.wish == "play":
            self.controls.players = wanted.players
            self.record.show(players=wanted.players)
            self._changed(players=wanted.players)
        elif self.paused:
            self.by_hand, self.controls.players = wanted.steps, wanted.players
            self._changed(by_hand=wanted.players, steps=wanted.steps)
        self.controls.save = self.controls.save or wanted.wish not in ("resume", "step")

    def _changed(self, **what: Any) -> None:
        for record in self.going:
            record.tell("changed", step=record.state.step, **what)

    def _record(self, event: Event) -> None:
        record = self.telling
        match event:
            case Started():
                self.why = ""
                record.show(state="running", message="", step=event.step, device=event.device)
                record.tell("started", **vars(event))
            case Stage():
                if event.ended:  # before it is told, so that a kill between the two loses nothing
                    _keep_member(record, _member_at(record, CHECKPOINT), event.ended)
                record.tell("stage", **vars(event))
            case Step():
                record.tell("step", step=event.step, seconds=event.seconds, **event.values)
                record.beat(step=event.step)
                if self.by_hand:
                    self.by_hand -= 1
                    if not self.by_hand:
                        self.controls.players = self.record.state.players
            case Scored():
                record.tell("scored", step=event.step, best=event.best, **event.values)
            case Preview():
                record.preview(event)
                record.tell("preview", step=event.step)
            case Saved():
                record.checkpoint(event.checkpoint.to_bytes(), event.best)
                record.tell("saved", step=event.step)
                record.show(step=event.step)
            case Enough() | Unscored():
                self.why = event.why if isinstance(event, Enough) else self.why
                record.tell(type(event).__name__.lower(), step=event.step, message=event.why)
            case Finished():
                keep_members(record, event.member)
                record.tell("finished", step=event.step)
                record.show(state="finished", step=event.step, message=self.why)


def _taught(record: Record, data: Dataset, teacher: Member, spec: MemberSpec) -> Dataset:
    """Return the dataset with the teacher's pictures in the place of those that train; a resumption draws them again.

    Raises:
        MemberError: The teacher draws something else than what shall be learned.
    """
    check_teacher(spec, teacher.card)
    for step in taught(data, teacher, spec.seed):
        if isinstance(step, Dataset):
            data = step
        else:
            record.beat(message=f"{teacher.name} draws what is learned: {step / len(data.splits['train']):.0%}")
    return data


def read_checkpoint(path: Path) -> Checkpoint | None:
    """Return a stored checkpoint, or None where there is none."""
    return Checkpoint.from_bytes(path.read_bytes()) if path.is_file() else None


def is_best(checkpoint: Checkpoint) -> bool:
    """Return whether a checkpoint holds the networks of the best score so far."""
    scores = Scores.of(checkpoint)
    return scores.fid is not None and scores.step == checkpoint.facts["steps"]


def keep_stopped(record: Record) -> None:
    """Write what a training that ends early came to by its last checkpoint."""
    keep_members(record, _member_at(record, CHECKPOINT))


def keep_members(record: Record, last: NetworkMember) -> None:
    """Write the run's result, and beside it the member of its best score."""
    _keep_member(record, last)
    if (record.run.folder / BEST).is_file():
        _keep_member(record, _member_at(record, BEST), "best")


def _member_at(record: Record, path: Path) -> NetworkMember:
    """Return the member of a checkpoint; its card says where it was trained, though it is opened here."""
    member = member_at(record.run.spec(), read_checkpoint(record.run.folder / path))
    member.card = member.card.model_copy(update={"device": record.state.device})
    return member


def _keep_member(record: Record, member: NetworkMember, which: str = "last") -> None:
    data, weights = to_bytes(member.networks)
    record.member(member.card, data, weights, which)
