"""``walk``: a walk through latent spaces as a film or a sheet."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ganlab.cli import walks
from ganlab.cli.output import Json, as_json, check_suffix, say, used, write
from ganlab.cli.progress import How, check_how, watch
from ganlab.members import store
from ganlab.spec import Walk

if TYPE_CHECKING:
    from ganlab.metrics.evaluate import Progress


def walk(
    recipe: walks.RECIPE,
    *,
    out: Annotated[Path, typer.Option(help="A .mp4 or .gif film, or a .png sheet of at most 24 frames.")],
    tour: Annotated[str | None, typer.Option(metavar="TOUR", help="once, loop or random.")] = None,
    frames: Annotated[int | None, typer.Option(metavar="N", help="How many, 2 to 600.")] = None,
    rate: Annotated[int | None, typer.Option(metavar="FPS", help="Frames a second, 1 to 60.")] = None,
    truncation: Annotated[float | None, typer.Option(metavar="T", help="From 0 to 2.")] = None,
    progress: How = None,
    json: Json = False,
) -> None:
    """Draw a walk as a film; the file carries the recipe, and is one itself.

    The Explore page writes such recipes; the shortest is
    '{"members": ["mnist-dcgan-ls"], "corners": [{"seed": 0}, {"seed": 1}]}'.
    """
    from ganlab.members.film import SUFFIXES

    check_how(progress)
    check_suffix(out, *SUFFIXES)
    changes = used(tour=tour, frames=frames, rate=rate, truncation=truncation)
    asked = Walk.read(walks.read(recipe).model_dump(mode="json") | changes)
    for name in asked.members:
        store.catalogue()[name]  # an unknown name is told before torch is loaded
    data = watch(" + ".join(asked.members), _filming(asked, out.suffix.lower()), progress)
    write(out, data)
    say(f"Wrote {str(out)!r}: {asked.frames} frames of {' + '.join(asked.members)}, {asked.frames / asked.rate:.1f} s.")
    if json:
        as_json({"out": str(out), "bytes": len(data)} | asked.model_dump(mode="json"))


def _filming(asked: Walk, suffix: str) -> "Iterator[Progress | bytes]":
    from ganlab.fusion.walking import Walker
    from ganlab.members import film
    from ganlab.metrics.evaluate import Progress

    start = time.perf_counter()
    yield Progress("opening", 0.0, 0.0, None)
    walker = Walker(asked)
    drawn: list[Any] = []
    # Drawn first, so that the work can say how far it is; 600 frames of 8 sheets are some 100 MB.
    for place, frame in enumerate(walker.film(walker.places()), 1):
        drawn.append(frame)
        spent = time.perf_counter() - start
        yield Progress("drawing", 0.9 * place / asked.frames, spent, spent / place * (asked.frames - place))
    recipe = asked.model_dump(mode="json")
    if suffix == ".png":
        yield film.sheet(drawn, len(drawn), recipe)
    else:
        yield (film.gif if suffix == ".gif" else film.mp4)(drawn, asked.rate, recipe)
