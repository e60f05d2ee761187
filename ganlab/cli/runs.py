"""``runs``: trainings that go on, wait or are over, and what can be wished of them."""

import time
from contextlib import suppress
from dataclasses import asdict
from datetime import timedelta
from typing import Annotated, Any

import typer

from ganlab import runs
from ganlab.cli import exits
from ganlab.cli.following import follow_or_ask
from ganlab.cli.output import Json, Yes, as_facts, as_json, as_table, confirm, say
from ganlab.errors import DiskError, GanlabError
from ganlab.runs import Run, life, parts
from ganlab.spec import EnsembleSpec
from ganlab.training.health import findings

app = typer.Typer(help="List runs; show, follow, pause, resume, stop, end, delete or keep one.")
_COLUMNS = ("name", "state", "step", "steps", "dataset", "network", "objective", "device", "message")
_PATIENCE = 60.0  # seconds to wait for a worker to obey; a step may be long

Name = Annotated[str, typer.Argument(metavar="RUN", help="Its name, or its number.")]


@app.callback(invoke_without_command=True)
def list_runs(context: typer.Context, json: Json = False) -> None:
    """List runs; show, follow, pause, resume, stop, end, delete or keep one."""
    if context.invoked_subcommand is not None:
        return
    with suppress(DiskError):  # who may only look may still look
        runs.dispatch()
    rows = [describe(run) for run in runs.all_runs()]
    if json:
        as_json(rows)
        return
    if not rows:
        say("There are no runs yet. Start one: python -m ganlab train")
    as_table(rows, _COLUMNS)


@app.command(epilog=exits.EPILOG)
def show(name: Name, json: Json = False) -> None:
    """Show a run: how it stands and fares, what was asked for, its scores and last numbers."""
    run = runs.find(name)
    facts = describe(run) | {"folder": str(run.folder), "spec": run.spec().model_dump()}
    facts |= _ensemble(run) if isinstance(run.spec(), EnsembleSpec) else _training(run)
    as_json(facts) if json else as_facts(facts)


def _training(run: Run) -> dict[str, Any]:
    """Return what `show` tells of one training."""
    spec, history = run.spec(), run.history()
    of = {kind: [row for row in history if row["event"] == kind] for kind in ("step", "scoring", "scored")}
    return {
        "previews": run.previews(),
        "last": of["step"][-1] if of["step"] else None,
        "scored_with": of["scoring"][-1] if of["scoring"] else None,
        "scores": of["scored"],
        "findings": [asdict(finding) for finding in findings(history, spec)],
    }


def _ensemble(run: Run) -> dict[str, Any]:
    """Return what `show` tells of an ensemble: its members that began, with weights and rows, and what was found."""
    weights, began, found = parts.weights(run), parts.began(run), parts.found(run)
    return {
        "members": [
            {
                "name": each.name,
                "state": (state := each.state()).state,
                "step": state.step,
                "steps": state.steps,
                "rows": began.get(each.number, {}).get("rows"),
                "weight": weights.get(each.number),
                "found": {k: v for k, v in found.get(each.number, {}).items() if k not in ("event", "member", "step")},
                **{name: _training(each)[name] for name in ("last", "scores")},
            }
            for each in parts.parts(run)
        ]
    }


@app.command(epilog=exits.EPILOG)
def follow(name: Name, json: Json = False) -> None:
    """Follow a run until it ends; Ctrl-C asks whether to stop it or to leave it running."""
    run = runs.find(name)
    state = follow_or_ask(run)
    if json:
        as_json(describe(run))
    if state.state != "finished":
        say(f"The run is {state.state}. {state.message}".strip())
        raise typer.Exit(exits.UNFINISHED)


@app.command(epilog=exits.EPILOG)
def pause(name: Name, json: Json = False) -> None:
    """Halt a run after its current step; it keeps its device."""
    run = runs.find(name)
    run.pause()
    _tell(run, json, until="paused")


@app.command(epilog=exits.EPILOG)
def resume(name: Name, json: Json = False) -> None:
    """Let a paused run go on, or one that ended early go on from its last checkpoint."""
    run = runs.find(name)
    run.resume()
    _tell(run, json, until="running")


@app.command(epilog=exits.EPILOG)
def stop(name: Name, json: Json = False) -> None:
    """End a run early; what it learned so far can be kept, and it can be resumed."""
    run = runs.find(name)
    run.stop()
    _tell(run, json, until="stopped")


@app.command(epilog=exits.EPILOG)
def end(name: Name, json: Json = False) -> None:
    """End the worker of a run that hangs: it is asked to save and leave, then killed; the run can be resumed."""
    run = runs.find(name)
    run.end()
    _tell(run, json, until="interrupted")


@app.command(epilog=exits.EPILOG)
def delete(name: Name, yes: Yes = False) -> None:
    """Delete a run and all that is in its folder, after a question; members kept from it stay."""
    run = runs.find(name)
    confirm(f"Delete run {run.name!r} for good?", yes)
    run.delete()
    say(f"{run.name!r} is deleted.")


@app.command(epilog=exits.EPILOG)
def keep(
    name: Name,
    member: Annotated[str, typer.Argument(metavar="NAME", help="Of the new member.")],
    which: Annotated[str, typer.Option(help="Of its members: last, best, or a stage.")] = "last",
    json: Json = False,
) -> None:
    """Keep what a run learned as a member: the last, that of the best FID, or that at the end of a stage."""
    entry = runs.find(name).keep(member, which)
    say(f"Kept as member {member!r}.")
    if json:
        as_json(entry.card.summary())


def describe(run: Run) -> dict[str, Any]:
    """Return a run as ``runs --json`` lists it; what cannot be read is None, and the message says why."""
    state = run.state()
    try:
        spec, message = run.spec(), state.message
    except GanlabError as error:
        spec, message = None, str(error)
    if silent := told_silence(run):
        message = f"{silent} End it: python -m ganlab runs end {run.name}"
    return {
        "name": run.name,
        "state": state.state,
        "position": runs.position(run),
        "step": state.step,
        "steps": state.steps,
        "dataset": spec and spec.dataset,
        "method": spec.method if isinstance(spec, EnsembleSpec) else None,
        "network": spec and spec.network,
        "objective": spec and spec.objective,
        "device": state.device,
        "message": message,
        "silent": round(run.silence()) if silent else None,
        "created": state.created,
    }


def told_silence(run: Run) -> str:
    """Return that a worker has shown no sign of life for long, or nothing."""
    seconds = run.silence()
    return f"No sign of life for {timedelta(seconds=round(seconds))}." if seconds > life.SILENT else ""


def _tell(run: Run, json: bool, until: str) -> None:
    """Wait for a worker to obey, then say how the run stands."""
    deadline = time.monotonic() + _PATIENCE
    while (state := run.state()).state in ("running", "paused") and state.state != until:
        if time.monotonic() > deadline:
            say("The worker has not answered yet; it obeys after its current step. " + told_silence(run))
            break
        time.sleep(0.05)
    say(f"{run.name!r} is {state.state} at step {state.step:,}.")
    if json:
        as_json(describe(run))
