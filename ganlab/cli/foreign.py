"""Pictures from elsewhere, to be measured like those of a member: an NPZ of an array, or a folder of files."""

import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from ganlab.data import DATASETS, FOLDER
from ganlab.errors import DataError, MetricError

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image

_MODES = {1: "L", 3: "RGB"}  # Pillow's words for 8 bits a channel, by the number of channels


def read(path: Path, dataset: str) -> "np.ndarray":
    """Return the pictures of a file or folder, uint8 [n, H, W, C], of the size and channels of a dataset.

    Raises:
        UnknownName: No dataset is called so.
        DataError: They cannot be read.
        MetricError: They are not such pictures.
    """
    shape = None if dataset.startswith(FOLDER) else DATASETS[dataset].facts["shape"]
    if shape is not None and len(shape) != 3:
        raise MetricError(f"{dataset!r} holds points: pictures cannot be measured against it.")
    if not path.exists():
        raise DataError(f"There is no {str(path)!r}: give an .npz file, or a folder of pictures.")
    images = _folder(path, dataset, shape) if path.is_dir() else _npz(path)
    channels, height, width = shape or (images.shape[3], *images.shape[1:3])
    if images.shape[1:] != (height, width, channels):
        raise MetricError(
            f"{str(path)!r} holds pictures {list(images.shape)}; those of {dataset!r} "
            f"are [n, {height}, {width}, {channels}]."
        )
    return images


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
