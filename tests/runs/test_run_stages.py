"""Runs of several stages with real workers: what is told of them, what is kept of each, and after a kill."""

import json
import shutil

import pytest
from run_helpers import count, is_in, kill, tiny, wait_until

from ganlab import runs
from ganlab.errors import RunError, UnknownName
from ganlab.members.loading import load_network

SHARES = {"pretrain": 1.0, "join": 1.0, "adversarial": 0.0, "joint": 2.0}
GROWING = {"dataset": "digits", "network": "dcgan", "width": 2, "critic_width": 2, "grow": 0.5}
GROWING |= {"steps": 50, "checkpoint_every": 1_000}


def staged(**changes):
    return tiny(**{"objective": "vaegan", "steps": 80, "checkpoint_every": 1_000, **SHARES} | changes)


def stages(run):
    return [(row["step"], row["name"], row["ended"]) for row in run.history() if row["event"] == "stage"]


def test_every_stage_is_told_and_its_member_kept():
    run = runs.create(staged())
    wait_until(is_in(run, "finished"))
    assert stages(run) == [(0, "pretrain", None), (20, "join", "pretrain"), (40, "joint", "join")]
    assert {which: entry.card.steps for which, entry in run.members().items()} == {
        "last": 80,
        "pretrain": 20,
        "join": 40,
    }
    assert run.keep("first", "pretrain").card.steps == 20
    assert run.keep("final", "joint").card.steps == 80, "that of the stage in which it ended is the last one"
    with pytest.raises(RunError, match=r"no member 'adversarial': it went through no such stage\. It has: last, pre"):
        run.keep("none", "adversarial")
    with pytest.raises(UnknownName, match=r"No member of a run is called 'jont'\. Did you mean 'joint' or 'join'"):
        run.keep("none", "jont")


def test_a_growing_run_keeps_a_member_of_each_size():
    run = runs.create(tiny(**GROWING))
    wait_until(is_in(run, "finished"))
    assert stages(run) == [(0, "2x2", None), (10, "4x4", "2x2"), (20, "8x8", "4x4")]
    assert {which: entry.card.steps for which, entry in run.members().items()} == {"last": 50, "2x2": 10, "4x4": 20}
    kept = run.keep("coarse", "4x4")
    assert kept.card.steps == 20
    drawn = load_network(kept).sample(3, seed=0)
    assert (drawn[:, :, ::2, ::2] == drawn[:, :, 1::2, 1::2]).all()
    assert run.keep("fine", "8x8").card.steps == 50
    with pytest.raises(UnknownName, match=r"No member of a run is called '16x16'\."):
        run.keep("none", "16x16")


@pytest.mark.parametrize("told", [True, False], ids=["within a stage", "before its beginning was told"])
def test_a_kill_loses_no_stage_and_tells_none_twice(told):
    spec = staged(steps=800)
    killed = runs.create(spec)
    wait_until(lambda: count(killed, "stage") == 2 and killed.events()[0][-1]["event"] == "step")
    kill(killed)
    wait_until(is_in(killed, "interrupted"), timeout=10)
    if not told:  # as if the kill had come between the checkpoint and what follows it
        shutil.rmtree(killed.folder / "pretrain")
        rows = [row for row in killed.events()[0] if (row["event"], row["step"]) != ("stage", 200)]
        (killed.folder / "events.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    killed.resume()
    wait_until(is_in(killed, "finished"))
    assert count(killed, "resumed") == 1
    whole = runs.create(spec)
    wait_until(is_in(whole, "finished"))
    assert stages(killed) == stages(whole) == [(0, "pretrain", None), (200, "join", "pretrain"), (400, "joint", "join")]
    members = [{which: entry.card.weights for which, entry in run.members().items()} for run in (killed, whole)]
    assert members[0] == members[1]
    assert members[0].keys() == {"last", "pretrain", "join"}
