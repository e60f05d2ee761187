"""Work of this process that takes its time: a bar on a terminal, a line now and then elsewhere, JSON for programs.

All of it goes to standard error.  Ctrl-C and the signal to end unwind the work, so that no file stays half-written.
"""

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ganlab.cli.output import say
from ganlab.errors import SpecError

if TYPE_CHECKING:
    from ganlab.metrics import make
    from ganlab.metrics.evaluate import Progress

_LINE = 5.0  # seconds between plain lines

How = Annotated[
    str | None,
    typer.Option("--progress", metavar="json", help="Tell progress to standard error as JSON, one object a line."),
]


def watch(name: str, work: "Iterator[Progress | Any]", how: str | None) -> Any:
    """Do the work, show how far it is, and return what it yields last.

    Args:
        name: Whose work, for people and programs.
        work: Yields Progress, and at the end its result.
        how: ``json``, or None for people.
    """
    from ganlab.metrics.evaluate import Progress

    result = None
    with _unwinding(), _screen(name, how) as show:
        for event in work:
            if isinstance(event, Progress):
                show(event)
            else:
                result = event
    return result


def check_how(how: str | None) -> None:
    """Refuse a way of telling progress that there is not.

    Raises:
        SpecError: With the one there is.
    """
    if how not in (None, "json"):
        raise SpecError(f"--progress is {how!r}; allowed: json.")


def making(extractor: str, step: "make.Progress") -> "Progress":
    """Return how far the training of an extractor is, as other work tells it."""
    from ganlab.metrics.evaluate import Progress

    share = step.done / step.total
    return Progress(f"making extractor {extractor}", share, step.seconds, step.seconds / share * (1 - share))


def use_all_cores() -> None:
    """Let torch compute with every processor this process may use; to be called before NumPy is loaded.

    NumPy's own threads would fight torch's for the same processors over matrices of 64 rows, and threads that
    wait would take them from those that work: with both set, measuring takes less than half the time.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

    import torch

    from ganlab import device

    torch.set_num_threads(int(os.environ.get("GANLAB_THREADS") or device.cores()))


@contextmanager
def _unwinding() -> Iterator[None]:
    """Turn the signal to end into an exception: files are written aside, and what was begun is cleared away."""

    def leave(number: int, _: object) -> None:
        raise SystemExit(128 + number)

    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _screen(name: str, how: str | None) -> "Iterator[Callable[[Progress], None]]":
    if how == "json":
        yield lambda step: say(json.dumps({"member": name} | asdict(step), allow_nan=False))
    elif sys.stderr.isatty():
        with _bar(name) as show:
            yield show
    else:
        yield _lines(name)


@contextmanager
def _bar(name: str) -> "Iterator[Callable[[Progress], None]]":
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(20), TaskProgressColumn())
    told = TextColumn("{task.fields[told]}", markup=False)
    with Progress(*columns, told, console=Console(stderr=True), redirect_stdout=False, redirect_stderr=False) as bar:
        task = bar.add_task(name, total=1.0, told="")
        yield lambda step: bar.update(task, completed=step.share, told=_words(step))


def _lines(name: str) -> "Callable[[Progress], None]":
    due = 0.0

    def show(step: "Progress") -> None:
        nonlocal due
        if step.left is not None and time.monotonic() >= due:
            say(f"{name}: {step.share:.0%}, {_words(step)}")
            due = time.monotonic() + _LINE

    return show


def _words(step: "Progress") -> str:
    left = "" if step.left is None else f", about {step.left:,.0f} s left"
    return step.doing + left
