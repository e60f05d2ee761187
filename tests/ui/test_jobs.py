"""Jobs: real processes, one at a time, shared, cancelled, and told in a sentence when they fail."""

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from ganlab.errors import RunError
from ganlab.ui import jobs

ROOT = Path(__file__).parents[2]
SAY = "import sys, json\nsay = lambda **told: print(json.dumps(told), file=sys.stderr, flush=True)\n"
# Lives until the named file is there; says so once it has begun.
UNTIL = SAY + (
    "import pathlib, time\nsay(doing='begun', share=0.25, left=7.5)\n"
    "while not pathlib.Path(sys.argv[1]).exists(): time.sleep(0.01)\nprint('over')"
)


@pytest.fixture(autouse=True)
def home(workspace, own_jobs):
    return workspace


def script(text, *arguments):
    return (sys.executable, "-c", text, *map(str, arguments))


def wait_until(condition):
    clock, deadline = threading.Event(), time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        clock.wait(0.01)


def ended(job):
    wait_until(lambda: not job.live)
    return job


def begun(job):
    wait_until(lambda: job.doing == "begun")
    return job


def test_the_answer_is_what_the_process_prints():
    job = ended(jobs.ask(script("print('[1]')")))
    assert (job.state, job.answer, job.reason) == ("done", "[1]\n", "")


def test_progress_is_what_the_process_says(tmp_path):
    job = begun(jobs.ask(script(UNTIL, tmp_path / "go")))
    assert (job.state, job.share, job.left) == ("running", 0.25, 7.5)
    (tmp_path / "go").touch()
    assert ended(job).answer == "over\n"


@pytest.mark.parametrize("line", ["[]", "{}", "3", "{", '{"doing": "x", "share": "y", "left": 1}', '{"share": 1}'])
def test_lines_that_are_no_progress_do_no_harm(line):
    job = ended(jobs.ask(script(f"import sys; print({line!r}, file=sys.stderr)")))
    assert (job.state, job.doing, job.share) == ("done", "", 0.0)


def test_shares_beyond_their_bounds_are_cut():
    for given, shown in ((7, 1.0), (-1, 0.0), (float("nan"), 0.0)):
        job = ended(jobs.ask(script(f"{SAY}say(doing='x', share=float('{given}'), left=None)")))
        assert (job.share, job.left) == (shown, None)


def test_one_runs_and_the_others_wait_in_order(tmp_path):
    first = begun(jobs.ask(script(UNTIL, tmp_path / "a")))
    second, third = (jobs.ask(script(UNTIL, tmp_path / name)) for name in "bc")
    assert [jobs.position(job) for job in (first, second, third)] == [None, 1, 2]
    assert (second.state, third.state) == ("waiting", "waiting")
    jobs.cancel(second)
    assert jobs.position(third) == 1
    (tmp_path / "c").touch()
    (tmp_path / "a").touch()
    assert ended(third).state == "done"
    assert (first.state, second.state) == ("done", "cancelled")


def test_equal_questions_share_a_job_until_it_has_ended(tmp_path):
    command = script(UNTIL, tmp_path / "go")
    job = jobs.ask(command)
    assert jobs.ask(list(command)) is job
    assert jobs.find(command) is job
    (tmp_path / "go").touch()
    ended(job)
    assert jobs.find(command) is job
    assert jobs.ask(command) is not job
    assert jobs.find(script("pass")) is None


def test_the_queue_is_bounded_and_says_so(tmp_path):
    begun(jobs.ask(script(UNTIL, tmp_path / "go")))
    for number in range(jobs.MOST_WAITING):
        jobs.ask(script("pass", number))
    with pytest.raises(RunError, match="16 questions wait already"):
        jobs.ask(script("pass", "more"))
    assert jobs.ask(script("pass", 0)).live  # one that waits already is no more


def test_cancelling_ends_the_process(tmp_path):
    job = begun(jobs.ask(script(UNTIL, tmp_path / "go")))
    jobs.cancel(job)
    assert job.process.wait(30) < 0
    assert job.state == "cancelled"
    assert ended(jobs.ask(script("print(1)"))).state == "done"  # the next one has its turn
    jobs.cancel(job)
    assert job.state == "cancelled"


def test_a_process_that_will_not_end_is_killed(tmp_path, monkeypatch):
    monkeypatch.setattr(jobs, "_PATIENCE", 0.1)
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + UNTIL
    job = begun(jobs.ask(script(deaf, tmp_path / "go")))
    jobs.cancel(job)
    assert job.process.wait(30) == -9


def test_what_a_user_can_mend_is_the_last_sentence():
    job = ended(jobs.ask(script("import sys; print('first\\nNo member is so.', file=sys.stderr); sys.exit(3)")))
    assert (job.state, job.reason) == ("failed", "No member is so.")


@pytest.mark.parametrize("text", ["raise ValueError('secret')", "import sys; sys.exit(7)", "import sys; sys.exit(2)"])
def test_what_is_our_fault_is_no_traceback(text):
    job = ended(jobs.ask(script(text)))
    assert job.state == "failed"
    assert job.reason.startswith("The process broke off")


