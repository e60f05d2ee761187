"""``train``: an ordinary run, made and followed."""

from pathlib import Path
from typing import Annotated, Any

import typer

from ganlab.cli import exits, options
from ganlab.cli.following import follow_or_ask
from ganlab.cli.output import Json, as_json, say
from ganlab.cli.runs import describe
from ganlab.errors import SpecError
from ganlab.members import store
from ganlab.runs import Run
from ganlab.spec import MemberSpec


@options.every_field(MemberSpec)
def train(
    *,
    given: dict[str, Any],
    spec: Annotated[Path | None, typer.Option(help="A JSON file of these fields; options override it.")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, mps, cuda or cuda:N.")] = "auto",
    gpus: Annotated[
        int | None,
        typer.Option(
            metavar="N", help="Train on N GPUs together, each with its part of a batch; on --device cpu by N processes."
        ),
    ] = None,
    name: Annotated[str | None, typer.Option(help="Keep the result as a member of this name.")] = None,
    detach: Annotated[bool, typer.Option("--detach", help="Start, print the run's name, and return.")] = False,
    json: Json = False,
) -> None:
    """Train a member: a run like any other, followed until it ends.

    `torchrun --nproc-per-node N -m ganlab train ...` is the same as --gpus N.

    Ctrl-C asks whether to stop it or to leave it running; a second one leaves it.
    """
    from ganlab import runs
    from ganlab.runs import follower, team

    rank, size = team.launched()
    if rank:  # by torchrun, whose first process makes the run and leads
        raise typer.Exit(follower.main())
    check_end(name, detach)
    if name is not None:
        store.check_free(name)
    made = runs.create(options.read(spec, given), device, processes=gpus or size)
    see_through(made, name, detach, json)


def check_end(name: str | None, detach: bool) -> None:
    """Refuse to keep the result of a run that nobody waits for.

    Raises:
        SpecError: Both are asked for.
    """
    if detach and name is not None:
        raise SpecError("--name waits for the end, and --detach does not: use `runs keep RUN NAME` later.")


def see_through(run: Run, name: str | None, detach: bool, json: bool) -> None:
    """Follow a run that was made just now until it ends, and keep what came of it; or leave it at once."""
    if detach:
        as_json(describe(run)) if json else print(run.name)
        return
    say(f"Run {run.name!r}.")
    state = follow_or_ask(run)
    if state.state == "finished":
        if state.message:
            say(state.message)  # it ended before its last step
        if name is not None:
            run.keep(name)
            say(f"Kept as member {name!r}.")
        else:
            say(f"Finished. To keep it as a member: python -m ganlab runs keep {run.name} NAME")
    if json:
        as_json(describe(run) | {"member": name if state.state == "finished" else None})
    if state.state != "finished":
        say(f"The run is {state.state}. {state.message}".strip())
        raise typer.Exit(exits.UNFINISHED)
