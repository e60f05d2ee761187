"""``examples``: a few real pictures of a dataset, kept where the pages find them; fetches the set where it must."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ganlab.cli.output import Json, as_json, say
from ganlab.cli.progress import How, check_how, watch
from ganlab.data import DATASETS, FOLDER, load_dataset, size_options
from ganlab.errors import DataError, SpecError
from ganlab.files import home

if TYPE_CHECKING:
    from ganlab.data.dataset import Dataset
    from ganlab.data.examples import Examples
    from ganlab.metrics.evaluate import Progress

_USUAL, _MOST, _SPLITS = 1_000, 10_000, ("test", "validation", "train")
_LOOK = 0.25  # seconds between looks at what was fetched
_READING = 0.9  # of the whole, when all is fetched


def keep_examples(
    dataset: Annotated[str, typer.Argument(metavar="DATASET", help="A name, or folder:PATH.")],
    *,
    n: Annotated[int, typer.Option("--n", metavar="N", help=f"How many, up to {_MOST:,}.")] = _USUAL,
    split: Annotated[str, typer.Option(metavar="SPLIT", help="test, validation or train.")] = "test",
    image_size: Annotated[int, typer.Option(metavar="SIDE", help="Of a folder's pictures, in pixels.")] = 64,
    channels: Annotated[int, typer.Option(metavar="C", help="Of a folder's pictures: 1 grey, 3 colour.")] = 3,
    progress: How = None,
    json: Json = False,
) -> None:
    """Keep a few real pictures of a dataset in the workspace, for pages that show them beside drawn ones.

    A set that is not here is fetched once, as for training.
    """
    check_how(progress)
    if not 1 <= n <= _MOST:
        raise SpecError(f"n is {n:,}; allowed: 1 to {_MOST:,} pictures.")
    if split not in _SPLITS:
        raise SpecError(f"split is {split!r}; allowed: {', '.join(_SPLITS)}.")
    shape = (channels, image_size, image_size) if dataset.startswith(FOLDER) else DATASETS[dataset].facts["shape"]
    if len(shape) != 3:
        raise DataError(f"Dataset {dataset!r} holds points in the plane, not pictures.")
    kept = watch(dataset, _keeping(dataset, shape, split, n), progress)
    say(f"Kept {len(kept.images):,} pictures of the {kept.split} split of {dataset!r}.")
    if json:
        as_json({"dataset": dataset, "split": split, "n": len(kept.images), "labelled": kept.labels is not None})


def _keeping(dataset: str, shape: tuple[int, ...], split: str, n: int) -> "Iterator[Progress | Examples]":
    from ganlab.data import examples
    from ganlab.metrics.evaluate import Progress

    yield Progress("loading", 0.0, 0.0, None)
    data = yield from _loading(dataset, shape)
    yield examples.keep(data, split, n)


def _loading(dataset: str, shape: tuple[int, ...]) -> "Iterator[Progress]":
    """Load the set in a thread, tell meanwhile how much of it was fetched, and return it."""
    from ganlab.metrics.evaluate import Progress

    loaded: list[Dataset] = []
    failed: list[BaseException] = []

    def load() -> None:
        try:
            loaded.append(load_dataset(dataset, **size_options(dataset, shape)))
        except BaseException as error:  # said where it can be caught
            failed.append(error)

    thread, started = threading.Thread(target=load, daemon=True), time.monotonic()
    thread.start()
    megabytes = 0 if dataset.startswith(FOLDER) else DATASETS[dataset].facts.get("megabytes", 0)
    while thread.is_alive():
        thread.join(_LOOK)
        if thread.is_alive() and megabytes and (fetched := _fetched()):
            fetched = min(fetched, 1e6 * megabytes)  # unpacked it is more
            share = _READING * fetched / (1e6 * megabytes)
            spent = time.monotonic() - started
            doing = f"fetching, {fetched / 1e6:,.0f} of {megabytes:,} MB"
            yield Progress(doing, share, spent, spent / share * (1 - share))
    if failed:
        raise failed[0]
    return loaded[0]


def _fetched() -> int:
    """Return how many bytes lie in the folders into which sets are fetched just now."""
    parts = [path for folder in (home() / "data").glob(".fetching-*") for path in folder.rglob("*")]
    return sum(_size(path) for path in parts)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size if path.is_file() else 0
    except OSError:  # moved into place just now
        return 0
