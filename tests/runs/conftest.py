"""Runs in a workspace of the test's own, whose workers end with it."""

import pytest
from run_helpers import kill

from ganlab import runs
from ganlab.runs import queue
from ganlab.runs.folder import LIVE


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("GANLAB_HOME", str(tmp_path))
    monkeypatch.setenv("GANLAB_THREADS", "1")
    yield tmp_path
    # Without a queue nobody starts another worker while these end.
    for run in runs.all_runs():
        if run.written_state().state == "queued" and not run.is_alive():
            run.delete()
    for run in runs.all_runs():
        if run.state().state in LIVE:
            kill(run)
    for child in queue._children:
        child.wait(60)
