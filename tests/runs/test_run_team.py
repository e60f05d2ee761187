"""A run that several processes train together: what is refused, one that dies, a resumption, a stop."""

import os
import signal
from pathlib import Path

import pytest
from run_helpers import count, endless, is_in, tiny, wait_until

from ganlab import runs
from ganlab.errors import SpecError


def followers(run):
    """Processes that train with a run's worker."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            words = (folder / "cmdline").read_text()
        except (OSError, ValueError):
            continue
        if parent == run.written_state().pid and "ganlab.runs.follower" in words:
            found.append(int(folder.name))
    return found


def test_one_that_dies_ends_all_and_what_was_saved_goes_on():
    run = runs.create(endless(batch_size=8, checkpoint_every=20), "cpu", processes=2)
    wait_until(lambda: count(run, "saved"), timeout=120)
    (other,) = followers(run)
    os.kill(other, signal.SIGKILL)
    wait_until(is_in(run, "failed"), timeout=60)
    assert run.state().message == (
        "One of the 2 processes that train together is gone, so all end. Resume the run to go on from its checkpoint."
    )
    left = max(row["step"] for row in run.events()[0] if row["event"] == "saved")
    run.resume()
    wait_until(lambda: any(row["step"] > left for row in run.history() if row["event"] == "saved"), timeout=120)
    assert [row["step"] for row in run.events()[0] if row["event"] == "resumed"] == [left]
    (other,) = followers(run)
    run.stop()
    wait_until(is_in(run, "stopped"), timeout=60)
    assert run.member().card.steps > left
    wait_until(lambda: not Path(f"/proc/{other}/cmdline").exists() or not Path(f"/proc/{other}/cmdline").read_text())


@pytest.mark.parametrize(
    ("changes", "processes", "told"),
    [
        (
            {"batch_size": 9},
            2,
            "A batch of 9 cannot be divided among 2 processes: use a batch_size that is a multiple of 2",
        ),
        ({"batch_size": 12, "pack": 3}, 8, "A batch of 12 in packs of 3 cannot be divided"),
        ({"feature_matching": 1.0}, 2, "feature_matching is 1.0, which one process alone can train with"),
        ({}, 65, "gpus is 65; allowed: 1 to 64"),
        ({}, 0, "gpus is 0; allowed: 1 to 64"),
    ],
)
def test_what_several_cannot_train_as_one_does_is_refused(changes, processes, told):
    with pytest.raises(SpecError, match=told):
        runs.create(tiny(**changes), "cpu", processes=processes)
    assert runs.all_runs() == []
