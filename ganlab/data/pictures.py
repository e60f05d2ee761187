"""Picture files read into one tensor: from a folder or a zip, any format Pillow knows, one size for all."""

import io
import os
import warnings
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor

from ganlab.data.memory import refuse_too_large
from ganlab.errors import DataError

FORMATS, MOST_PIXELS = ("PNG", "JPEG", "WEBP"), 40_000_000  # of a single picture that a visitor gives
_NAMED = 5  # broken pictures named in a note; the rest are counted


@dataclass(frozen=True)
class Shelf:
    """The picture files of a folder or a zip.

    Attributes:
        names: Their paths inside it, with "/", sorted.
        open: Opens one of them to read bytes.
    """

    names: list[str]
    open: Callable[[str], IO[bytes]]


@contextmanager
def shelf(path: Path) -> Iterator[Shelf]:
    """Give the picture files in a folder (and its subfolders) or a zip.

    Raises:
        DataError: ``path`` is absent, no folder, a broken zip, or may not be read.
    """
    try:
        if not path.exists():
            raise DataError(f"There is no folder {str(path)!r}: check the path, or give another one.")
        if path.is_dir():
            next(path.iterdir(), None)  # os.walk passes over what it may not read without a word
            yield Shelf(_chosen(_walk(path)), lambda name: (path / name).open("rb"))
        elif zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                yield Shelf(_chosen(archive.namelist()), archive.open)
        else:
            raise DataError(f"{str(path)!r} is a file: give a folder of pictures, or a zip of one.")
    except (OSError, zipfile.BadZipFile) as error:
        raise DataError(f"{str(path)!r} cannot be read ({error}): mend it, or give another folder.") from error


def read(name: str, files: Shelf, size: int, channels: int) -> tuple[Tensor, list[str], list[str]]:
    """Read all pictures of a shelf.

    Each is turned as its EXIF data says, laid on white where it is transparent, scaled with antialiasing until its
    short side is ``size``, cut to its middle, and made grey (1 channel) or RGB (3).  Of an animation, the first.

    Args:
        name: The dataset's, for messages.
        files: Where the pictures are.
        size: Side of the square, in pixels.
        channels: 1 or 3.

    Returns:
        uint8 [N, channels, size, size]; the N names; the names of those that could not be read.

    Raises:
        DataError: They would not fit in memory.
    """
    refuse_too_large(name, len(files.names), (channels, size, size))
    pictures = torch.empty(len(files.names), channels, size, size, dtype=torch.uint8)
    good: list[str] = []
    broken: list[str] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns of odd metadata and of size; what is left out is told below
        for file in files.names:
            try:
                with files.open(file) as stream, Image.open(stream) as image:
                    pictures[len(good)] = torch.from_numpy(_squared(image, size, channels))
            except Exception:  # Pillow's plug-ins raise whatever broken bytes lead them to
                broken.append(file)
            else:
                good.append(file)
    return pictures[: len(good)], good, broken


def told_broken(broken: list[str], tried: int) -> tuple[str, ...]:
    """Return the sentence that names broken pictures, or nothing."""
    if not broken:
        return ()
    names = ", ".join(broken[:_NAMED]).encode(errors="replace").decode()  # a name may hold bytes that are no text
    rest = f" and {len(broken) - _NAMED:,} more" if len(broken) > _NAMED else ""
    were = "was" if len(broken) == 1 else "were"
    return (f"{len(broken):,} of {tried:,} pictures could not be read and {were} left out: {names}{rest}.",)


def _walk(root: Path) -> Iterator[str]:
    for folder, _, files in os.walk(root):
        inside = Path(folder).relative_to(root)
        yield from ((inside / file).as_posix() for file in files)


def _chosen(names: Iterator[str] | list[str]) -> list[str]:
    """Keep what is named like a picture and not hidden (macOS adds hidden doubles to its zips), sorted."""
    Image.init()
    endings = {ending for ending, kind in Image.registered_extensions().items() if kind in Image.OPEN}
    return sorted(
        name
        for name in names
        if not name.endswith("/")
        and PurePosixPath(name).suffix.lower() in endings
        and not any(part.startswith((".", "__MACOSX")) for part in PurePosixPath(name).parts)
    )


def _squared(image: Image.Image, size: int, channels: int) -> np.ndarray:
    """Return an opened image as uint8 [channels, size, size]."""
    image.draft(None, (2 * size, 2 * size))  # a JPEG may skip detail that scaling would throw away
    image = _opaque(_eight_bits(ImageOps.exif_transpose(image)))
    # Scaled in RGB: a palette's neighbours are no neighbours in colour.
    image = ImageOps.fit(image.convert("L" if channels == 1 else "RGB"), (size, size), Image.Resampling.LANCZOS)
    return np.array(image).reshape(size, size, channels).transpose(2, 0, 1)


def _eight_bits(image: Image.Image) -> Image.Image:
    """Turn 16-bit greys and floats from 0 to 1 into 0 to 255; Pillow alone would clip them."""
    if not image.mode.startswith(("I", "F")):
        return image
    levels = np.asarray(image).astype(np.float64)
    if image.mode.startswith("I") and levels.max(initial=0) > 255:
        levels = levels / 257
    elif image.mode == "F" and levels.max(initial=0) <= 1:
        levels = levels * 255
    return Image.fromarray(np.nan_to_num(levels).clip(0, 255).round().astype(np.uint8))


def _opaque(image: Image.Image) -> Image.Image:
    """Lay a picture with transparent parts on white."""
    if not image.has_transparency_data:
        return image
    image = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)


def picture(data: bytes, size: int, channels: int) -> np.ndarray:
    """Read one picture from bytes of any origin, uint8 [size, size, channels], made like those of a set by ``read``.

    Raises:
        DataError: It is no PNG, JPEG or WebP that can be read, or has more than ``MOST_PIXELS`` pixels.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=FORMATS) as image:
                width, height = image.size
                if width * height <= MOST_PIXELS:
                    return np.ascontiguousarray(_squared(image, size, channels).transpose(1, 2, 0))
    except Exception as error:  # Pillow's plug-ins raise whatever broken bytes lead them to
        raise DataError(f"This cannot be read as a picture: give a PNG, JPEG or WebP file ({error}).") from None
    raise DataError(f"The picture has {width:,}x{height:,} pixels; at most {MOST_PIXELS:,} are read: make it smaller.")
