"""The real app on a free port with a workspace of its own, and a Chromium to look at it."""

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import ganlab.fusion.stored  # noqa: F401 - torch warns when it loads, which in a page's thread would count as an error
from ganlab import runs
from ganlab.members import store
from ganlab.runs import Run, queue
from ganlab.runs.folder import LIVE

ROOT = Path(__file__).parents[2]
_START = 60  # seconds; three are usual
_QUIET = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)


@pytest.fixture
def own_store_and_workers(workspace, tmp_path, monkeypatch):
    """No shipped members, and no worker outlives its test."""
    monkeypatch.setattr(store, "shipped_folder", lambda: tmp_path / "pretrained")
    monkeypatch.setenv("GANLAB_THREADS", "1")
    yield
    for run in runs.all_runs():
        if run.state().state in LIVE:
            os.kill(run.written_state().pid, signal.SIGKILL)
    for child in queue._children:
        child.wait(_START)


@dataclass(frozen=True)
class App:
    """A running app: its address without a slash at the end, and its GANLAB_HOME."""

    url: str
    home: Path


@pytest.fixture(scope="session")
def app(tmp_path_factory):
    """The app as users start it; what it started ends with the tests."""
    with running(tmp_path_factory.mktemp("app")) as started:
        yield started


@contextmanager
def running(home, **more):
    """The app with a workspace of its own and more in its environment, until the block ends."""
    port = _free_port()
    environment = {name: value for name, value in os.environ.items() if name not in ("GANLAB_DATA", "BROWSER")}
    environment |= {"GANLAB_HOME": str(home), "GANLAB_THREADS": "1"} | more
    options = ("--server.port", str(port), "--server.headless", "true")
    log = home / "app.log"
    with log.open("wb") as file:
        server = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "app.py", *options],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_for(server, port, log)
        yield App(f"http://localhost:{port}", home)
    finally:
        server.send_signal(signal.SIGINT)
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        _end_workers(home)


@pytest.fixture(scope="module")
def browser():
    """A Chromium, one for a module: its event loop must be gone before other modules want one of their own."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
        path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
        path = path or (own if Path(own).is_file() else None)
        if path is None:
            reason = "there is no Chromium: install the package 'chromium', or run `playwright install chromium`"
            pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
        opened = playwright.chromium.launch(executable_path=path, args=_QUIET)
        yield opened
        opened.close()


@pytest.fixture
def browser_page(app, browser):
    """A tab at the app's size on a projector; errors in it, and requests to anyone else, fail the test.

    ``browser_page.context.new_page()`` opens a second tab.
    """
    context = browser.new_context(viewport={"width": 1280, "height": 720}, base_url=app.url)
    context.set_default_timeout(60_000)
    faults = []
    context.on("weberror", lambda error: faults.append(str(error.error)))
    context.on("request", lambda request: _is_ours(request.url, app.url) or faults.append(request.url))
    yield context.new_page()
    context.close()
    assert faults == []


def _is_ours(address, ours):
    parts = urlsplit(address)
    return parts.scheme in ("data", "blob") or parts.netloc == urlsplit(ours).netloc


def _free_port():
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        return probe.getsockname()[1]


def _wait_for(server, port, log):
    """Return once the app answers."""
    clock, deadline = threading.Event(), time.monotonic() + _START
    while time.monotonic() < deadline and server.poll() is None:
        connection = http.client.HTTPConnection("localhost", port, timeout=5)
        try:
            connection.request("GET", "/_stcore/health")
            if connection.getresponse().status == 200:
                return
        except OSError:
            clock.wait(0.1)
        finally:
            connection.close()
    pytest.fail(f"the app did not start: {log.read_text(errors='replace')[-2000:]}")


def _end_workers(home):
    """Kill the workers that are left; killed ones start no others."""
    for folder in (home / "runs").glob("[0-9]*"):
        state = Run(folder).state()
        if state.state in LIVE and state.pid:
            os.kill(state.pid, signal.SIGKILL)


@pytest.fixture
def own_jobs():
    """Jobs of a test end with it, and are forgotten."""
    from ganlab.ui import jobs

    yield
    jobs.close()
    for job in jobs.known():
        jobs.forget(job)
