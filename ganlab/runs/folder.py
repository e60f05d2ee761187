"""A run as doors see it: what its folder says, and the wishes that can be left in it. No torch here."""

import errno
import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from ganlab import files, memory
from ganlab.errors import FULL, GanlabError, MemberError, RunError, SpecError, unknown
from ganlab.lock import alone, hold, is_held
from ganlab.members import store
from ganlab.runs import life, smaller, wish
from ganlab.runs.wish import Players
from ganlab.spec import Asked, EnsembleSpec, MemberSpec, check_name, read_asked

SPEC, STATE, EVENTS, LOG, LOCK = "spec.json", "state.json", "events.jsonl", "log.txt", "lock"
CHECKPOINT, BEST = Path("checkpoint", "last.safetensors"), Path("checkpoint", "best.safetensors")
LIVE = ("running", "paused")
LAST_MEMBER, BEST_MEMBER = "last", "best"  # what a run's members are called, beside the stages at whose end they were
_LETTING_GO = 5.0  # seconds


class State(Asked):
    """How a run stands.

    Attributes:
        seen: Last sign of life of a worker, in seconds since 1970: for people, whose clock may be set.
        ticks: The same, in seconds since its machine started.
        machine: Where it works, since that was started last.
        memory: The kernel's file that counts what it kills for lack of memory, and its count as the worker began.
        obeyed: Number of the last wish done.
        players: Who learns while it runs.
        device: As asked for until a worker has chosen, then the device itself.
        processes: How many train together, a GPU each (``team.py``).
        on: Whose machines train: "" is this one, ``ray`` or a cluster's address otherwise (``cluster.py``).
    """

    state: Literal["queued", "running", "paused", "interrupted", "finished", "failed", "stopped"]
    step: int = Field(0, ge=0)
    steps: int = Field(ge=0)
    device: str = "auto"
    processes: int = Field(1, ge=1)
    on: str = ""
    pid: int | None = None
    message: str = ""
    seen: float = 0.0
    ticks: float = 0.0
    machine: str = ""
    memory: tuple[str, int] | None = Field(None, strict=False)
    obeyed: int = Field(0, ge=0)
    players: Players = "both"
    created: str = ""


@contextmanager
def telling_full_disks() -> Iterator[None]:
    """Turn "no space left" into its sentence.

    Raises:
        RunError: The disk is full.
    """
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise RunError(FULL) from error
        raise


