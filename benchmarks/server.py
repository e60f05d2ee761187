"""The app as users start it, for figures that are taken from outside."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_START = 60.0  # seconds the app may take to answer


@contextmanager
def server(home: Path) -> Iterator[tuple[int, int]]:
    """Give port and process number of the app as users start it."""
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port), "--server.headless", "true"],
        cwd=Path(__file__).parents[1],
        env=os.environ | {"GANLAB_HOME": str(home)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + _START
        while time.monotonic() < deadline:
            with suppress(OSError), urllib.request.urlopen(f"http://localhost:{port}/_stcore/health"):
                break
            time.sleep(0.2)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait()
