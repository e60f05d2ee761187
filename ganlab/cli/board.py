"""``runs tensorboard``: curves, pictures and specs of runs as files that TensorBoard reads."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from ganlab import files, runs
from ganlab.cli.output import Json, as_json, say
from ganlab.errors import SpecError
from ganlab.runs.board import Written, write

_POLL = 1.0  # seconds
_ONGOING = ("queued", "running", "paused")


def tensorboard(
    names: Annotated[list[str] | None, typer.Argument(metavar="RUN", help="Names or numbers.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All runs there are.")] = False,
    to: Annotated[
        Path | None, typer.Option(help="The folder for TensorBoard's --logdir.  [default: workspace/tensorboard]")
    ] = None,
    follow: Annotated[bool, typer.Option("--follow", help="Go on until these runs have ended.")] = False,
    json: Json = False,
) -> None:
    """Write curves, pictures and specs of runs for TensorBoard; what is there already is only added to.

    Look at them with: tensorboard --logdir FOLDER
    """
    if bool(names) == everything:
        raise SpecError("Give the names of runs, or --all.")
    chosen = runs.all_runs() if everything else [runs.find(name) for name in names]
    folder = to or files.home() / "tensorboard"
    told: dict[str, Written] = {}
    while True:
        ended = not any(run.state().state in _ONGOING for run in chosen)  # before the look, so that it sees the end
        for each in (each for run in chosen for each in write(run, folder)):
            known = told.get(each.run, Written(each.run, each.folder, 0, 0))
            told[each.run] = Written(
                each.run, each.folder, known.scalars + each.scalars, known.pictures + each.pictures
            )
        if ended or not follow:
            break
        runs.dispatch()
        time.sleep(_POLL)
    _tell(list(told.values()), folder, json)


def _tell(told: Sequence[Written], folder: Path, json: bool) -> None:
    points, pictures = sum(each.scalars for each in told), sum(each.pictures for each in told)
    say(f"Wrote {points:,} points of curves and {pictures:,} pictures of {len(told):,} runs to {str(folder)!r}.")
    say(f"Look at them: tensorboard --logdir {folder}")
    if json:
        as_json(
            {
                "folder": str(folder),
                "runs": [{"name": each.run, "scalars": each.scalars, "pictures": each.pictures} for each in told],
            }
        )
