"""Watching a run over real sockets: its folder is written by hand, line by line."""

import json
import shutil
import threading
from contextlib import contextmanager

import pytest
import uvicorn
from starlette.applications import Starlette
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from ganlab.files import write_json
from ganlab.runs import Run, State
from ganlab.spec import MemberSpec
from ganlab.ui import api, live

_PATIENCE = 20  # seconds; a quarter is usual


@pytest.fixture
def server(workspace, monkeypatch):
    """The app's routes without Streamlit, on a port of their own; gives ``host:port``."""
    monkeypatch.setattr(live, "HUBS", {})
    monkeypatch.setattr(live, "_POLL", 0.02)
    ready = threading.Event()

    class Server(uvicorn.Server):
        async def startup(self, sockets=None):
            await super().startup(sockets)
            ready.set()

    served = Server(uvicorn.Config(Starlette(routes=api.ROUTES), port=0, log_level="critical", ws="websockets-sansio"))
    thread = threading.Thread(target=served.run)
    thread.start()
    assert ready.wait(_PATIENCE)
    yield f"127.0.0.1:{served.servers[0].sockets[0].getsockname()[1]}"
    served.should_exit = True
    thread.join(_PATIENCE)
    assert not thread.is_alive()


@pytest.fixture
def run(workspace):
    made = Run(workspace / "runs" / "0001-toy-ring8")
    write_json(made.folder / "spec.json", MemberSpec(dataset="ring8", network="toy", steps=100).resolved().model_dump())
    made.write_state(State(state="queued", steps=100))
    return made