def test_a_process_ended_from_outside_is_told():
    job = ended(jobs.ask(script("import os; os.kill(os.getpid(), 9)")))
    assert "signal 9" in job.reason


def test_a_program_that_is_not_there_is_told():
    job = ended(jobs.ask(("/no/such/program",)))
    assert job.reason.startswith("The process could not be started")


def test_much_output_blocks_nobody():
    job = ended(jobs.ask(script("import sys\nfor f in (sys.stdout, sys.stderr): f.write('x' * 300_000)")))
    assert (job.state, len(job.answer)) == ("done", 300_000)


def test_the_process_works_where_the_server_does(workspace, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    job = ended(jobs.ask(script("import os, ganlab; print(os.environ['GANLAB_HOME'], os.nice(0))")))
    assert job.answer.split() == [str(workspace.resolve()), str(max(5, os.getpriority(os.PRIO_PROCESS, 0)))]


def test_the_verb_is_ganlabs_own():
    assert json.loads(ended(jobs.ask(jobs.verb("members", "--json"))).answer)


def test_ended_jobs_are_forgotten_when_asked_and_when_there_are_many(monkeypatch):
    monkeypatch.setattr(jobs, "_MOST_ENDED", 2)
    commands = [script("pass", number) for number in range(4)]
    for command in commands:
        ended(jobs.ask(command))
    assert [jobs.find(command) is not None for command in commands] == [False, True, True, True]
    jobs.forget(jobs.find(commands[3]))
    assert jobs.find(commands[3]) is None


def test_closing_ends_all(tmp_path):
    running = begun(jobs.ask(script(UNTIL, tmp_path / "go")))
    waiting = jobs.ask(script("pass"))
    jobs.close()
    assert running.process.poll() is not None
    assert (running.state, waiting.state, waiting.process) == ("cancelled", "cancelled", None)


def test_jobs_end_with_the_server(tmp_path):
    """A server that is told to end takes the process with it that measures."""
    script = tmp_path / "serve.py"
    script.write_text(
        "import asyncio, sys\n"
        "from ganlab.ui import api, jobs\n"
        "async def main():\n"
        "    async with api.lifespan(None):\n"
        "        job = jobs.ask((sys.executable, '-c', 'import time; time.sleep(600)'))\n"
        "        while job.process is None: await asyncio.sleep(0.01)\n"
        "        print(job.process.pid, flush=True)\n"
        "asyncio.run(main())\n"
    )
    done = subprocess.run(
        [sys.executable, str(script)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    with pytest.raises(ProcessLookupError):
        os.kill(int(done.stdout), 0)


@pytest.fixture
def tab(monkeypatch):
    """A function that lets what follows happen in a tab of that name."""

    def enter(name):
        context = SimpleNamespace(session_id=name)
        monkeypatch.setattr(jobs, "get_script_run_ctx", lambda suppress_warning: context)

    return enter


def test_visitors_take_turns(tab, tmp_path):
    tab("first")
    running = begun(jobs.ask(script(UNTIL, tmp_path / "go")))
    mine = [jobs.ask(script(f"print({number})")) for number in range(3)]
    tab("second")
    theirs = [jobs.ask(script(f"print({number}, 2)")) for number in range(2)]
    places = [jobs.position(job) for job in (*mine, *theirs)]
    # The first visitor has one at work already, so the second one's first question comes first.
    assert places == [2, 4, 5, 1, 3]
    (tmp_path / "go").touch()
    assert [ended(job).state for job in (running, *mine, *theirs)] == ["done"] * 6


def test_what_only_closed_tabs_wait_for_is_cancelled(tab, tmp_path, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(jobs.time, "monotonic", lambda: now[0])
    tab("closed")
    alone = jobs.ask(script(UNTIL, tmp_path / "go"))
    shared = jobs.ask(script("print(1)"))
    came_back = jobs.ask(script("print(2)"))
    tab("open")
    jobs.ask(script("print(1)"))
    open_tabs = {"open"}
    assert jobs.drop_unwanted(open_tabs.__contains__) == []  # a page that is loaded again is away for a moment
    tab("again")
    jobs.shown(came_back)
    open_tabs.add("again")
    now[0] += 31
    assert jobs.drop_unwanted(open_tabs.__contains__) == [alone]
    assert ended(alone).state == "cancelled"
    assert [ended(job).state for job in (shared, came_back)] == ["done", "done"]


def test_who_comes_back_in_time_is_waited_for(tab, tmp_path, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(jobs.time, "monotonic", lambda: now[0])
    tab("phone")
    job = jobs.ask(script(UNTIL, tmp_path / "go"))
    job.left = 12.0  # what the process says of itself is something else
    for there in (False, True, False):
        assert jobs.drop_unwanted(lambda _, there=there: there) == []
        now[0] += 20
    assert job.left == 12.0
    assert jobs.drop_unwanted(lambda _: False) == []
    (tmp_path / "go").touch()
    assert ended(job).state == "done"


def test_a_job_that_no_tab_asked_for_is_left_alone():
    job = jobs.ask(script("print(1)"))
    assert job.visitors == []
    assert jobs.drop_unwanted(lambda _: False) == []
    assert ended(job).state == "done"
