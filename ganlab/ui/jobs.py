"""Jobs: commands in processes of their own, one at a time for all visitors, the others wait in a bounded queue.

What takes a minute and has no folder of its own (measuring, for one) is done by the command line's own verb, so
that neither its libraries nor its work are in the server.  Equal questions share one job, and visitors take turns, so
that nobody waits for all that somebody else asked.  A job whose visitors have all closed their tabs is cancelled; it
ends with the server anyway.  What the process says on its way are lines of JSON on standard error
(``{"doing", "share", "left"}``), its answer is standard output, and what went wrong is its last sentence.
"""

import contextlib
import json
import logging
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import IO, Literal

from streamlit.runtime.scriptrunner import get_script_run_ctx

from ganlab.errors import RunError

MOST_WAITING = 16
_MOST_ENDED = 64  # remembered, so that whoever comes back learns how it went
_AWAY = 30.0  # seconds that its last visitor may be away: a page is loaded again, a phone wakes up
_NICE = 5
_PATIENCE = 5.0  # seconds that a process has to end by itself
_LONGEST_LINE, _LONGEST_ANSWER, _LINES = 10_000, 4_000_000, 30
_SENTENCES = range(2, 6)  # exit codes whose last line is a sentence for people

LIVE = ("waiting", "running")


@dataclass(eq=False)
class Job:
    """One command and how it stands.

    Attributes:
        command: Program and arguments.
        state: Where it is in its life.
        doing: What the process is at, in a few words.
        share: Of the expected time, from 0 to 1.
        left: Seconds still to go, as far as the process can tell.
        answer: Its standard output, once it is done.
        reason: Why it failed, in a sentence.
        process: At work or ended; None before.
        number: Of its own.
        visitors: Tabs that asked for it or were shown it, the first one first; empty where no page asked.
        closed: Since when none of them is open, by the monotonic clock.
    """

    command: tuple[str, ...]
    state: Literal["waiting", "running", "done", "failed", "cancelled"] = "waiting"
    doing: str = ""
    share: float = 0.0
    left: float | None = None
    answer: str = ""
    reason: str = ""
    process: subprocess.Popen | None = field(default=None, repr=False)
    number: int = field(default_factory=count().__next__)
    visitors: list[str] = field(default_factory=list)
    closed: float | None = None

    @property
    def live(self) -> bool:
        """Whether it waits or runs."""
        return self.state in LIVE


_guard = threading.Lock()
_jobs: dict[tuple[str, ...], Job] = {}  # the newest of each command, in the order of asking
_working = False


def verb(*arguments: str) -> tuple[str, ...]:
    """Return the command of one of ganlab's own verbs."""
    return (sys.executable, "-m", "ganlab", *arguments)


def ask(command: Sequence[str]) -> Job:
    """Return the job of a command: the one that waits or runs already, or a new one at the end of the queue.

    Raises:
        RunError: Too many wait.
    """
    global _working  # noqa: PLW0603 - one queue a process
    command = tuple(command)
    with _guard:
        known = _jobs.get(command)
        if known is not None and known.live:
            _note_visitor(known)
            return known
        if (waiting := len(_waiting())) >= MOST_WAITING:
            raise RunError(f"{waiting} questions wait already, which is the most there can be. Ask again in a while.")
        _jobs.pop(command, None)
        job = _jobs[command] = Job(command)
        _note_visitor(job)
        ended = [each for each in _jobs.values() if not each.live]
        for old in ended[: max(0, len(ended) - _MOST_ENDED)]:
            del _jobs[old.command]
        if not _working:
            _working = True
            threading.Thread(target=_work, name="jobs", daemon=True).start()
        return job


def find(command: Sequence[str]) -> Job | None:
    """Return the newest job of a command, also one that has ended; None if there was none, or it was forgotten."""
    with _guard:
        return _jobs.get(tuple(command))


def shown(job: Job) -> None:
    """Note that the tab whose page runs waits for a job, too."""
    with _guard:
        _note_visitor(job)


def drop_unwanted(is_open: Callable[[str], bool]) -> list[Job]:
    """Cancel the jobs whose tabs have all been closed for a while, and return them.

    Args:
        is_open: Whether a tab, by its session, is still there.
    """
    now, unwanted = time.monotonic(), []
    with _guard:
        for job in (each for each in _jobs.values() if each.live and each.visitors):
            if any(map(is_open, job.visitors)):
                job.closed = None
            elif job.closed is None:
                job.closed = now
            elif now - job.closed >= _AWAY:
                unwanted.append(job)
    for job in unwanted:
        cancel(job)
    return unwanted


def known() -> list[Job]:
    """Return all jobs that wait, run, or have ended and were not forgotten, in the order of asking."""
    with _guard:
        return list(_jobs.values())


