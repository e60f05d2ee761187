"""Whether a worker lives, for how long it has shown no sign of it, and how it is ended. No torch here.

Signs of life are told by the clock that counts since the machine started, which all its processes share: nobody can
set it, and it stands still while a laptop sleeps.  Where the worker is on another machine (a shared folder), whoever
watches counts from when it saw the sign change last; clocks of two machines are never compared.
"""

import os
import platform
import signal
import subprocess
import time
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from ganlab.errors import RunError

if TYPE_CHECKING:
    from ganlab.runs.folder import Run, State

SILENT = 60.0  # seconds without a step after which a worker counts as hanging; steps of minutes are rare
PATIENCE = 15.0  # seconds that a worker has to save and leave before it is killed
_DYING = 10.0  # seconds until the system has cleared away a killed process
_POLL = 0.05

_watched: dict[Path, tuple[float, float]] = {}  # of workers on other machines: the last sign, and when it came here


@cache
def here() -> str:
    """Return what identifies this machine since it was started last."""
    with suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return platform.node()


def silence(folder: Path, state: "State") -> float:
    """Return for how many seconds a running or paused run has shown no sign of life; 0 for others.

    Args:
        folder: The run's.
        state: How it stands.
    """
    if state.state not in ("running", "paused"):
        _watched.pop(folder, None)
        return 0.0
    now = time.monotonic()
    if state.machine == here():
        return max(0.0, now - state.ticks)
    sign, since = _watched.get(folder, (None, now))
    if sign != state.seen:
        _watched[folder] = (state.seen, now)
        return 0.0
    return now - since


def end(run: "Run", patience: float = PATIENCE) -> None:
    """End a run's worker: ask it to save and leave, and kill it where it does not listen.

    Raises:
        RunError: There is no worker, it is on another machine, or it is not ours to end.
    """
    state = run.state()
    if state.state not in ("running", "paused") or state.pid is None:
        raise RunError(f"Run {run.name!r} is {state.state}: it has no worker to end.")
    if state.machine and state.machine != here():
        raise RunError(f"The worker of run {run.name!r} is on another machine: end it there.")
    if not _is_worker(state.pid, run.folder):
        raise RunError(f"Process {state.pid} is no worker of run {run.name!r}: it is left alone.")
    try:
        os.kill(state.pid, signal.SIGTERM)
        if hasattr(signal, "SIGCONT"):
            os.kill(state.pid, signal.SIGCONT)  # one that was halted hears nothing before
        if not _gone(run, patience):
            os.kill(state.pid, getattr(signal, "SIGKILL", signal.SIGTERM))
    except ProcessLookupError:
        pass
    except PermissionError:
        raise RunError(f"The worker of run {run.name!r} belongs to someone else, who can end it.") from None
    if not _gone(run, _DYING):
        raise RunError(f"The worker of run {run.name!r} does not end: its disk or device does not answer.")


def _gone(run: "Run", seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while run.is_alive():
        if time.monotonic() >= deadline:
            return False
        time.sleep(_POLL)
    return True


def _is_worker(pid: int, folder: Path) -> bool:
    """Return whether a process is the worker of a run: numbers of processes are given anew."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").replace("\0", " ")
    except OSError:
        if Path("/proc/self").exists() or os.name != "posix":
            return not Path("/proc/self").exists()
        asked = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
        words = asked.stdout
    return "ganlab.runs.worker" in words and folder.name in words
