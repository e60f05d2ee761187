"""``ensemble``: several members trained as one run, made and followed."""

from pathlib import Path
from typing import Annotated, Any

import typer

from ganlab.cli import options
from ganlab.cli.output import Json, say
from ganlab.cli.train import check_end, see_through
from ganlab.spec import EnsembleSpec, MemberSpec


@options.every_field(EnsembleSpec, MemberSpec)
def ensemble(
    *,
    given: dict[str, Any],
    spec: Annotated[
        Path | None,
        typer.Option(help="A JSON file: method, its fields, and as base those of `train`; options override it."),
    ] = None,
    variant: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE ...",
            help="architectures, cross_validation: in what one of them leaves the base, such as "
            "--variant 'network=mlp width=64'; once for each.",
        ),
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, mps, cuda or cuda:N.")] = "auto",
    on: options.On = None,
    name: Annotated[
        str | None, typer.Option(help="Keep the members as NAME-1, NAME-2, ..., and their mixture as NAME.")
    ] = None,
    detach: Annotated[bool, typer.Option("--detach", help="Start, print the run's name, and return.")] = False,
    json: Json = False,
) -> None:
    """Train members as one ensemble: a run like any other, followed until it ends.

    All options of `train` say what the members have in common; steps are those of each member.  Ctrl-C asks whether
    to stop it or to leave it running; a second one leaves it.
    """
    from ganlab import ensembles, runs
    from ganlab.ensembles.variants import read_variant
    from ganlab.runs import parts

    check_end(name, detach)
    if variant:
        given["variants"] = [read_variant(each) for each in variant]
    asked = ensembles.resolved(options.read_ensemble(spec, given))
    if name is not None:
        parts.names(name, dict.fromkeys(ensembles.results(asked), ""))  # members that nobody has yet
    run = runs.create(asked, device, on=on)
    if on and (waiting := ensembles.one_by_one(asked)):
        say(waiting)
    see_through(run, name, detach, json)
