"""Ctrl-C in a real terminal: the key is pressed, the system sends the signal to all that the terminal runs."""

import fcntl
import os
import pty
import select
import struct
import termios
import time

import pytest
from cli.conftest import start

from ganlab import runs
from ganlab.cli import exits

SMALL = ("train", "--dataset", "ring8", "--network", "toy", "--batch-size", "8")
ENDLESS = (*SMALL, "--steps", "1000000", "--log-every", "5", "--preview-every", "1000000")
CTRL_C = b"\x03"

# Makes its standard input the terminal of its session, then becomes the command line.
IN_FRONT = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.executable, [sys.executable, "-m", "ganlab", *sys.argv[1:]])
"""


class Terminal:
    """A terminal with the command line in its foreground."""

    def __init__(self, *arguments):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("4H", 24, 80, 0, 0))
        self.process = start(
            *("-c", IN_FRONT, *arguments),
            **dict.fromkeys(("stdin", "stdout", "stderr"), slave),
            text=False,
            start_new_session=True,
        )
        os.close(slave)
        self.shown = b""

    def press(self, keys):
        os.write(self.master, keys)

    def wait_for(self, text, timeout=60):
        """Read until ``text`` has appeared, and forget what came before it."""
        deadline = time.monotonic() + timeout
        while text not in self.shown:
            assert select.select([self.master], [], [], max(0, deadline - time.monotonic()))[0], self.shown
            try:
                self.shown += os.read(self.master, 65_536)
            except OSError:  # Linux says so when the last program has closed the terminal
                raise AssertionError(f"It ended without {text!r}: {self.shown!r}") from None
        self.shown = self.shown.partition(text)[2]

    def close(self):
        self.process.kill()
        self.process.wait(60)
        os.close(self.master)


@pytest.fixture
def terminal():
    opened = Terminal(*ENDLESS)
    try:
        for text in (b" images/s, ", b" left,", b"generator ", b"critic "):
            opened.wait_for(text)
        yield opened
    finally:
        opened.close()


def lives_on(run):
    """Whether the worker takes further steps."""
    before = run.events()[1]
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if run.events()[1] > before:
            return run.state().state == "running"
        time.sleep(0.05)
    return False


def test_a_bar_shows_rate_and_remaining_time_and_ctrl_c_asks_and_stops(terminal):
    terminal.press(CTRL_C)
    terminal.wait_for(b"Stop the run (s), or leave it running (Enter)? ")
    assert lives_on(runs.find("1"))
    terminal.press(b"s\n")
    terminal.wait_for(b"The run is stopped at step ")
    assert terminal.process.wait(60) == exits.INTERRUPTED
    assert runs.find("1").keep("early").card.steps > 0


def test_enter_leaves_the_run_running(terminal):
    terminal.press(CTRL_C)
    terminal.wait_for(b"(Enter)? ")
    terminal.press(b"\n")
    terminal.wait_for(b"The run goes on. To follow it: python -m ganlab runs follow 0001-toy-ring8")
    assert terminal.process.wait(60) == exits.INTERRUPTED
    assert lives_on(runs.find("1"))


def test_a_second_ctrl_c_leaves_the_run_running(terminal):
    terminal.press(CTRL_C)
    terminal.wait_for(b"(Enter)? ")
    terminal.press(CTRL_C)
    terminal.wait_for(b"The run goes on.")
    assert terminal.process.wait(60) == exits.INTERRUPTED
    assert b"Traceback" not in terminal.shown
    assert lives_on(runs.find("1"))
