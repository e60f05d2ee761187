"""``nearest``: the real training pictures nearest to what is drawn at a place of a walk."""

import base64
from pathlib import Path
from typing import Annotated, Any

import typer

from ganlab.cli import walks
from ganlab.cli.output import Json, as_json, as_table, check_suffix, say, write
from ganlab.cli.progress import How, check_how, watch
from ganlab.errors import SpecError
from ganlab.members import store
from ganlab.spec import Walk

_MOST = 20


def nearest(
    recipe: walks.RECIPE,
    *,
    k: Annotated[int, typer.Option("--k", metavar="K", help=f"How many for each picture, up to {_MOST}.")] = 6,
    row: Annotated[int | None, typer.Option(metavar="ROW", help="Only this picture of each, from 0.")] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A .png sheet: what is drawn, then the nearest, row by row.")
    ] = None,
    progress: How = None,
    json: Json = False,
) -> None:
    """Find the training pictures nearest to what is drawn, by the error of their pixels."""
    check_how(progress)
    if not 1 <= k <= _MOST:
        raise SpecError(f"k is {k}; allowed: 1 to {_MOST}.")
    if out is not None:
        check_suffix(out, ".png")
    walk = walks.read(recipe)
    if row is not None and not 0 <= row < walk.n:
        raise SpecError(f"row is {row}; allowed: 0 to {walk.n - 1}.")
    for name in walk.members:
        store.catalogue()[name]  # an unknown name is told before torch is loaded
    found = watch(walk.members[0], _finding(walk, k, row), progress)
    if out is not None:
        write(out, base64.b64decode(found["sheet"]))
        say(f"Wrote {str(out)!r}: for each picture the {k} nearest of {found['dataset']}.")
    if json:
        as_json(found)
    else:
        as_table(found["rows"], ["name", "picture", "nearest", "class", "error"])


def _finding(walk: Walk, k: int, row: int | None) -> Any:
    import numpy as np

    from ganlab.data import load_dataset, size_options
    from ganlab.fusion.walking import Walker
    from ganlab.images import grid, png, to_uint8
    from ganlab.metrics.evaluate import Progress
    from ganlab.metrics.nearest import nearest as found_nearest

    yield Progress("drawing", 0.0, 0.0, None)
    card = store.catalogue()[walk.members[0]].card
    walker = Walker(walk)
    pictures = walker.step(*walk.place).pictures
    names = walker.names[: 1 if walk.blend else None]
    chosen = range(walk.n) if row is None else [row]
    drawn = to_uint8(pictures[: len(names), list(chosen)].flatten(0, 1))
    yield Progress(f"reading {card.dataset}", 0.3, 0.0, None)
    data = load_dataset(card.dataset, **size_options(card.dataset, card.shape))
    real, labels = data.split("train")
    yield Progress("comparing", 0.6, 0.0, None)
    rows, errors = found_nearest(drawn, real, k)
    own = data.splits["train"]
    told, sheet = [], []
    for place, image in enumerate(drawn):
        near = real[rows[place]].permute(0, 2, 3, 1).numpy()
        sheet += [image, *near]
        for index, error in zip(rows[place], errors[place], strict=True):
            label = None if labels is None else data.classes[int(labels[index])]
            told.append(
                {
                    "name": names[place // len(chosen)],
                    "picture": chosen[place % len(chosen)],
                    "nearest": int(own[index]),
                    "class": label,
                    "error": round(float(error), 2),
                }
            )
    k = rows.shape[1]
    encoded = base64.b64encode(png(grid(np.stack(sheet), k + 1), walk.model_dump(mode="json"))).decode()
    yield {"dataset": card.dataset, "of": len(real), "k": k, "rows": told, "sheet": encoded}
