"""What a worker writes into its run's folder, so that it reads at any moment, and after a full disk too.

Errors of the disk pass as they are; ``worker`` says them in a sentence, through ``Record.fail``.
"""

import json
import math
import os
import shutil
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ganlab import files
from ganlab.members import store
from ganlab.members.card import Card, Weights
from ganlab.runs.folder import BEST, CHECKPOINT, EVENTS, Run, State, member_folder, members_of

if TYPE_CHECKING:
    from ganlab.training.events import Preview

_RESERVE = 64 * 1024  # bytes: room for a last word when the disk is full
_BEAT = 0.5  # seconds between signs of life


class Record:
    """The writing side of a run's folder; made by the one worker that holds its lock."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.state: State = run.written_state()

    def begin(self) -> None:
        """Say that there is a worker, clear away what a killed one left half done, and keep a reserve."""
        self.show(state="running", pid=os.getpid(), message="starting")
        self.clear()
        # Chance bytes: file systems that compress would not keep room for zeros.
        files.write_bytes(self._reserve, os.urandom(_RESERVE))

    def clear(self) -> None:
        """Clear away what a killed worker left half done; wishes are the doors' to write, and stay."""
        members = [f".{folder}.*.part" for folder in map(member_folder, members_of(self.run.spec()))]
        for pattern in (".state.json.*.part", "checkpoint/.*.part", "previews/.*.part", *members):
            for part in self.run.folder.glob(pattern):
                shutil.rmtree(part) if part.is_dir() else part.unlink()
        self._close_line()

    def show(self, **changes: Any) -> None:
        """Write the state with changes and a fresh sign of life."""
        self.state = self.state.model_copy(update=changes | {"seen": time.time()})
        self.run.write_state(self.state)

    def beat(self, **changes: Any) -> None:
        """Change the state, writing it only if the last sign of life is old: each write waits for the disk."""
        if time.time() - self.state.seen >= _BEAT:
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
        for path in (CHECKPOINT, BEST) if best else (CHECKPOINT,):
            files.write_bytes(self.run.folder / path, data)

    def member(self, card: Card, data: bytes, weights: Weights, which: str = "last") -> None:
        """Write the result, or the member of the best score or of a stage, in the place of an earlier one."""
        folder = self.run.folder / member_folder(which)
        shutil.rmtree(folder, ignore_errors=True)
        store.write(folder, card.model_copy(update={"name": folder.name, "weights": weights}), data)

    def fail(self, message: str) -> None:
        """Say why it ended, using the reserve where there is no other room left."""
        self._reserve.unlink(missing_ok=True)
        # Without room even for this, the lock still goes: the run then reads as interrupted.
        with suppress(OSError):
            self._close_line()
            self.tell("failed", step=self.state.step, message=message)
        self.show(state="failed", message=message)

    @property
    def _reserve(self) -> Path:
        return self.run.folder / "reserve"

    def _append(self, data: bytes) -> None:
        with (self.run.folder / EVENTS).open("ab", buffering=0) as file:
            while data:  # on a disk that is almost full, a part is written without an error
                data = data[file.write(data) :]

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
