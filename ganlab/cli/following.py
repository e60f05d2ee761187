"""Following a run: a progress bar on a terminal, a line now and then elsewhere; Ctrl-C asks what to do.

All of it goes to standard error, and none of it matters to the run, whose worker has a session of its own.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Protocol

import typer

from ganlab import runs
from ganlab.cli import exits
from ganlab.cli.output import ask, say
from ganlab.runs.parts import parts, under_way
from ganlab.spec import MemberSpec
from ganlab.training.health import findings

if TYPE_CHECKING:
    from ganlab.runs import Run, State

_POLL = 0.2  # seconds between looks at the folder
_LINE = 5.0  # seconds between plain lines
_ONGOING = ("queued", "running", "paused")


class _Show(Protocol):
    def __call__(self, headline: str, step: int, told: str) -> None: ...


def follow_or_ask(run: "Run") -> "State":
    """Show a run until it ends, and return how it ended.

    Raises:
        typer.Exit: Ctrl-C was pressed; the run has stopped, or goes on.
    """
    try:
        return follow(run)
    except KeyboardInterrupt:
        pass
    try:
        if _wants_to_stop():
            run.stop()
            state = follow(run)
            say(f"The run is {state.state} at step {state.step:,}. To keep what it learned: {_verb('keep', run)} NAME")
            raise typer.Exit(exits.INTERRUPTED)
    except KeyboardInterrupt:
        pass
    say(f"\nThe run goes on. To follow it: {_verb('follow', run)}   To stop it: {_verb('stop', run)}")
    raise typer.Exit(exits.INTERRUPTED)


def follow(run: "Run") -> "State":
    """Show a run until it ends, and return how it ended."""
    seen = _Seen(run)
    with _screen(run.state().steps) as show:
        while True:
            state = run.state()  # before the events, so that an end comes with all of them
            if (now := under_way(run)) != seen.run:
                seen = _Seen(now)
            seen.look()
            step = seen.step if now == run else state.step
            show(_headline(run, state), step, ", ".join(filter(None, [seen.stage, seen.told, seen.scored])))
            if state.state not in _ONGOING:
                break
            if state.state == "queued":
                runs.dispatch()
            time.sleep(_POLL)
    for each in parts(run) or [run]:
        for finding in findings(each.history(), each.spec()):
            if finding.advice:
                say(f"{'' if each == run else f'Member {each.number}: '}{finding.text} {finding.advice}")
    return state


class _Seen:
    """What was seen of a run, or of the member of an ensemble that is trained just now."""

    def __init__(self, run: "Run") -> None:
        self.run, self.step, self.stage, self.told, self.scored, self._offset = run, 0, "", "", "", 0

    def look(self) -> None:
        """See what is new."""
        events, self._offset = self.run.events(self._offset)
        for event in events:
            self.step = event.get("step", self.step)
            match event["event"]:
                case "step":
                    self.told = words(event, self.run.spec())
                case "scored":
                    self.scored = measures(event)
                case "stage":
                    self.stage = f"stage {event['name']}"


def measures(event: dict[str, Any]) -> str:
    """Return the measures of a scored event that are told while a run goes on."""
    formats = {"fid": "FID {:.3g}", "high_quality": "{:.0%} near a heap", "modes": "{:.0f} modes"}
    return ", ".join(form.format(event[name]) for name, form in formats.items() if event.get(name) is not None)


def words(event: dict[str, Any], spec: MemberSpec) -> str:
    """Return rate, remaining time and losses of a step event; what stood still or broke is a dash."""
    rate = event.get("images_per_second")
    left = timedelta(seconds=round((spec.steps - event["step"]) * spec.batch_size / rate)) if rate else "-"
    losses = [f"{name} {_plain(event.get(key), form)}" for name, key, form in _LOSSES[spec.kind]]
    if spec.kind == "vae":
        cost = event.get("generator_loss")
        losses = [f"bound {_plain(None if cost is None else -cost, '.1f')} ({' + '.join(losses)})"]
    return ", ".join([f"{rate:,.0f} images/s" if rate else "- images/s", f"{left} left", *losses])


def _plain(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)


_PLAYERS = (("generator", "generator_loss", ".3f"), ("critic", "critic_loss", ".3f"))
_PARTS = (("rebuilding", "reconstruction_loss", ".1f"), ("divergence", "divergence", ".1f"))  # of the bound, in nats
_LOSSES = {"gan": _PLAYERS, "vae": _PARTS, "vaegan": (*_PLAYERS, *_PARTS)}


def _headline(run: "Run", state: "State") -> str:
    if state.state == "queued" and (place := runs.position(run)):
        return f"queued, place {place}"
    return f"{state.state} ({state.message})" if state.state == "running" and state.message else state.state


def _wants_to_stop() -> bool:
    """Ask; where nobody can answer, the run is left alone."""
    return sys.stdin.isatty() and ask("\nStop the run (s), or leave it running (Enter)? ") in ("s", "stop")


def _verb(verb: str, run: "Run") -> str:
    return f"python -m ganlab runs {verb} {run.name}"


@contextmanager
def _screen(steps: int) -> Iterator[_Show]:
    if sys.stderr.isatty():
        with _bar(steps) as show:
            yield show
    else:
        yield _lines(steps)


@contextmanager
def _bar(steps: int) -> Iterator[_Show]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.table import Column

    def column(text: str) -> TextColumn:
        # May break into lines, so that a narrow terminal cuts nothing off.
        return TextColumn(text, markup=False, table_column=Column(no_wrap=False))

    columns = (column("{task.description}"), BarColumn(20), MofNCompleteColumn(), column("{task.fields[told]}"))
    with Progress(*columns, console=Console(stderr=True), redirect_stdout=False, redirect_stderr=False) as progress:
        task = progress.add_task("", total=steps, told="")

        def show(headline: str, step: int, told: str) -> None:
            progress.update(task, description=headline, completed=step, told=told)

        yield show


def _lines(steps: int) -> _Show:
    last, due = "", 0.0

    def show(headline: str, step: int, told: str) -> None:
        nonlocal last, due
        if headline != last or time.monotonic() >= due:
            say(", ".join(filter(None, [headline, f"step {step:,} of {steps:,}", told])))
            last, due = headline, time.monotonic() + _LINE

    return show
