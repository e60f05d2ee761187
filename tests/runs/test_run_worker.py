"""Runs with real worker processes, real signals and a real full disk."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from fakes import keep_fused, keep_member
from PIL import Image
from run_helpers import count, endless, is_in, kill, last_step, tiny, wait_until

from ganlab import runs
from ganlab.errors import MemberError, RunError
from ganlab.members import load_network, store
from ganlab.runs.folder import CHECKPOINT, FULL
from ganlab.spec import MemberSpec
from ganlab.training import Checkpoint

DOOR = """
import json, sys, threading
from ganlab import runs
from ganlab.spec import MemberSpec
print(runs.create(MemberSpec.read(sys.argv[1])).name, flush=True)
threading.Event().wait()
"""


def test_a_run_outlives_its_door(home):
    command = [sys.executable, "-c", DOOR, tiny().model_dump_json()]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as door:
        run = runs.find(door.stdout.readline().strip())
        assert run.state().state == "running"
        os.killpg(door.pid, signal.SIGKILL)  # the door and all that did not get away from it
    wait_until(is_in(run, "finished"))
    assert (run.state().step, run.state().steps, run.state().message) == (12, 12, "")
    rows = [(row["event"], row["step"]) for row in run.events()[0]]
    assert rows[:3] == [("started", 0), ("preview", 0), ("step", 1)]
    assert rows[-4:] == [("step", 12), ("preview", 12), ("saved", 12), ("finished", 12)]
    assert count(run, "step") == 12
    assert run.previews() == [0, 4, 8, 12]
    shown = json.loads(run.preview(12).read_text())
    assert (len(shown["points"]), len(shown["surface"]), len(shown["extent"])) == (512, 32, 4)
    entry = run.keep("anna")
    assert load_network(entry).sample(5, seed=0).shape == (5, 2)
    assert "anna" in store.catalogue()
    with pytest.raises(MemberError, match="already"):
        run.keep("anna")
    with pytest.raises(MemberError, match="no name for a member"):
        run.keep("An na")


def test_a_run_starts_from_a_kept_member_and_goes_on_without_it(home):
    first = runs.create(tiny())
    wait_until(is_in(first, "finished"))
    first.keep("anna")
    spec = tiny(start="anna", seed=1, steps=400, checkpoint_every=20)
    killed = runs.create(spec)
    wait_until(lambda: count(killed, "saved"))
    kill(killed)
    wait_until(is_in(killed, "interrupted"), timeout=10)
    whole = runs.create(spec)
    wait_until(is_in(whole, "finished"))
    store.delete("anna")
    killed.resume()
    wait_until(is_in(killed, "finished"))
    one, other = (run.member().card for run in (killed, whole))
    assert (one.weights, one.lineage) == (other.weights, other.lineage)
    assert first.member().card.weights.sha256 in one.lineage
    gone = runs.create(tiny(steps=2))
    wait_until(is_in(gone, "finished"))
    spec_file = gone.folder / "spec.json"
    spec_file.write_text(tiny(start="anna").resolved().model_dump_json())
    (gone.folder / CHECKPOINT).unlink()
    gone.write_state(gone.state().model_copy(update={"state": "failed"}))
    gone.resume()
    wait_until(is_in(gone, "failed"))
    assert "No member is called 'anna'" in gone.state().message


def test_a_run_learns_from_a_fusion_and_its_card_says_so(home):
    for name, seed in (("anna", 0), ("otto", 1)):
        keep_member(name, seed=seed, network="toy", dataset="ring8")
    both = keep_fused("both", "anna", "otto", rule="median")
    spec = tiny(teacher="both", steps=400, checkpoint_every=20)
    killed = runs.create(spec)
    wait_until(lambda: count(killed, "saved"))
    kill(killed)
    wait_until(is_in(killed, "interrupted"), timeout=10)
    whole = runs.create(spec)
    wait_until(is_in(whole, "finished"))
    killed.resume()
    wait_until(is_in(killed, "finished"))
    one, other = (run.member().card for run in (killed, whole))
    assert one.weights == other.weights
    assert one.made_of == {"both": both.card.digest()}
    store.delete("both")
    keep_fused("both", "anna", "otto", rule="average")
    whole.write_state(whole.state().model_copy(update={"state": "stopped", "step": 20}))
    whole.resume()
    wait_until(is_in(whole, "failed"))
    assert "'both' is not the member that the run learned from before" in whole.state().message


def test_turning_knobs_by_hand():
    run = runs.create(endless())
    wait_until(lambda: last_step(run) >= 10)
    run.let_play("critic")
    run.set_rates(generator=0.001)
    wait_until(lambda: count(run, "changed") == 2)
    wait_until(lambda: "generator_loss" not in run.events()[0][-1] and run.events()[0][-1]["event"] == "step")
    run.let_play("both")
    run.pause()
    paused = wait_until(lambda: (state := run.state()).state == "paused" and state)
    assert last_step(run) == paused.step == saved(run).facts["steps"]
    assert saved(run).facts["generator_optimizer.rates"] == [0.001]
    assert wait_until(lambda: run.state().seen > paused.seen), "a paused run shows signs of life"

    before = saved(run).tensors
    run.step("generator", 2)
    run.step("generator")
    run.set_rates(critic=0.002)  # saves, so that the weights can be looked at
    wait_until(lambda: saved(run).facts["critic_optimizer.rates"] == [0.002])
    after = saved(run)
    assert after.facts["steps"] == last_step(run) == paused.step + 3
    changed = {name.split(".")[0] for name in before if not before[name].equal(after.tensors[name])}
    assert {"generator", "average"} <= changed
    assert not {"critic", "critic_optimizer"} & changed
    assert run.state().state == "paused"
    with pytest.raises(RunError, match="Stop it first"):
        run.delete()

    run.resume()
    wait_until(lambda: last_step(run) > paused.step + 10)
    assert run.state().state == "running"
    wait_until(lambda: run.events()[0][-1].keys() >= {"generator_loss", "critic_loss"})

    kill(run, signal.SIGTERM)
    wait_until(is_in(run, "interrupted"))
    left = last_step(run)
    assert saved(run).facts["steps"] == left, "the signal to end saves first"
    run.resume()
    wait_until(lambda: last_step(run) > left)
    assert ("resumed", left) in [(row["event"], row["step"]) for row in run.events()[0]]
    run.stop()
    wait_until(is_in(run, "stopped"))
    assert run.state().step == last_step(run)
    assert run.keep("otto").card.steps == last_step(run)
    run.delete()
    assert runs.all_runs() == []


def test_kill_and_resume_give_the_same_weights():
    spec = MemberSpec(network="mlp", steps=80, log_every=5, preview_every=20, checkpoint_every=20)
    killed, whole = runs.create(spec), runs.create(spec)
    wait_until(lambda: count(killed, "saved"))
    assert whole.state().state == "queued"
    kill(killed)
    wait_until(is_in(killed, "interrupted"), timeout=10)
    with (killed.folder / "events.jsonl").open("a") as file:
        file.write('{"event": "st')
    assert runs.dispatch() == [whole]
    killed.resume()
    assert (killed.state().state, runs.position(killed)) == ("queued", 1)
    # From here on no door does anything: the worker that ends starts the next.
    wait_until(is_in(whole, "finished"))
    wait_until(is_in(killed, "finished"))
    assert killed.member().card.weights == whole.member().card.weights
    assert count(killed, "resumed") == 1
    steps = [[row["step"] for row in run.history() if row["event"] == "step"] for run in (killed, whole)]
    assert steps[0] == steps[1] == list(range(5, 81, 5))
    with Image.open(killed.preview(80)) as picture:
        assert picture.size == (71, 71)  # 8 x 8 digits of 8 x 8 pixels, a pixel apart


def test_what_cannot_be_read_is_told_in_a_sentence(tmp_path):
    run = runs.create(MemberSpec(dataset=f"folder:{tmp_path / 'nowhere'}"))
    wait_until(is_in(run, "failed"))
    assert "nowhere" in run.state().message
    assert "Traceback" not in run.state().message
    assert run.events()[0] == [{"event": "failed", "step": 0, "message": run.state().message}]


@pytest.fixture
def small_disk(tmp_path, monkeypatch):
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(disk)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no mount command")
    if done.returncode:
        assert not (sys.platform == "linux" and os.geteuid() == 0 and os.environ.get("CI")), done.stderr
        pytest.skip(f"a small disk cannot be mounted here: {done.stderr.strip()}")
    monkeypatch.setenv("GANLAB_HOME", str(disk))
    yield disk
    for run in runs.all_runs():
        if run.is_alive():
            kill(run)
            wait_until(lambda run=run: not run.is_alive())
    # Lazily: the last worker may still be closing its log.
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


def test_a_full_disk_is_told_and_spares_what_was_there(small_disk):
    run = runs.create(endless(checkpoint_every=20))
    wait_until(lambda: count(run, "saved"))
    fill(small_disk / "ballast")
    wait_until(is_in(run, "failed"))
    assert run.state().message == FULL
    assert run.events()[0][-1] == {"event": "failed", "step": run.state().step, "message": FULL}
    assert saved(run).facts["steps"] >= 20
    assert run.spec() == endless(checkpoint_every=20).resolved()
    assert run.preview(0).is_file()
    fill(small_disk / "ballast")
    with pytest.raises(RunError, match="The disk is full"):
        runs.create(tiny())
    assert runs.all_runs() == [run]

    (small_disk / "ballast").unlink()
    run.resume()
    started = count(run, "started")
    wait_until(lambda: count(run, "started") > started and run.events()[0][-1]["event"] == "step")
    run.set_rates(generator=1.0, critic=1.0)
    wait_until(is_in(run, "failed"))
    assert run.state().message.startswith("Training failed at step")
    assert "Try learning rates below 1" in run.state().message
    assert "Traceback" not in run.state().message
    assert "Traceback" in run.log_tail()


def fill(path: Path):
    """Write until nothing more fits."""
    with path.open("ab", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while file.write(bytes(size)) == size:
                    pass
            except OSError:
                continue


def saved(run):
    return Checkpoint.from_bytes((run.folder / CHECKPOINT).read_bytes())
