"""``extractors``: the networks that look at pictures for measures."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from ganlab import files
from ganlab.cli import exits
from ganlab.cli.evaluate import Device
from ganlab.cli.output import Json, Yes, as_json, as_table, confirm, say, used
from ganlab.cli.progress import How, check_how, making, use_all_cores, watch
from ganlab.data import DATASETS, FOLDER, load_dataset
from ganlab.errors import MetricError, SpecError, unknown
from ganlab.metrics import shelf

if TYPE_CHECKING:
    from ganlab.metrics.evaluate import Progress
    from ganlab.metrics.shelf import Place

app = typer.Typer(help="List extractors, the networks that look at pictures for measures; make or delete one.")
_COLUMNS = ("name", "kind", "dataset", "features", "accuracy", "error", "origin")
_FACTS = ("name", "kind", "dataset", "shape", "features", "accuracy", "error", "pictures", "seed", "seconds", "created")
_KINDS = (*shelf.FIRST, shelf.SECOND)
_MOST_EPOCHS = 1_000


@app.callback(invoke_without_command=True)
def extractors(context: typer.Context, json: Json = False) -> None:
    """List extractors, the networks that look at pictures for measures; make or delete one."""
    if context.invoked_subcommand is not None:
        return
    rows = [facts(place) for place in shelf.places().values()]
    if json:
        as_json(rows)
        return
    if not rows:
        say(
            "There are no extractors yet; one is made when it is needed, or by: python -m ganlab extractors make digits"
        )
    as_table([row | {"origin": "comes along" if row["shipped"] else "own"} for row in rows], _COLUMNS)


@app.command(epilog=exits.EPILOG)
def make(
    dataset: Annotated[str, typer.Argument(metavar="DATASET", help="A name, or folder:PATH.")],
    *,
    kind: Annotated[
        str | None,
        typer.Option(
            metavar="KIND",
            help="classifier, contrast or inpainter.  [default: classifier if it has classes, else contrast]",
        ),
    ] = None,
    epochs: Annotated[
        float | None, typer.Option(metavar="E", help="Passes over the training pictures.  [default: under a minute]")
    ] = None,
    seed: Annotated[int, typer.Option(metavar="SEED", help="Of first weights and order.")] = 0,
    image_size: Annotated[int | None, typer.Option(help="Side in pixels of a folder's pictures.")] = None,
    channels: Annotated[int | None, typer.Option(help="Of a folder's pictures: 1 grey, 3 colour.")] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Put it in the place of an own one.")] = False,
    device: Device = "auto",
    progress: How = None,
    json: Json = False,
) -> None:
    """Train an extractor on a dataset and put it on the shelf.

    A classifier tells classes apart; contrast, for sets without classes, tells every picture from all others; an
    inpainter fills in what was cut out of pictures, and is the second
    opinion that no fit has seen.
    """
    check_how(progress)
    if kind not in (None, *_KINDS):
        raise SpecError(f"kind is {kind!r}; allowed: {', '.join(_KINDS[:-1])} or {_KINDS[-1]}.")
    if epochs is not None and not 0 < epochs <= _MOST_EPOCHS:
        raise SpecError(f"epochs is {epochs:g}; allowed: more than 0, up to {_MOST_EPOCHS:,}.")
    if not 0 <= seed < 2**63:
        raise SpecError(f"seed is {seed}; allowed: a whole number from 0 to {2**63 - 1}.")
    options = used(image_size=image_size, channels=channels)
    if not dataset.startswith(FOLDER):
        if len(DATASETS[dataset].facts["shape"]) != 3:  # told before anything is read
            raise MetricError(f"{dataset!r} holds points: they are measured against their exact density.")
        if options:
            raise SpecError(f"--image-size and --channels are for {FOLDER}PATH: {dataset!r} has its own.")
    work = _making(dataset, options, kind=kind, epochs=epochs, seed=seed, device=device, replace=replace)
    place = watch(dataset, work, progress)
    say(f"Kept as extractor {place.card.name!r}.")
    if shelf.places()[place.card.name].shipped:
        say("The one of this name that comes along is used before it.")
    as_json(facts(place)) if json else as_table([facts(place) | {"origin": "own"}], _COLUMNS)


@app.command(epilog=exits.EPILOG)
def delete(name: Annotated[str, typer.Argument(metavar="NAME", help="An extractor's name.")], yes: Yes = False) -> None:
    """Delete an own extractor, after a question."""
    own = {folder.name: folder for folder in _own_folders()}
    if name not in own:
        known = shelf.places()
        if name in known or name in shelf.INCEPTION:
            raise MetricError(f"{name!r} is not your own: it cannot be deleted.")
        raise unknown("own extractor", name, own)
    confirm(f"Delete extractor {name!r} for good?", yes)
    files.remove(own[name])
    say(f"{name!r} is deleted.")


def facts(place: "Place") -> dict[str, Any]:
    """Return an extractor as ``extractors --json`` lists it."""
    card = place.card.model_dump(mode="json")
    return {name: card[name] for name in _FACTS} | {"shipped": place.shipped}


def _making(
    dataset: str,
    options: dict[str, int],
    *,
    kind: Literal["classifier", "contrast", "inpainter"] | None,
    epochs: float | None,
    seed: int,
    device: str,
    replace: bool,
) -> "Iterator[Progress | Place]":
    from ganlab import device as devices
    from ganlab.metrics import make as making_of
    from ganlab.metrics.evaluate import Progress
    from ganlab.metrics.extractor import Extractor

    use_all_cores()
    place = devices.choose(device)
    yield Progress(f"reading {dataset}", 0.0, 0.0, None)
    data = load_dataset(dataset, **options)
    kind = kind or making_of.usual_kind(data)
    name = f"{shelf.key_of(dataset, data.shape)}-{kind}"
    there = shelf.places().get(name)
    if there is not None and not replace:
        if there.shipped:
            raise MetricError(
                f"Extractor {name!r} comes along and stays the one that is used: "
                "give --replace to make another, to ship."
            )
        raise MetricError(f"Extractor {name!r} is there already: give --replace to make an own one in its place.")
    epochs = making_of.quick_epochs(data) if epochs is None else epochs
    for step in making_of.make(data, name, kind, epochs, seed=seed, device=place):
        if isinstance(step, Extractor):
            card, _ = shelf.keep(step, data, shelf.own_folder() / name)
            yield shelf.Place(card, shelf.own_folder() / name, shipped=False)
        else:
            yield making(name, step)


def _own_folders() -> list[Path]:
    """Return the folders on the own shelf, also of extractors that cannot be read."""
    folder = shelf.own_folder()
    return [each for each in folder.iterdir() if each.is_dir() and each.name[0] != "."] if folder.is_dir() else []
