"""Any folder of pictures as a dataset; its subfolders, where it has some, are the classes."""

from pathlib import Path, PurePosixPath

import torch

from ganlab.data import FOLDER
from ganlab.data.dataset import Dataset, divided
from ganlab.data.pictures import read, shelf, told_broken
from ganlab.errors import DataError


def folder(path: str | Path, image_size: int | None = None, channels: int | None = None) -> Dataset:
    """Return the pictures in a folder, or in a zip of one, in every format Pillow reads.

    A tenth validates and a tenth tests, by a fixed permutation of the pictures in the order of their names.

    Args:
        path: The folder or zip; "~" is the home folder.
        image_size: Side of the square pictures made of them, in pixels; 64 by default.
        channels: 1 for grey, 3 for RGB (the default).

    Raises:
        DataError: The path is absent, unreadable, or holds no usable picture; the options make no picture; all of
            it would not fit in memory.
    """
    size, channels = 64 if image_size is None else image_size, 3 if channels is None else channels
    if size < 1 or channels not in {1, 3}:
        raise DataError(
            f"Pictures of {size} pixels and {channels} channels cannot be made: give 1 or more, and 1 or 3."
        )
    if not str(path):
        raise DataError(f"Write the folder's path after {FOLDER!r}.")  # an empty one would mean the current folder
    name = f"{FOLDER}{path}"
    with shelf(Path(path).expanduser()) as files:
        images, good, broken = read(name, files, size, channels)
        tried = len(files.names)
    if not good:
        found = f"none of its {tried:,} pictures can be read" if tried else "it holds no pictures"
        raise DataError(f"{str(path)!r} cannot be used: {found}. Give a folder with PNG, JPEG or other picture files.")
    labels, classes, notes = _classes(good)
    return Dataset(name, images, labels, classes, divided(len(good)), notes=(*notes, *told_broken(broken, tried)))


def _classes(names: list[str]) -> tuple[torch.Tensor | None, tuple[str, ...], tuple[str, ...]]:
    """Return labels, classes and notes: the uppermost folder that differs is the class."""
    paths = [PurePosixPath(name).parts[:-1] for name in names]
    # A zip often packs the folder itself: all/cat/1.png, all/dog/2.png.
    while all(len(path) > 1 for path in paths) and len({path[0] for path in paths}) == 1:
        paths = [path[1:] for path in paths]
    tops = sorted({path[0] for path in paths if path})
    loose = sum(not path for path in paths)
    if not tops:
        return None, (), ()
    if loose:
        return None, (), (f"{loose:,} pictures lie beside the subfolders, so subfolders were not taken as classes.",)
    place = {top: index for index, top in enumerate(tops)}
    return torch.tensor([place[path[0]] for path in paths]), tuple(tops), ()
