"""The process of one run: ``python -m ganlab.runs.worker RUN_FOLDER``.

It holds the run's lock for its life, works, says how it ended, and lets the next one in the queue start.
"""

import os
import signal
import sys
import traceback
from contextlib import suppress
from pathlib import Path
from types import FrameType

from ganlab import memory
from ganlab.errors import GanlabError
from ganlab.lock import hold
from ganlab.members import store
from ganlab.runs import smaller
from ganlab.runs.folder import LOCK, Run, telling_full_disks
from ganlab.runs.queue import dispatch
from ganlab.runs.record import Record

_NICE = 5
_PATIENCE = 1.0  # seconds; a door that looks whether a worker lives holds the lock for an instant


def main(folder: Path) -> int:
    """Work on the run in ``folder``; return 0 if it came to an end as it should."""
    lock = hold(folder / LOCK, _PATIENCE)
    if lock is None:
        print(f"Another worker has {folder.name!r}.", file=sys.stderr)  # noqa: T201 - for log.txt
        return 1
    if hasattr(os, "setpriority"):
        # Pages stay quick while it trains; a worker started by a worker is no lower than that one.
        os.setpriority(os.PRIO_PROCESS, 0, max(_NICE, os.getpriority(os.PRIO_PROCESS, 0)))
    run = Run(folder)
    with suppress(OSError):
        store.settle()
    try:
        return _work(Record(run))
    finally:
        lock.release()
        # Still queued means that it could not begin: whoever started it is waiting to hear that.
        if run.written_state().state != "queued":
            with suppress(GanlabError, OSError):
                dispatch()


def _work(record: Record) -> int:
    try:
        with telling_full_disks():
            signal.signal(signal.SIGTERM, _leave)  # until the training listens, there is nothing to save
            record.begin()
            from ganlab.runs.work import work

            work(record)
    except GanlabError as error:
        return _failed(record, str(error))
    except Exception as error:
        if memory.ran_out(error):
            return _failed(record, smaller.told(record.run.spec()))
        reason = (str(error).splitlines() or [""])[0][:200]
        return _failed(record, f"The worker broke off ({type(error).__name__}: {reason}). Its log says where.")
    return 0


def _failed(record: Record, message: str) -> int:
    record.fail(message)
    with suppress(OSError):  # the log may lie on a full disk
        traceback.print_exc()
    return 1


def _leave(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))
