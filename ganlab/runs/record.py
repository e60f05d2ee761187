"""What a worker writes into its run's folder, so that it reads at any moment, and after a full disk too.

Errors of the disk pass as they are; ``worker`` says them in a sentence, through ``Record.fail``.
"""

import json
import math
import os
import shutil
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ganlab import files, memory
from ganlab.members import store
from ganlab.members.card import Card, Weights
from ganlab.runs import life
from ganlab.runs.folder import BEST, CHECKPOINT, EVENTS, Run, State, member_folder, members_of

if TYPE_CHECKING:
    from ganlab.training.events import Preview

_RESERVE = 64 * 1024  # bytes: room for a last word when the disk is full
_BEAT = 0.5  # seconds between signs of life


class Record:
    """The writing side of a run's folder; made by the one worker that holds its lock.

    A power cut takes what was not flushed: events are flushed with each sign of life and before each checkpoint, so
    that at most the last half second, or the last logging interval, is lost.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self.state: State = run.written_state()
        self._beaten = -math.inf  # when it was shown last, by a clock that nobody can set
        self._guard = threading.RLock()  # the training and its watcher both show signs of life
        self._told = False  # something that was not flushed

    def begin(self) -> None:
        """Say that there is a worker, clear away what a killed one left half done, and keep a reserve."""
        counter = memory.counter()
        killed = counter and (str(counter), memory.kills(counter) or 0)
        self.show(state="running", pid=os.getpid(), message="starting", machine=life.here(), memory=killed)
        self.clear()
        # Chance bytes: file systems that compress would not keep room for zeros.
        files.write_bytes(self._reserve, os.urandom(_RESERVE))

    def clear(self) -> None:
        """Clear away what a killed worker left half done; wishes are the doors' to write, and stay."""
        folders = map(member_folder, members_of(self.run.spec()))
        members = [f".{folder}.*.{left}" for folder in folders for left in ("part", "gone")]
        for pattern in (".state.json.*.part", "checkpoint/.*.part", "previews/.*.part", *members):
            for part in self.run.folder.glob(pattern):
                shutil.rmtree(part) if part.is_dir() else part.unlink()
        self._close_line()

    def show(self, **changes: Any) -> None:
        """Write the state with changes and a fresh sign of life."""
        with self._guard:
            self.state = self.state.model_copy(update=changes | {"seen": time.time(), "ticks": time.monotonic()})
            self._beaten = self.state.ticks
            self._flush()
            self.run.write_state(self.state)

    def beat(self, **changes: Any) -> None:
        """Change the state, writing it only if the last sign of life is old: each write waits for the disk."""
        with self._guard:
            if time.monotonic() - self._beaten >= _BEAT:
                self.show(**changes)
            else:
                self.state = self.state.model_copy(update=changes)

    def tell(self, event: str, **facts: Any) -> None:
        """Append an event line; what is no finite number is null."""
        line = json.dumps({"event": event} | _plain(facts), allow_nan=False).encode() + b"\n"
        self._append(line)

    def preview(self, event: "Preview") -> None:
        """Keep a preview: pictures as one PNG of 8 x 8, points as JSON."""
        name = f"{event.step:08d}"
        if event.images is not None:
            from ganlab.images import grid, png

            name, data = f"{name}.png", png(grid(event.images))
        else:
            facts = {
                "points": event.points.round(4).tolist(),
                "surface": None if event.surface is None else event.surface.round(4).tolist(),
                "extent": list(event.extent),
            }
            name, data = f"{name}.json", json.dumps(_plain(facts), allow_nan=False).encode()
        files.write_bytes(self.run.folder / "previews" / name, data)

    def forget_previews_after(self, step: int) -> None:
        """Delete the previews that a resumption went back behind."""
        for later in self.run.previews():
            if later > step:
                self.run.preview(later).unlink()

    def checkpoint(self, data: bytes, best: bool = False) -> None:
        """Replace the checkpoint, and then, if it is the best one, that one too.

        In this order a best one that a kill kept from being written is the last one, which ``work`` looks after.
        """
        self._flush()  # no event from before it is lost once it is there
        for path in (CHECKPOINT, BEST) if best else (CHECKPOINT,):
            files.write_bytes(self.run.folder / path, data)

    def member(self, card: Card, data: bytes, weights: Weights, which: str = "last") -> None:
        """Write the result, or the member of the best score or of a stage, in the place of an earlier one."""
        folder = self.run.folder / member_folder(which)
        card = card.model_copy(update={"name": folder.name, "weights": weights})
        store.write(folder, card, data, over=True)

    def fail(self, message: str) -> None:
        """Say why it ended, using the reserve where there is no other room left."""
        with suppress(OSError):
            self._reserve.unlink(missing_ok=True)
        # Without room even for this, the lock still goes: the run then reads as interrupted.
        with suppress(OSError):
            self._close_line()
            self.tell("failed", step=self.state.step, message=message)
        with suppress(OSError):
            self.show(state="failed", message=message)

    @property
    def _reserve(self) -> Path:
        return self.run.folder / "reserve"

    def _append(self, data: bytes) -> None:
        path = self.run.folder / EVENTS
        with files.telling(path), path.open("ab", buffering=0) as file:
            self._told = True
            while data:  # on a disk that is almost full, a part is written without an error
                data = data[file.write(data) :]

    def _flush(self) -> None:
        """Let what was told survive a power cut."""
        if self._told:
            self._told = False
            with (self.run.folder / EVENTS).open("rb+") as file:
                os.fsync(file.fileno())

    def _close_line(self) -> None:
        """End a line that a kill or a full disk broke off, so that the next one stands alone."""
        path = self.run.folder / EVENTS
        told = path.read_bytes() if path.is_file() else b""
        if told and not told.endswith(b"\n"):
            self._append(b"\n")


def _plain(value: Any) -> Any:
    """Return a value as JSON holds it: numbers that are not finite are null."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
