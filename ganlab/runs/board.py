"""Runs as TensorBoard reads them: curves, pictures and the spec in event files, written from a run's own record.

A run, or each member of an ensemble's run, has a folder of its name with one event file, and beside it what was
written so far: the next call goes on from there, whether the run goes on or a call was killed.  Steps that a resumption
went back behind are taken back there as well.  ``tensorboard`` is an optional install.
"""

import json
import math
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ganlab import files
from ganlab.errors import RunError
from ganlab.images import png
from ganlab.lock import alone
from ganlab.members.sheet import dots
from ganlab.runs.folder import Run
from ganlab.runs.parts import parts

if TYPE_CHECKING:
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary

ABSENT = "TensorBoard is not installed, which reads and writes such files: pip install 'ganlab[tensorboard]'."
SAMPLES = "samples"
_PLACE = "written.json"
_GROUPS = {"_loss": "losses", "divergence": "losses", "_score": "scores", "_gradient": "gradients"}
_NO_CURVES = ("event", "step", "seconds", "best")
_ENDS = ("finished", "failed")
_PLAIN = (bool, int, float, str)


@dataclass(frozen=True)
class Written:
    """What a call added.

    Attributes:
        run: The run's name, or that of an ensemble's member.
        folder: Where its event file is.
        scalars: Points of curves.
        pictures: Previews.
    """

    run: str
    folder: Path
    scalars: int
    pictures: int


def write(run: Run, folder: Path) -> list[Written]:
    """Bring the event files of a run up to what it has told.

    Args:
        run: Of one member, or of an ensemble, whose members each have a folder.
        folder: Of all runs; TensorBoard's ``--logdir``.

    Raises:
        RunError: TensorBoard is not installed, or a file cannot be written.
    """
    try:
        import tensorboard  # noqa: F401 - asked for, not used
    except ImportError:
        raise RunError(ABSENT) from None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with alone(folder / ".lock"):
            return [_one(each, folder / each.name) for each in parts(run) or [run]]
    except OSError as error:
        raise RunError(f"{error.filename or str(folder)!r} cannot be written ({error.strerror}).") from None


def tag(event: str, name: str) -> str:
    """Return what a curve is called: its name in the run's record, under the panel that it belongs to."""
    if event == "scored":
        return f"measures/{name}"
    stem = re.sub(r"_\d+$", "", name)  # of several generators or critics
    return f"{next((group for end, group in _GROUPS.items() if stem.endswith(end)), 'training')}/{name}"


def _one(run: Run, folder: Path) -> Written:
    from tensorboard.summary.writer.record_writer import RecordWriter

    path, place = folder / f"events.out.tfevents.{_since(run):010.0f}.ganlab", folder / _PLACE
    offset, size, seconds = _read(place)
    if offset and (not path.is_file() or path.stat().st_size < size):
        offset, size, seconds = 0, 0, 0.0  # somebody took the file away
    folder.mkdir(parents=True, exist_ok=True)
    told, offset = run.events(offset)
    telling = _Telling(run, seconds)
    with path.open("r+b" if path.is_file() else "w+b") as file:
        file.truncate(size)  # what a killed call left half written
        file.seek(size)
        writer = RecordWriter(file)
        for event in (*(telling.first() if size == 0 else ()), *telling.of(told)):
            writer.write(event.SerializeToString())
        writer.flush()
        size = file.tell()
    files.write_json(place, {"offset": offset, "size": size, "seconds": telling.seconds})
    return Written(run.name, folder, telling.scalars, telling.pictures)


