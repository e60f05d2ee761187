"""Workers that hang, or that memory ran out for: real ones, halted, deaf, starved and killed."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from run_helpers import count, endless, is_in, kill, last_step, tiny, wait_until

from ganlab import memory, runs
from ganlab.cli import main as command_line
from ganlab.errors import RunError
from ganlab.lock import hold
from ganlab.runs import life, smaller
from ganlab.runs.folder import LOCK, Run, State
from ganlab.spec import EnsembleSpec, MemberSpec


def test_a_halted_worker_is_told_ended_and_resumed(monkeypatch, capsys):
    monkeypatch.setattr(life, "SILENT", 1.0)
    run = runs.create(endless())
    wait_until(lambda: last_step(run) >= 10)
    assert run.silence() < 1.0
    kill(run, signal.SIGSTOP)
    wait_until(lambda: run.silence() > 1.0)
    assert run.state().state == "running", "its lock is held"
    assert command_line(["runs", "--json"]) == 0
    (told,) = json.loads(capsys.readouterr().out)
    assert told["silent"] >= 1
    assert f"python -m ganlab runs end {run.name}" in told["message"]
    assert command_line(["runs", "end", run.name]) == 0
    assert "is interrupted at step" in capsys.readouterr().err
    assert count(run, "saved") == 1, "woken, it hears that it should leave, and saves"
    left = last_step(run)
    run.resume()
    wait_until(lambda: last_step(run) > left)
    assert run.silence() < 1.0
    run.end(patience=0.0)  # no time to save: killed at once
    assert run.state().state == "interrupted"
    with pytest.raises(RunError, match="is interrupted: it has no worker to end"):
        run.end()


DEAF = """
import signal, sys, threading, time
from pathlib import Path
from ganlab.lock import hold
from ganlab.runs import Run, State, life
signal.signal(signal.SIGTERM, signal.SIG_IGN)
run = Run(Path(sys.argv[2]))
lock = hold(run.folder / "lock", 1)
import os
run.write_state(State(state="running", steps=1, pid=os.getpid(), machine=life.here(), ticks=time.monotonic()))
print("there", flush=True)
threading.Event().wait()
"""


def test_a_worker_that_does_not_listen_is_killed(home):
    run = Run(home / "runs" / "0001-deaf")
    run.folder.mkdir(parents=True)
    command = [sys.executable, "-c", DEAF, "ganlab.runs.worker", str(run.folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout.readline() == "there\n"
        run.end(patience=0.2)
        assert worker.wait(10) == -signal.SIGKILL
    assert run.state().state == "interrupted"


def test_a_process_that_is_no_worker_is_left_alone(home):
    run = Run(home / "runs" / "0001-other")
    run.folder.mkdir(parents=True)
    lock = hold(run.folder / LOCK, 0)
    state = State(state="running", steps=1, pid=os.getppid(), machine=life.here())
    run.write_state(state)
    with pytest.raises(RunError, match="is no worker of run '0001-other': it is left alone"):
        run.end()
    run.write_state(state.model_copy(update={"machine": "another"}))
    with pytest.raises(RunError, match="is on another machine: end it there"):
        run.end()
    lock.release()


def test_silence_is_judged_by_no_clock_that_can_be_set(tmp_path, monkeypatch):
    now = State(state="running", steps=1, machine=life.here(), ticks=time.monotonic(), seen=time.time())
    monkeypatch.setattr(time, "time", lambda: 0.0)
    assert life.silence(tmp_path, now) < 5
    assert life.silence(tmp_path, now.model_copy(update={"ticks": now.ticks - 70})) >= 70
    assert life.silence(tmp_path, now.model_copy(update={"ticks": now.ticks - 70, "state": "finished"})) == 0
    far = now.model_copy(update={"machine": "another", "seen": 5.0})  # whatever its clock says
    assert life.silence(tmp_path, far) == 0
    ticks = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: ticks + 90)
    assert 80 < life.silence(tmp_path, far) < 100
    assert life.silence(tmp_path, far.model_copy(update={"seen": 4.0})) == 0, "a new sign, though its clock went back"


# The first run loads all that trainings need: starved while it loads modules, Python itself may hang.
STARVED = """
import resource, sys
from pathlib import Path
from ganlab.runs import worker
worker.dispatch = lambda: []
assert worker.main(Path(sys.argv[1])) == 0
used = int(next(line for line in open("/proc/self/status") if line.startswith("VmSize")).split()[1]) * 1024
resource.setrlimit(resource.RLIMIT_AS, (used + 180 * 2**20,) * 2)
sys.exit(worker.main(Path(sys.argv[2])))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits of memory are those of Linux")
def test_memory_that_runs_out_is_told_with_a_smaller_setting(monkeypatch):
    monkeypatch.setattr(runs.queue, "_start", lambda run: None)
    whole = runs.create(tiny(steps=1))
    run = runs.create(tiny(batch_size=50_000, width=1024, critic_width=1024))  # 200 MB a layer
    command = [sys.executable, "-c", STARVED, str(whole.folder), str(run.folder)]
    one_arena = os.environ | {"MALLOC_ARENA_MAX": "1"}  # a thread's own would be half of what is left
    starved = subprocess.run(command, check=False, capture_output=True, env=one_arena, timeout=240)
    assert whole.state().state == "finished"
    assert starved.returncode == 1, starved.stderr
    assert run.state().state == "failed"
    assert run.state().message == (
        "Memory ran out. Start again with batch_size 25000 instead of 50000 or width 512 instead of 1024; "
        "or end other programs, and resume from the last checkpoint."
    )


