"""What the tests of runs share: tiny trainings, waiting, killing."""

import os
import signal
import threading
import time

from ganlab import runs
from ganlab.spec import MemberSpec


def wait_until(condition, timeout=60):
    """Return the first true value of ``condition()``, asked every 20 ms."""
    clock, deadline = threading.Event(), time.monotonic() + timeout
    while not (value := condition()):
        assert time.monotonic() < deadline, f"not within {timeout} s; runs: {[r.state() for r in runs.all_runs()]}"
        clock.wait(0.02)
    return value


def is_in(run, *states):
    return lambda: run.state().state in states


def tiny(**changes):
    """A training of points whose steps take milliseconds, with many events."""
    usual = {"dataset": "ring8", "network": "toy", "batch_size": 8, "log_every": 1, "ema": 0.9}
    return MemberSpec(**usual | {"steps": 12, "preview_every": 4, "checkpoint_every": 4} | changes)


def endless(**changes):
    return tiny(
        **{"steps": 1_000_000, "preview_every": 1_000_000, "checkpoint_every": 1_000_000, "log_every": 5} | changes
    )


def kill(run, how=signal.SIGKILL):
    os.kill(run.written_state().pid, how)


def last_step(run):
    return max((row["step"] for row in run.events()[0]), default=0)


def count(run, event):
    return sum(row["event"] == event for row in run.events()[0])
