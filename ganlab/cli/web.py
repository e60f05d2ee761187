"""``app``: the web front end, from wherever ganlab is installed."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from ganlab import files
from ganlab.cli.output import say

_DOOR = Path(__file__).parents[1] / "ui" / "door.py"


def app(
    port: Annotated[int, typer.Option(min=1, max=65_535, help="Where it listens.")] = 8501,
    address: Annotated[
        str, typer.Option(help="0.0.0.0 shows it to a network; set GANLAB_PRESENTER_KEY to be its presenter.")
    ] = "localhost",
    headless: Annotated[bool, typer.Option("--headless", help="Open no browser.")] = False,
) -> None:
    """Start the web front end, and go on until Ctrl-C; runs that go on are left running."""
    say(f"The workspace is {str(files.home())!r}.")
    given = {"server.port": port, "server.address": address, "server.headless": str(headless).lower()}
    options = [word for name, value in given.items() for word in (f"--{name}", str(value))]
    command = [sys.executable, "-m", "streamlit", "run", str(_DOOR), *options]
    if os.name == "posix":  # it becomes this process: signals reach it, and its exit code is ours
        sys.stderr.flush()
        os.execv(command[0], command)
    raise typer.Exit(subprocess.call(command))