def position(job: Job) -> int | None:
    """Return the place in the queue, 1 being next, or None for a job that does not wait."""
    with _guard:
        waiting = _waiting()
        return waiting.index(job) + 1 if job in waiting else None


def cancel(job: Job) -> None:
    """End a job; nothing happens to one that has ended."""
    with _guard:
        if not job.live:
            return
        job.state, process = "cancelled", job.process
    if process is not None:
        _end(process)


def forget(job: Job) -> None:
    """Drop a job that has ended."""
    with _guard:
        if not job.live and _jobs.get(job.command) is job:
            del _jobs[job.command]


def close() -> None:
    """End all jobs and wait for the running one to be gone; with the server."""
    with _guard:
        live = [job for job in _jobs.values() if job.live]
    for job in reversed(live):  # so that none of those that wait moves up
        cancel(job)
    for job in live:
        if job.process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                job.process.wait(2 * _PATIENCE)


def _waiting() -> list[Job]:
    """Return what waits, the next one first: every visitor's first question, then every visitor's second one."""
    before: Counter[str] = Counter()
    turns = []
    for job in _jobs.values():
        asker = job.visitors[0] if job.visitors else ""
        if job.state == "waiting":
            turns.append((before[asker], job.number, job))
        if job.live:
            before[asker] += 1
    return [job for *_, job in sorted(turns, key=lambda turn: turn[:2])]


def _note_visitor(job: Job) -> None:
    context = get_script_run_ctx(suppress_warning=True)
    if context is not None and context.session_id not in job.visitors:
        job.visitors.append(context.session_id)


def _work() -> None:
    """Do one job after the other until none waits."""
    global _working  # noqa: PLW0603
    while True:
        with _guard:
            job = next(iter(_waiting()), None)
            if job is None:
                _working = False
                return
        try:
            with tempfile.TemporaryFile() as answer:  # a pipe that nobody empties would block
                with _guard:
                    if job.state != "waiting":  # cancelled just now
                        continue
                    job.process = _start(job.command, answer)
                    job.state = "running"
                _follow(job, job.process, answer)
        except OSError as error:  # a full disk, no process left: this job failed, the next may not
            with _guard:
                job.state, job.reason = "failed", f"The process could not be started ({error.strerror})."


def _start(command: tuple[str, ...], answer: IO[bytes]) -> subprocess.Popen:
    paths = [str(Path(__file__).parents[2]), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    environment = os.environ | {
        "OPENBLAS_NUM_THREADS": "1",  # as for workers: NumPy's own threads would fight torch's
        "PYTHONPATH": os.pathsep.join(dict.fromkeys(filter(None, paths))),
    }
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=answer, stderr=subprocess.PIPE, env=environment
    )
    if hasattr(os, "setpriority"):
        with contextlib.suppress(OSError):  # it has ended already
            os.setpriority(os.PRIO_PROCESS, process.pid, _NICE)  # pages stay quick
    return process


def _follow(job: Job, process: subprocess.Popen, answer: IO[bytes]) -> None:
    """Listen until the process ends, and note what came of it."""
    said: deque[str] = deque(maxlen=_LINES)
    with process.stderr as lines:
        while line := lines.readline(_LONGEST_LINE):
            text = line.decode(errors="replace").rstrip()
            if not _take(job, text) and text:
                said.append(text)
    code = process.wait()
    answer.seek(0)
    text = answer.read(_LONGEST_ANSWER).decode(errors="replace")
    with _guard:
        if job.state == "cancelled":
            return
        job.answer, job.reason = text, _reason(code, said)
        job.state = "failed" if job.reason else "done"


def _take(job: Job, line: str) -> bool:
    """Note how far the process is, if that is what the line says."""
    try:
        told = json.loads(line)
        doing, share, left = str(told["doing"])[:200], float(told["share"]), told["left"]
    except (ValueError, TypeError, LookupError, RecursionError):
        return False
    job.doing, job.share = doing, min(1.0, max(0.0, share))
    job.left = max(0.0, float(left)) if isinstance(left, int | float) else None
    return True


def _reason(code: int, said: Sequence[str]) -> str:
    """Return why a process failed, or nothing."""
    if code == 0:
        return ""
    if code in _SENTENCES and said:
        return said[-1]
    logging.getLogger("ganlab.ui").error("A job ended with %s:\n%s", code, "\n".join(said))
    if code < 0:
        return f"The process was ended from outside (signal {-code}), perhaps for lack of memory. Ask for less."
    return "The process broke off; the details are in the terminal where ganlab runs."


def _end(process: subprocess.Popen) -> None:
    """Ask a process to end, and make it end if it does not."""
    process.terminate()
    late = threading.Timer(_PATIENCE, process.kill)
    late.daemon = True
    late.start()
