"""The command line: one file a verb, listed here in the order in which people meet them.

Verbs load torch when they draw, not before: ``--help``, ``members`` and ``runs`` answer at once.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from typer.core import TyperGroup

from ganlab import __version__, memory
from ganlab.cli import (
    augment,
    barrier,
    board,
    detect,
    encode,
    ensemble,
    evaluate,
    examples,
    exits,
    export,
    extractors,
    forecast,
    fuse,
    fusion_table,
    hub,
    members,
    members_fit,
    members_zip,
    nearest,
    plane_table,
    rules,
    runs,
    sample,
    sweep,
    train,
    walk,
    web,
)
from ganlab.errors import GanlabError


class Verbs(TyperGroup):
    """The verbs in the order in which people meet them."""

    def list_commands(self, ctx: typer.Context) -> list[str]:
        """Return the names for ``--help``."""
        return [
            *("members", "train", "ensemble", "sample", "encode", "rules", "fuse", "forecast", "sweep", "barrier"),
            *("detect", "walk", "nearest", "evaluate", "fusion-table", "plane-table", "augment", "extractors"),
            *("examples", "runs", "export", "hub", "app"),
        ]


app = typer.Typer(
    cls=Verbs,
    help="Train, fuse and measure generative adversarial networks.",
    epilog=exits.EPILOG,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,  # plain help: a terminal, a pipe and a test read the same
    pretty_exceptions_enable=False,
)
app.add_typer(members.app, name="members", epilog=exits.EPILOG)
members.app.command("encoder", epilog=exits.EPILOG)(members_fit.encoder)
members.app.command("density", epilog=exits.EPILOG)(members_fit.density)
members.app.command("export", epilog=exits.EPILOG)(members_zip.export_members)
members.app.command("import", epilog=exits.EPILOG)(members_zip.import_members)
app.command("train", epilog=exits.EPILOG)(train.train)
app.command("ensemble", epilog=exits.EPILOG)(ensemble.ensemble)
app.command("sample", epilog=exits.EPILOG)(sample.sample)
app.command("encode", epilog=exits.EPILOG)(encode.encode)
app.command("rules", epilog=exits.EPILOG)(rules.rules)
app.command("fuse", epilog=exits.EPILOG, cls=fuse.ManyWeights)(fuse.fuse)
app.command("sweep", epilog=exits.EPILOG, cls=fuse.ManyWeights)(sweep.sweep)
app.command("forecast", epilog=exits.EPILOG)(forecast.forecast)
app.command("barrier", epilog=exits.EPILOG)(barrier.barrier)
app.command("detect", epilog=exits.EPILOG, cls=detect.ManyWords)(detect.detect)
app.command("walk", epilog=exits.EPILOG)(walk.walk)
app.command("nearest", epilog=exits.EPILOG)(nearest.nearest)
app.command("evaluate", epilog=exits.EPILOG)(evaluate.evaluate)
app.command("fusion-table", epilog=exits.EPILOG)(fusion_table.fusion_table)
app.command("plane-table", epilog=exits.EPILOG)(plane_table.plane_table)
app.command("augment", epilog=exits.EPILOG)(augment.augment)
app.add_typer(extractors.app, name="extractors", epilog=exits.EPILOG)
app.command("examples", epilog=exits.EPILOG)(examples.keep_examples)
app.add_typer(runs.app, name="runs", epilog=exits.EPILOG)
runs.app.command("tensorboard", epilog=exits.EPILOG)(board.tensorboard)
app.command("app", epilog=exits.EPILOG)(web.app)
app.command("export", epilog=exits.EPILOG)(export.export)
app.add_typer(hub.app, name="hub", epilog=exits.EPILOG)


def _tell_version(wanted: bool) -> None:
    if wanted:
        print(__version__)
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        # Eager: it is answered before the missing verb is complained about.
        typer.Option("--version", help="Print the version and leave.", callback=_tell_version, is_eager=True),
    ] = False,
) -> None:
    pass


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; what a user can mend is one sentence on standard error."""
    for stream in (sys.stdout, sys.stderr):  # a terminal that lacks a letter shows its number instead
        stream.reconfigure(errors="backslashreplace")
    try:
        code = _run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader, "head" for one, has seen enough.  What is still buffered goes nowhere, silently.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return exits.UNHEARD
    return code


def _called() -> str:
    """Return how the command was called, for its help."""
    return "ganlab" if Path(sys.argv[0]).stem == "ganlab" else "python -m ganlab"


def _run(arguments: Sequence[str] | None) -> int:
    try:
        app(arguments, prog_name=_called())
    except SystemExit as end:
        return int(end.code or 0)
    except KeyboardInterrupt:
        return exits.INTERRUPTED
    except GanlabError as error:
        print(error, file=sys.stderr)
        return exits.code_of(error)
    except BrokenPipeError:
        raise
    except (MemoryError, RuntimeError) as error:
        if not memory.ran_out(error):
            raise
        print("Memory ran out. Ask for less, fewer pictures for one, or end other programs.", file=sys.stderr)
        return exits.BROKEN
    except OSError as error:
        print(f"{error.filename or 'A file'!r} cannot be used ({error.strerror}).", file=sys.stderr)
        return exits.BROKEN
    return 0