def _read(place: Path) -> tuple[int, int, float]:
    """Return how much was read of a run's record and written of its event file, in bytes, and its last second."""
    try:
        told = json.loads(place.read_bytes())
        return int(told["offset"]), int(told["size"]), float(told["seconds"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0, 0, 0.0


def _since(run: Run) -> float:
    """Return when a run was made, in seconds since 1970."""
    try:
        return datetime.fromisoformat(run.written_state().created).timestamp()
    except ValueError:
        return (run.folder / "spec.json").stat().st_mtime


class _Telling:
    """A run's record, event by event in TensorBoard's words; its time is that of training, from when it was made."""

    def __init__(self, run: Run, seconds: float) -> None:
        self.run, self.since, self.seconds = run, _since(run), seconds
        self.scalars, self.pictures = 0, 0

    def first(self) -> "Iterator[Event]":
        """Yield what begins a file: its version, the spec as text and as hyperparameters."""
        from tensorboard.plugins.hparams.summary_v2 import hparams_pb
        from tensorboard.plugins.text.summary_v2 import text_pb

        yield self._event(0, file_version="brain.Event:2")
        spec = self.run.spec().model_dump(mode="json", exclude_none=True)
        yield self._event(0, summary=text_pb("spec", f"```json\n{json.dumps(spec, indent=2)}\n```"))
        plain = {name: value if isinstance(value, _PLAIN) else json.dumps(value) for name, value in spec.items()}
        yield self._event(0, summary=hparams_pb(plain, trial_id=self.run.name, start_time_secs=self.since))

    def of(self, told: list[dict[str, Any]]) -> "Iterator[Event]":
        """Yield what a run told."""
        from tensorboard.compat.proto.event_pb2 import SessionLog

        for row in told:
            step = row.get("step", 0)
            self.seconds = row.get("seconds") or self.seconds
            if row["event"] in ("step", "scored") and (curves := self._curves(row)):
                self.scalars += len(curves.value)
                yield self._event(step, summary=curves)
            elif row["event"] == "preview" and (picture := self._picture(step)):
                self.pictures += 1
                yield self._event(step, summary=picture)
            elif row["event"] == "resumed":  # what was told of later steps does not count any more
                yield self._event(step + 1, session_log=SessionLog(status=SessionLog.START))
            elif row["event"] in _ENDS:
                yield self._event(step, summary=self._end(row["event"]))

    def _event(self, step: int, **what: Any) -> "Event":
        from tensorboard.compat.proto.event_pb2 import Event

        return Event(wall_time=self.since + self.seconds, step=step, **what)

    def _curves(self, row: dict[str, Any]) -> "Summary":
        from tensorboard.compat.proto.summary_pb2 import Summary

        made = Summary()
        for name, value in row.items():
            if name not in _NO_CURVES and isinstance(value, int | float) and math.isfinite(value):
                made.value.add(tag=tag(row["event"], name), simple_value=value)
        return made

    def _picture(self, step: int) -> "Summary | None":
        from tensorboard.compat.proto.summary_pb2 import Summary

        try:
            path = self.run.preview(step)
            data = path.read_bytes()
            if path.suffix == ".json":
                told = json.loads(data)
                data = png(dots(np.array(told["points"], np.float64).reshape(-1, 2), float(told["extent"][1])))
            width, height = struct.unpack(">II", data[16:24])  # of the PNG's header
        except (RunError, OSError, ValueError, LookupError, TypeError, struct.error):
            return None  # a resumption took it back, or will draw it again
        made = Summary()
        made.value.add(tag=SAMPLES, image=Summary.Image(height=height, width=width, encoded_image_string=data))
        return made

    def _end(self, event: str) -> "Summary":
        from tensorboard.compat.proto.summary_pb2 import Summary
        from tensorboard.plugins.hparams import api_pb2, metadata, plugin_data_pb2

        status = api_pb2.STATUS_SUCCESS if event == "finished" else api_pb2.STATUS_FAILURE
        ended = plugin_data_pb2.SessionEndInfo(status=status, end_time_secs=self.since + self.seconds)
        told = metadata.create_summary_metadata(plugin_data_pb2.HParamsPluginData(session_end_info=ended))
        made = Summary()
        made.value.add(tag=metadata.SESSION_END_INFO_TAG, metadata=told, tensor=metadata.NULL_TENSOR)
        return made
