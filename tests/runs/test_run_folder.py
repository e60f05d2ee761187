import errno
import json
import subprocess
import sys
import time

import pytest
from run_helpers import tiny

from ganlab import files, runs
from ganlab.errors import RunError, SpecError
from ganlab.lock import hold
from ganlab.runs import wish
from ganlab.runs.folder import LOCK, Run, State
from ganlab.runs.record import Record


@pytest.fixture
def run(home):
    folder = home / "runs" / "0001-toy-ring8"
    folder.mkdir(parents=True)
    files.write_json(folder / "spec.json", tiny().resolved().model_dump())
    made = Run(folder)
    made.write_state(State(state="running", steps=12, pid=1))
    return made


@pytest.fixture
def in_hand(run):
    """The run, with a lock held as its worker would."""
    lock = hold(run.folder / LOCK, 0)
    yield run
    lock.release()


def tell(run, *rows, end="\n"):
    with (run.folder / "events.jsonl").open("a") as file:
        file.write("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows) + end)


def test_opens_without_torch():
    """A door that only lists runs must not wait seconds for torch."""
    asked = (
        "import sys, ganlab.runs.queue, ganlab.runs.worker; ganlab.runs.all_runs(); sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", asked], check=False).returncode == 0


def test_a_half_written_line_waits(run):
    tell(run, {"event": "step", "step": 1}, '{"event": "st', end="")
    rows, offset = run.events()
    assert [row["step"] for row in rows] == [1]
    tell(run, 'ep", "step": 2}')
    rows, after = run.events(offset)
    assert [row["step"] for row in rows] == [2]
    assert run.events(after) == ([], after)


def test_a_line_broken_by_a_kill_is_left_out(run):
    tell(run, {"event": "step", "step": 1}, '{"event": "st', "[1, 2]", {"event": "step", "step": 2})
    assert [row["step"] for row in run.events()[0]] == [1, 2]


def test_no_events_before_the_first(run):
    assert run.events() == ([], 0)
    assert run.history() == run.previews() == []
    assert run.log_tail() == ""


def test_history_forgets_what_a_resumption_went_back_behind(run):
    rows = [{"event": event, "step": step} for step in (1, 2, 3) for event in ("step", "scored")]
    again = {"event": "step", "step": 2}
    tell(run, {"event": "started", "step": 0}, *rows, {"event": "resumed", "step": 1}, again)
    assert [(row["event"], row["step"]) for row in run.history()] == [
        ("started", 0),
        ("step", 1),
        ("scored", 1),
        ("resumed", 1),
        ("step", 2),
    ]


def test_previews_are_found_by_step(run):
    for name in ("00000000.png", "00000010.png", ".00000020.png.x.part"):
        files.write_bytes(run.folder / "previews" / name, b"")
    assert run.previews() == [0, 10]
    assert run.preview(10).name == "00000010.png"
    with pytest.raises(RunError, match="no preview of step 20"):
        run.preview(20)


def test_running_without_a_worker_reads_interrupted(run):
    assert run.state().state == "interrupted"
    assert run.written_state().state == "running"


def test_running_with_a_worker_reads_running(in_hand):
    assert in_hand.state().state == "running"


def test_a_broken_state_reads_as_a_failure(run):
    (run.folder / "state.json").write_text("{")
    assert (run.state().state, run.state().message) == ("failed", "Its state.json cannot be read.")


def test_wishes_wait_in_order(in_hand):
    in_hand.set_rates(generator=0.1)
    in_hand.set_rates(critic=0.2)
    in_hand.pause()
    waiting = wish.newer(in_hand.folder, than=0)
    assert [(each.id, each.wish, each.generator, each.critic) for each in waiting] == [
        (1, "rates", 0.1, None),
        (2, "rates", None, 0.2),
        (3, "pause", None, None),
    ]
    in_hand.write_state(in_hand.written_state().model_copy(update={"obeyed": 3}))
    in_hand.resume()
    assert [each.id for each in wish.newer(in_hand.folder, than=0)] == [4]


def test_a_wish_is_checked_at_the_door(in_hand):
    with pytest.raises(SpecError, match=r"generator is 2\.0"):
        in_hand.set_rates(generator=2.0)
    with pytest.raises(SpecError, match="players is 'nobody'"):
        in_hand.let_play("nobody")
    with pytest.raises(RunError, match="is running: pause it first"):
        in_hand.step("both")
    with pytest.raises(SpecError, match="Give a learning rate"):
        in_hand.set_rates()
    assert wish.newer(in_hand.folder, than=0) == []


def test_nothing_can_be_wished_of_a_dead_run(run):
    for wanted in (run.pause, lambda: run.set_rates(0.1), lambda: run.let_play("both"), lambda: run.step("both")):
        with pytest.raises(RunError, match="interrupted"):
            wanted()


def test_old_wishes_do_not_outlive_their_worker(run):
    wish.add(run.folder, 0, wish="stop")
    run.stop()
    assert run.state().state == "stopped"
    assert wish.newer(run.folder, run.state().obeyed) == []


def test_delete_is_refused_while_a_worker_lives(in_hand):
    with pytest.raises(RunError, match=r"has a worker and cannot be deleted\. Stop it first"):
        in_hand.delete()
    assert in_hand.folder.is_dir()


def test_delete(run):
    run.delete()
    assert runs.all_runs() == []
    assert list(run.folder.parent.glob("*0001*")) == list(run.folder.parent.glob(".*gone")) == []


def test_nothing_to_keep(run):
    with pytest.raises(RunError, match=r"is interrupted and has no member to keep\. Resume it"):
        run.keep("anna")


def test_finished_runs_stay_as_they_are(run):
    run.write_state(State(state="finished", steps=12, step=12))
    with pytest.raises(RunError, match="nothing to resume"):
        run.resume()
    with pytest.raises(RunError, match="nothing to stop"):
        run.stop()


def test_signs_of_life_go_on_where_the_clock_goes_back(run, monkeypatch):
    record = Record(run)
    record.show(step=1)
    monkeypatch.setattr(time, "time", lambda: 1_000.0)  # back by decades
    ticks = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: ticks + 0.6)
    record.beat(step=2)
    assert run.written_state().step == 2
    record.beat(step=3)
    assert run.written_state().step == 2, "each write waits for the disk"


def test_a_workspace_that_can_only_be_read_can_be_looked_at(run, monkeypatch):
    (run.folder / LOCK).touch()

    def refuse(*_, **__):
        raise OSError(errno.EROFS, "Read-only file system", "lock")

    monkeypatch.setattr("ganlab.lock.hold", refuse)
    assert run.state().state == "running", "whether its worker lives cannot be known"
    assert runs.all_runs() == [run]