def append(run, *lines, end="\n"):
    with (run.folder / "events.jsonl").open("a") as file:
        file.write("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines) + end)


def step(number, **values):
    return {"event": "step", "step": number, "seconds": number / 10, "generator_loss": 0.7} | values


@contextmanager
def watching(server, run="0001-toy-ring8", origin=None, **query):
    query = "&".join(f"{name}={value}" for name, value in ({"run": run} | query).items())
    with connect(f"ws://{server}/api/live?{query}", origin=origin, open_timeout=_PATIENCE) as socket:
        yield socket


def hear(socket, rows, state=None):
    """Return the steps told until there are so many, and in the end the wanted state; asks for nothing."""
    told, last = [], None
    while len(told) < rows or (state is not None and last != state):
        message = json.loads(socket.recv(timeout=_PATIENCE), parse_constant=pytest.fail)
        told += message.get("rows", [])
        last = message["state"]["state"] if "state" in message else last
    return told


def closed_with(socket):
    with pytest.raises(ConnectionClosed) as closed:
        socket.recv(timeout=_PATIENCE)
    return closed.value.rcvd.code


def test_rows_come_as_they_are_written(server, run):
    append(run, {"event": "started", "step": 0}, step(1))
    with watching(server) as socket:
        assert hear(socket, 2) == [{"event": "started", "step": 0}, step(1)]
        append(run, step(2), step(3))
        assert hear(socket, 2) == [step(2), step(3)]


def test_half_a_line_waits_for_its_other_half(server, run):
    append(run, step(1))
    with watching(server) as socket:
        hear(socket, 1)
        whole = json.dumps(step(2))
        append(run, whole[:9], end="")
        with pytest.raises(TimeoutError):
            socket.recv(timeout=0.3)
        append(run, whole[9:])
        assert hear(socket, 1) == [step(2)]


def test_whoever_comes_back_is_sent_what_they_missed(server, run):
    append(run, *map(step, range(1, 6)))
    with watching(server, **{"from": 3}) as socket:
        assert hear(socket, 2) == [step(4), step(5)]


def test_whoever_comes_back_after_all_left_misses_nothing(server, run):
    append(run, step(1))
    with watching(server) as socket:
        hear(socket, 1)
    append(run, step(2), step(3))
    with watching(server, **{"from": 1}) as socket:
        assert hear(socket, 2) == [step(2), step(3)]
        append(run, step(4))
        assert hear(socket, 1) == [step(4)]


def test_a_resumption_is_passed_on_in_its_place(server, run):
    append(run, step(1), step(2), {"event": "resumed", "step": 1}, step(2, generator_loss=0.5))
    with watching(server) as socket:
        assert [row["event"] for row in hear(socket, 4)] == ["step", "step", "resumed", "step"]


def test_all_watchers_see_the_same_through_one_reader(server, run, monkeypatch):
    looks, events = [], Run.events

    def counted(self, offset=0):
        looks.append(offset)
        return events(self, offset)

    monkeypatch.setattr(Run, "events", counted)
    append(run, step(1))
    with watching(server) as one, watching(server) as two, watching(server, **{"from": 1}) as three:
        assert hear(one, 1) == hear(two, 1) == [step(1)]
        append(run, step(2))
        assert hear(one, 1) == hear(two, 1) == hear(three, 1) == [step(2)]
        assert len(live.HUBS) == 1
        assert looks.count(0) == 1, "the start was read once for all"


def judged(socket, kind):
    """Listen until the run is found to be so; return the findings."""
    while True:
        health = json.loads(socket.recv(timeout=_PATIENCE)).get("health", [])
        if [finding["kind"] for finding in health] == [kind]:
            return health


def scored(number, modes):
    return {"event": "scored", "step": number, "modes": modes, "high_quality": 0.5, "best": False}


def test_health_is_told_as_it_changes_and_whoever_comes_later_is_told_too(server, run):
    append(run, {"event": "scoring", "extractor": "exact density", "real_modes": 8}, scored(10, 7), scored(20, 8))
    with watching(server) as socket:
        (quiet,) = judged(socket, "healthy")
        assert (quiet["text"], quiet["advice"]) == ("Nothing alarming: 8 of 8 heaps.", "")
        append(run, scored(30, 2), scored(40, 1))
        (found,) = judged(socket, "collapse")
        assert found["text"] == "Mode collapse: it draws 1 of 8 heaps, and drew 8 before."
        assert found["advice"]
        with watching(server, **{"from": 5}) as later:
            assert judged(later, "collapse") == [found]
        append(run, {"event": "resumed", "step": 20})
        judged(socket, "healthy")


def test_each_watcher_is_told_in_a_language_of_its_own(server, run):
    append(run, {"event": "scoring", "extractor": "exact density", "real_modes": 8})
    append(run, scored(10, 8), scored(20, 8), scored(30, 1), scored(40, 1))
    append(run, {"event": "unscored", "message": "The run goes on without scores. Points are [n, 2], not 'x'."})
    run.write_state(
        State(state="failed", step=40, steps=100, message="The worker did not start: it cannot be read (x).")
    )
    told = {}
    for language in ("en", "zh", "xx"):
        with watching(server, lang=language) as socket:
            message = json.loads(socket.recv(timeout=_PATIENCE))
            rows = [row["message"] for row in message["rows"] if "message" in row]
            told[language] = [message["health"][0]["text"], message["state"]["message"], *rows]
    assert told["xx"] == told["en"]
    assert told["en"][0].startswith("Mode collapse: it draws 1 of 8 heaps")
    assert told["zh"] == [
        "模式坍塌：它只画出 8 个团中的 1 个，先前画出过 8 个。",
        "训练进程没有启动：无法读取（x）。",
        "运行继续进行，但没有评分。点的形状应为 [n, 2]，而不是 'x'。",
    ]


def test_a_run_whose_spec_was_spoilt_is_still_told(server, run):
    (run.folder / "spec.json").write_text("{}x")
    append(run, step(1))
    with watching(server) as socket:
        message = json.loads(socket.recv(timeout=_PATIENCE))
        assert "health" not in message
        assert message["rows"] == [step(1)]


def test_a_new_state_is_told(server, run):
    with watching(server) as socket:
        hear(socket, 0, state="queued")
        run.write_state(State(state="finished", step=100, steps=100))
        hear(socket, 0, state="finished")


def test_a_run_whose_worker_is_gone_is_told_as_interrupted(server, run):
    with watching(server) as socket:
        run.write_state(State(state="running", step=7, steps=100, pid=2**22 + 1))
        hear(socket, 0, state="interrupted")


def test_a_deleted_run_says_good_bye(server, run):
    with watching(server) as socket:
        hear(socket, 0, state="queued")
        shutil.rmtree(run.folder)
        assert any(json.loads(message).get("gone") for message in iter(lambda: socket.recv(timeout=_PATIENCE), None))


def test_numbers_that_json_does_not_know_break_no_watcher(server, run):
    append(run, '{"event": "step", "step": 1, "generator_loss": NaN, "critic_loss": Infinity}')
    with watching(server) as socket:
        assert hear(socket, 1) == [{"event": "step", "step": 1, "generator_loss": None, "critic_loss": None}]


@pytest.mark.parametrize("run_name", ["0002-toy-ring8", "..", "%2e%2e%2fmembers", ""])
def test_an_unknown_run_is_refused(server, run, run_name):
    with watching(server, run=run_name) as socket:
        assert closed_with(socket) == live.UNKNOWN_RUN == 4404


def test_only_our_own_page_may_watch(server, run):
    with watching(server, origin=f"http://{server}") as socket:
        hear(socket, 0, state="queued")
    for foreign in ("http://evil.example", f"http://{server}.evil.example", "null"):
        with watching(server, origin=foreign) as socket:
            assert closed_with(socket) == live.FOREIGN_ORIGIN == 4403
