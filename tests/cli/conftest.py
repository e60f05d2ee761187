"""The command line in a workspace of the test's own: called in this process, or as people start it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ganlab import cli, runs
from ganlab.runs import queue
from ganlab.runs.folder import LIVE

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def home(workspace, monkeypatch):
    monkeypatch.setenv("GANLAB_THREADS", "1")
    yield workspace
    for run in runs.all_runs():
        if run.written_state().state == "queued" and not run.is_alive():
            run.delete()
    for run in runs.all_runs():
        if run.state().state in LIVE:
            os.kill(run.written_state().pid, signal.SIGKILL)
    for child in queue._children:
        child.wait(60)


@pytest.fixture
def call(capsys):
    """Call the command line here; returns exit code, standard output, standard error."""

    def called(*arguments):
        code = cli.main([str(each) for each in arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return called


@pytest.fixture
def no_workers(monkeypatch):
    """Runs are made and stay in the queue."""
    monkeypatch.setattr(queue, "dispatch", list)
    monkeypatch.setattr(runs, "dispatch", list, raising=False)


def start(*arguments, **options):
    """Start the command line as people do, from a folder that is not the checkout's."""
    usual = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.Popen([sys.executable, *arguments], env=environment, **(usual | options))
