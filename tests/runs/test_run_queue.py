import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from run_helpers import tiny

from ganlab import runs
from ganlab.errors import DeviceError, RunError, SpecError, UnknownName
from ganlab.lock import hold
from ganlab.runs import queue
from ganlab.runs.folder import LOCK
from ganlab.spec import MemberSpec


@pytest.fixture
def workers(monkeypatch):
    """Workers that only hold their lock: name of the run -> the lock."""
    held = {}

    def start(run):
        held[run.name] = hold(run.folder / LOCK, 0)
        run.write_state(run.written_state().model_copy(update={"state": "running", "pid": 1}))

    monkeypatch.setattr(queue, "_start", start)
    yield held
    for lock in held.values():
        lock.release()


def finish(run, workers):
    run.write_state(run.written_state().model_copy(update={"state": "finished"}))
    workers.pop(run.name).release()


def states():
    return [run.state().state for run in runs.all_runs()]


def test_a_run_is_written_out_complete(workers):
    run = runs.create(MemberSpec(dataset="ring8", network="toy"))
    assert run.name == "0001-toy-ring8"
    assert run.spec() == MemberSpec(dataset="ring8", network="toy").resolved()
    assert run.state().created


def test_one_at_a_time_in_order_of_creation(workers):
    first, second, third = (runs.create(tiny()) for _ in range(3))
    assert states() == ["running", "queued", "queued"]
    assert [runs.position(run) for run in (first, second, third)] == [None, 1, 2]
    finish(first, workers)
    assert runs.dispatch() == [second]
    assert runs.dispatch() == []
    assert runs.position(third) == 1


def test_a_dead_worker_makes_room(workers):
    first, second = (runs.create(tiny()) for _ in range(2))
    workers.pop(first.name).release()
    assert states() == ["interrupted", "queued"]
    assert runs.dispatch() == [second]
    first.resume()
    assert states() == ["queued", "running"]
    assert runs.position(first) == 1


def test_devices_do_not_wait_for_each_other(workers):
    queue.remember_devices(["cuda:0", "cpu"])
    runs.create(tiny(), "cpu")
    runs.create(tiny(), "auto")
    waiting = runs.create(tiny(), "cuda")
    assert states() == ["running", "running", "queued"]
    assert runs.position(waiting) == 1


def test_until_a_device_is_known_there_is_one(workers):
    runs.create(tiny(), "auto")
    runs.create(tiny(), "cpu")
    assert states() == ["running", "queued"]


def test_a_queued_run_can_be_stopped_and_queued_again(workers):
    runs.create(tiny())
    second = runs.create(tiny())
    second.stop()
    assert states() == ["running", "stopped"]
    second.resume()
    assert states() == ["running", "queued"]


def test_two_doors_get_two_numbers(workers):
    with ThreadPoolExecutor(8) as doors:
        made = list(doors.map(lambda _: runs.create(tiny()), range(16)))
    assert sorted(run.number for run in made) == list(range(1, 17))
    assert states().count("running") == 1


def test_a_number_is_never_given_twice(workers):
    runs.create(tiny())
    runs.create(tiny()).delete()
    assert runs.create(tiny()).number == 3


def test_labels_become_part_of_the_name(workers):
    assert runs.create(tiny(), label="Anna's 2nd / ../try").name == "0001-try"
    assert runs.create(tiny(), label="Anna's 2nd try").name == "0002-anna-s-2nd-try"
    assert runs.create(tiny(), label="小安").name == "0003-toy-ring8"


def test_find(workers):
    runs.create(tiny())
    run = runs.create(tiny())
    assert runs.find("2") == runs.find("0002") == runs.find("0002-toy-ring8") == run
    with pytest.raises(UnknownName, match=r"No run is called '0002-toy-ring9'\. Did you mean '0002-toy-ring8'"):
        runs.find("0002-toy-ring9")


def test_what_cannot_be_trained_makes_no_run(workers):
    with pytest.raises(DeviceError, match="No device is called 'gpu'"):
        runs.create(tiny(), "gpu")
    with pytest.raises(SpecError, match="batch_size 2,000 is more than the 1,437"):
        runs.create(MemberSpec(network="mlp", batch_size=2_000))
    assert runs.all_runs() == []


def test_a_folder_of_pictures_is_found_from_anywhere(workers, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = runs.create(MemberSpec(dataset="folder:My pictures"))
    assert run.spec().dataset == f"folder:{tmp_path / 'My pictures'}"
    assert run.name == "0001-dcgan-my-pictures"


def test_a_worker_that_cannot_start_says_so(monkeypatch):
    monkeypatch.setattr(queue.sys, "executable", "/bin/false")
    run = runs.create(tiny())
    assert run.state().state == "failed"
    assert run.state().message.startswith("The worker did not start")


def test_a_second_worker_leaves_at_once(workers):
    run = runs.create(tiny())
    second = subprocess.run(
        [sys.executable, "-m", "ganlab.runs.worker", str(run.folder)], capture_output=True, text=True, check=False
    )
    assert second.returncode == 1
    assert "Another worker has '0001-toy-ring8'" in second.stderr
    assert run.events() == ([], 0)


def test_more_runs_than_can_wait_are_refused_and_nothing_is_written(workers, monkeypatch):
    monkeypatch.setattr(queue, "MOST_WAITING", 2)
    for _ in range(3):  # one at work, two that wait
        runs.create(tiny(), "cpu")
    with pytest.raises(RunError, match="2 runs wait already"):
        runs.create(tiny(), "cpu")
    assert states() == ["running", "queued", "queued"]