def test_a_worker_that_the_system_killed_for_memory_is_told_so(tmp_path):
    run = runs.create(endless())
    wait_until(lambda: last_step(run) >= 10)
    noted = run.written_state().memory
    assert noted is None or memory.kills(Path(noted[0])) is not None
    counter = tmp_path / "memory.events"
    counter.write_text("low 0\noom 1\noom_kill 1\n")
    kill(run, signal.SIGSTOP)  # it writes its state no more
    run.write_state(run.written_state().model_copy(update={"memory": (str(counter), 1)}))
    counter.write_text("low 0\noom 2\noom_kill 2\n")
    kill(run)
    wait_until(is_in(run, "interrupted"))
    assert "The system ended the worker because memory ran out." in run.state().message
    assert "batch_size 4 instead of 8" in run.state().message
    runs.dispatch()
    counter.unlink()
    assert "memory ran out" in run.state().message, "it is remembered: later the count tells of others"
    run.resume()
    wait_until(is_in(run, "running"))


def test_smaller_settings_are_allowed_ones():
    assert smaller.smaller(MemberSpec(batch_size=64)) == {"batch_size": (32, 64), "width": (16, 32)}
    packed = smaller.smaller(MemberSpec(batch_size=12, pack=4))
    assert packed["batch_size"] == (4, 12)
    assert "batch_size" not in smaller.smaller(MemberSpec(batch_size=2))
    assert smaller.smaller(EnsembleSpec(method="seeds", base=MemberSpec(batch_size=64)))["batch_size"] == (32, 64)


def test_errors_of_memory_are_known_as_such():
    torch = pytest.importorskip("torch")
    with pytest.raises(RuntimeError) as given:
        torch.empty(2**50)
    assert memory.ran_out(given.value)
    assert memory.ran_out(MemoryError())
    assert memory.ran_out(torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB."))
    assert memory.ran_out(OSError(12, "Cannot allocate memory"))
    assert not memory.ran_out(RuntimeError("shapes do not fit"))
    assert not memory.ran_out(ValueError("out of memory"))


def test_the_kernels_count_is_that_of_the_own_group(tmp_path):
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "memory.events").write_text("oom 3\noom_kill 2\n")
    own = tmp_path / "cgroup"
    own.write_text("0::/own\n")
    assert memory.kills(memory.counter(tmp_path, own)) == 2
    (tmp_path / "memory" / "v1").mkdir(parents=True)
    (tmp_path / "memory" / "v1" / "memory.oom_control").write_text("under_oom 0\noom_kill 5\n")
    own.write_text("4:memory:/v1\n0::/\n")
    assert memory.kills(memory.counter(tmp_path, own)) == 5
    assert memory.kills(tmp_path / "nothing") is None