@dataclass(frozen=True)
class Run:
    """One training, of a member or an ensemble, in a folder of its own; reads also while the worker is being killed."""

    folder: Path

    @property
    def name(self) -> str:
        """The folder's name, such as ``0007-dcgan-mnist``."""
        return self.folder.name

    @property
    def number(self) -> int:
        """The place in the order of creation, from 1."""
        return int(self.name.split("-")[0])

    @property
    def short(self) -> str:
        """What curves call it."""
        return f"{self.number:04d}"

    def spec(self) -> MemberSpec | EnsembleSpec:
        """Return what was asked for, complete: a member, or an ensemble (``parts.py`` has its members).

        Raises:
            GanlabError: The run is gone, or its spec was edited into something else.
        """
        try:
            return read_asked((self.folder / SPEC).read_bytes())
        except OSError as error:
            raise RunError(f"Run {self.name!r} has no {SPEC} that can be read ({error.strerror}).") from None

    def state(self) -> State:
        """Return how it stands now; ``interrupted`` means that the worker died before the end."""
        said = self.written_state()
        if said.state in LIVE and not self.is_alive():
            # The worker's last words come before its lock goes: read again what it left.
            left = self.written_state()
            if (left.state, left.pid) == (said.state, said.pid):
                return left.model_copy(update={"state": "interrupted", "message": self._why_gone(left)})
            return left
        return said

    def _why_gone(self, left: State) -> str:
        """Return what is known of the end of a worker that said nothing."""
        if left.memory is not None and left.machine == life.here():
            place, before = left.memory
            if (memory.kills(Path(place)) or 0) > before:
                with suppress(GanlabError):
                    return smaller.told(self.spec(), killed=True)
        return "The worker is gone. Resuming goes on from the last checkpoint."

    def note_end(self) -> None:
        """Write down that its worker was killed for lack of memory: later, the kernel's count tells of others too."""
        said, seen = self.written_state(), self.state()
        if said.state in LIVE and seen.state == "interrupted" and "memory" in seen.message.lower():
            self.write_state(seen.model_copy(update={"pid": None}))

    def silence(self) -> float:
        """Return for how many seconds its worker has shown no sign of life; 0 where it has none."""
        return life.silence(self.folder, self.state())

    def end(self, patience: float = life.PATIENCE) -> None:
        """End its worker, also one that hangs; afterwards it is interrupted, and can be resumed.

        Args:
            patience: Seconds it has to save and leave before it is killed.

        Raises:
            RunError: It has none, or none that can be ended from here.
        """
        life.end(self, patience)

    def written_state(self) -> State:
        """Return what ``state.json`` says, without asking whether the worker lives."""
        try:
            return State.read((self.folder / STATE).read_bytes())
        except (OSError, SpecError):
            return State(state="failed", steps=0, message=f"Its {STATE} cannot be read.")

    def write_state(self, state: State) -> None:
        """Replace ``state.json``; for the worker, and for doors while there is none."""
        files.write_json(self.folder / STATE, state.model_dump())

    def is_alive(self) -> bool:
        """Return whether a worker has this run in hand."""
        return is_held(self.folder / LOCK)

    def events(self, offset: int = 0) -> tuple[list[dict[str, Any]], int]:
        """Return the events from a byte offset on, and the offset to go on from.

        A last line that is still being written waits for the next call; one broken by a kill is left out.
        """
        try:
            with (self.folder / EVENTS).open("rb") as file:
                file.seek(offset)
                data = file.read()
        except FileNotFoundError:
            return [], offset
        whole = data[: data.rfind(b"\n") + 1]
        found = []
        for line in whole.splitlines():
            try:
                event = json.loads(line)
            except ValueError:
                continue
            if isinstance(event, dict) and "event" in event:
                found.append(event)
        return found, offset + len(whole)

    def history(self) -> list[dict[str, Any]]:
        """Return all events that still count: what a resumption went back behind is left out."""
        kept: list[dict[str, Any]] = []
        for event in self.events()[0]:
            if event["event"] == "resumed":
                kept = [row for row in kept if not _undone(row, event["step"])]
            kept.append(event)
        return kept

    def previews(self) -> list[int]:
        """Return the steps that have a preview, in order."""
        return sorted({int(path.stem) for path in (self.folder / "previews").glob("[0-9]*.*")})

    def preview(self, step: int) -> Path:
        """Return the file of a preview: ``.png`` for pictures, ``.json`` for points.

        Raises:
            RunError: There is none of that step.
        """
        for suffix in (".png", ".json"):
            path = self.folder / "previews" / f"{step:08d}{suffix}"
            if path.is_file():
                return path
        raise RunError(f"Run {self.name!r} has no preview of step {step:,}.")

    def log_tail(self, lines: int = 40) -> str:
        """Return the last lines of what the worker printed."""
        try:
            text = (self.folder / LOG).read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return ""
        return "\n".join(text.splitlines()[-lines:])

    def pause(self) -> None:
        """Halt after the current step, keeping the process and its place on the device.

        Raises:
            RunError: It is neither running nor paused.
        """
        self._wish("pause")

    def resume(self) -> None:
        """Go on: a paused run at once, one that ended early from its last checkpoint and through the queue.

        Raises:
            RunError: It is finished.
        """
        state = self.state()
        if state.state in LIVE:
            self._wish("resume")
        elif state.state == "finished":
            raise RunError(f"Run {self.name!r} is finished: there is nothing to resume.")
        else:
            from ganlab.runs.queue import dispatch

            self._settle("queued")
            dispatch()

    def stop(self) -> None:
        """End it early: the checkpoint is kept, and what was learned so far becomes its member.

        Raises:
            RunError: It is finished or failed.
        """
        state = self.state().state
        if state in LIVE:
            self._wish("stop")
        elif state in ("finished", "failed"):
            raise RunError(f"Run {self.name!r} is {state}: there is nothing to stop.")
        else:
            self._settle("stopped")

    def set_rates(self, generator: float | None = None, critic: float | None = None) -> None:
        """Change learning rates from the next step on; None leaves one as it is.

        Raises:
            GanlabError: A rate is not allowed, or no worker has the run in hand.
        """
        if generator is None and critic is None:
            raise SpecError("Give a learning rate for the generator, the critic or both.")
        self._wish("rates", generator=generator, critic=critic)

    def step(self, players: Players, steps: int = 1) -> None:
        """Step by hand: let ``players`` take ``steps`` steps while the run stays paused.

        Raises:
            RunError: It is not paused.
        """
        if (state := self.state().state) != "paused":
            raise RunError(f"Run {self.name!r} is {state}: pause it first, then step by hand.")
        self._wish("step", players=players, steps=steps)

    def let_play(self, players: Players) -> None:
        """Choose who learns while the run goes on.

        Raises:
            GanlabError: There are no such players, or no worker has the run in hand.
        """
        self._wish("play", players=players)

    def delete(self) -> None:
        """Remove the folder and all that is in it.

        Raises:
            RunError: A worker has it in hand.
        """
        with self._between_workers("deleted"):
            files.remove(self.folder)

    def member(self, which: str = "last") -> store.Entry | None:
        """Return a member of this run, ready for ``load_network``; None while there is none.

        Args:
            which: ``last``, ``best`` (of the best FID), or the stage at whose end it was.
        """
        folder = self.folder / member_folder(which)
        return store.Entry(store.read_card(folder), folder, shipped=False) if folder.is_dir() else None

    def members(self) -> dict[str, store.Entry]:
        """Return what there is to keep: ``last``, ``best``, then the stages that ended, in order."""
        found = {which: self.member(which) for which in members_of(self.spec())}
        return {which: entry for which, entry in found.items() if entry is not None}

    def keep(self, name: str, which: str = "last") -> store.Entry:
        """Add a member of this run to the workspace as ``name``; of an ensemble all of them, and their mixture.

        Args:
            name: Of the new member.
            which: ``last``, ``best`` (of the best FID), or a stage; the stage in which a run ended has the last one.

        Raises:
            GanlabError: There is no such member yet, or the name is taken or not allowed.
        """
        spec = self.spec()
        if which not in (known := members_of(spec)):
            raise unknown("member of a run", which, known)
        if isinstance(spec, EnsembleSpec):
            from ganlab.runs import parts

            return parts.keep(self, name)
        stages = [row["name"] for row in self.history() if row["event"] == "stage"]
        entry = self.member("last" if which in stages[-1:] else which)
        state = self.state().state
        if entry is None and state not in LIVE and (there := self.members()):
            reason = "no FID was taken" if which == "best" else "it went through no such stage"
            raise RunError(f"Run {self.name!r} has no member {which!r}: {reason}. It has: {', '.join(there)}.")
        if entry is None or state in LIVE:
            advice = "Stop it first" if state in LIVE else "Resume it, and let it finish or stop it"
            raise RunError(f"Run {self.name!r} is {state} and has no member to keep. {advice}.")
        try:
            card = entry.card.model_copy(update={"name": check_name(name)})
        except ValueError as error:
            raise MemberError(f"{error}.") from None
        with telling_full_disks():
            return store.keep(card, (entry.folder / store.WEIGHTS).read_bytes())

    def _wish(self, wanted: str, **values: Any) -> None:
        state = self.state()
        if state.state not in LIVE:
            raise RunError(f"Run {self.name!r} is {state.state}: only a running or paused run can be changed.")
        with telling_full_disks():
            wish.add(self.folder, state.obeyed, wish=wanted, **values)

    def _settle(self, to: str) -> None:
        """Write the state of a run that no worker has; wishes left over from its last worker are void."""
        with self._between_workers(to), telling_full_disks():
            state = self.written_state()
            old = wish.newer(self.folder, state.obeyed)
            obeyed = old[-1].id if old else state.obeyed
            self.write_state(state.model_copy(update={"state": to, "pid": None, "message": "", "obeyed": obeyed}))

    @contextmanager
    def _between_workers(self, done: str) -> Iterator[None]:
        """Keep workers from starting during a block.

        Raises:
            RunError: One has the run in hand already.
        """
        with alone(self.folder.parent / ".dispatch.lock"):
            # A worker that has said its last word needs a moment to let go.
            lock = hold(self.folder / LOCK, 0 if self.written_state().state in LIVE else _LETTING_GO)
            if lock is None:
                raise RunError(f"Run {self.name!r} has a worker and cannot be {done}. Stop it first.")
            lock.release()
            yield


def members_of(spec: MemberSpec | EnsembleSpec) -> tuple[str, ...]:
    """Return what members a run of a spec may have: the last, that of the best FID, and that of each stage."""
    return (LAST_MEMBER,) if isinstance(spec, EnsembleSpec) else (LAST_MEMBER, BEST_MEMBER, *spec.stages)


def member_folder(which: str) -> str:
    """Return the name of the folder that a member of a run is in."""
    return "member" if which == LAST_MEMBER else which


def _undone(row: dict[str, Any], step: int) -> bool:
    """Return whether a resumption from ``step`` takes an event back; a stage that begins there is told again."""
    return row["step"] >= step if row["event"] == "stage" else row["event"] in _UNDONE and row["step"] > step


_UNDONE = ("step", "scored", "preview", "saved")
