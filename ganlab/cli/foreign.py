"""Pictures from elsewhere: measured as they are, in an NPZ of an array or a folder; or made like those of a member."""

import zipfile
import zlib
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from ganlab.cli.output import say
from ganlab.data import FOLDER, facts_of
from ganlab.errors import DataError, MetricError

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image
    from torch import Tensor

    from ganlab.data.pictures import Shelf

MOST = 5_000  # pictures made like others at once
_MODES = {1: "L", 3: "RGB"}  # Pillow's words for 8 bits a channel, by the number of channels


def read(path: Path, dataset: str) -> "np.ndarray":
    """Return the pictures of a file or folder, uint8 [n, H, W, C], of the size and channels of a dataset.

    Raises:
        UnknownName: No dataset is called so.
        DataError: They cannot be read.
        MetricError: They are not such pictures.
    """
    shape = None if dataset.startswith(FOLDER) else facts_of(dataset)["shape"]
    if shape is not None and len(shape) != 3:
        raise MetricError(f"{dataset!r} holds points: pictures cannot be measured against it.")
    if not path.exists():
        raise DataError(f"There is no {str(path)!r}: give an .npz file, or a folder of pictures.")
    images = _folder(path, dataset, shape) if path.is_dir() else _npz(path)
    return _sized(images, path, shape or (images.shape[3], *images.shape[1:3]), f"those of {dataset!r}")


def made_like(paths: list[Path], shape: tuple[int, ...]) -> "tuple[Tensor, list[str]]":
    """Return pictures of any size and colour, made like those of a member, uint8 [N, *shape], and what to call each.

    Raises:
        DataError: A file that was named cannot be read, there is none, or there are too many.
    """
    import torch

    from ganlab.data.pictures import read, told_broken

    found, names = [], []
    for path in paths:
        if path.suffix.lower() == ".npz" and path.is_file():
            found.append(torch.from_numpy(_sized(_npz(path), path, shape, "wanted")).permute(0, 3, 1, 2))
            names += [f"{path}/{place}" for place in range(len(found[-1]))]
            _check_count(len(names))
            continue
        with _shelf(path) as files:
            _check_count(len(names) + len(files.names))
            images, good, broken = read(str(path), files, shape[-1], shape[0])
            if broken and broken == files.names:
                raise DataError(f"{str(path)!r} cannot be read as a picture: give a PNG, JPEG or other picture file.")
        for sentence in told_broken(broken, len(files.names)):
            say(sentence)
        found.append(images)
        names += [str(path) if path.name == each else f"{path}/{each}" for each in good]
    if not names:
        raise DataError(f"There are no pictures in {', '.join(repr(str(path)) for path in paths)}.")
    return torch.cat(found), names


def _check_count(pictures: int) -> None:
    if pictures > MOST:
        raise DataError(f"At most {MOST:,} pictures are taken at once: give fewer.")


def _sized(images: "np.ndarray", path: Path, shape: tuple[int, ...], what: str) -> "np.ndarray":
    """Return pictures uint8 [n, H, W, C] of the wanted shape [C, H, W] as they are."""
    channels, height, width = shape
    if images.shape[1:] != (height, width, channels):
        raise MetricError(
            f"{str(path)!r} holds pictures {list(images.shape)}; {what} are [n, {height}, {width}, {channels}]."
        )
    return images


def _shelf(path: Path) -> "AbstractContextManager[Shelf]":
    from ganlab.data.pictures import Shelf, shelf

    if not path.exists():
        raise DataError(f"There is no file or folder {str(path)!r}.")
    if path.is_dir() or zipfile.is_zipfile(path):
        return shelf(path)
    return nullcontext(Shelf([path.name], lambda _: path.open("rb")))


def _npz(path: Path) -> "np.ndarray":
    import numpy as np

    try:
        with zipfile.ZipFile(path) as archive:
            names = [name.removesuffix(".npy") for name in archive.namelist()]
            if "images" not in names:
                held = ", ".join(map(repr, names)) or "nothing"
                raise MetricError(f"{str(path)!r} holds {held}: pictures are looked for under 'images'.")
            with archive.open("images.npy") as stream:
                images = np.lib.format.read_array(stream, allow_pickle=False)
    except (
        OSError,
        ValueError,
        KeyError,
        EOFError,
        MemoryError,
        RuntimeError,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        raise DataError(f"{str(path)!r} cannot be read as an .npz file ({error}).") from None
    if images.dtype != np.uint8 or images.ndim != 4 or images.shape[3] not in _MODES:
        raise MetricError(
            f"'images' in {str(path)!r} is {images.dtype} {list(images.shape)}; "
            "pictures are uint8 [n, H, W, C] from 0 to 255, C 1 or 3."
        )
    return images


def _folder(path: Path, dataset: str, shape: tuple[int, ...] | None) -> "np.ndarray":
    import numpy as np
    from PIL import Image

    from ganlab.data.pictures import shelf

    pictures = []
    with shelf(path) as files:
        for name in files.names:
            try:
                with files.open(name) as stream, Image.open(stream) as image:
                    shape = shape or (len(image.getbands()), image.height, image.width)
                    fault = _fault(image, shape)
                    pictures.append(np.asarray(image))
            except Exception as error:  # Pillow's plug-ins raise whatever broken bytes lead them to
                raise DataError(f"{str(path / name)!r} cannot be read as a picture ({error}).") from None
            if fault:
                raise MetricError(f"{str(path / name)!r} {fault}, as those of {dataset!r} are.")
    if not pictures:
        raise MetricError(f"{str(path)!r} holds no pictures.")
    return np.stack(pictures).reshape(len(pictures), shape[1], shape[2], shape[0])


def _fault(image: "Image.Image", shape: tuple[int, ...]) -> str:
    """Return why an opened picture is not of this shape [C, H, W], or nothing."""
    channels, height, width = shape
    wanted = _MODES.get(channels, "RGB")
    if (image.height, image.width, image.mode) == (height, width, wanted):
        return ""
    kinds = {"L": "grey with 8 bits", "RGB": "colour with 8 bits a channel"}
    found = kinds.get(image.mode, f"of mode {image.mode}")
    return f"has {image.width}x{image.height} pixels, {found}; wanted are {width}x{height}, {kinds[wanted]}"
