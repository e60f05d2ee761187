"""Arrays on disk by name, whole or not there (NumPy's NPZ); nothing is unpickled."""

import io
import zipfile
import zlib
from pathlib import Path

import numpy as np

from ganlab import files


def to_bytes(arrays: dict[str, np.ndarray], *, compressed: bool = False) -> bytes:
    """Return arrays as one file."""
    buffer = io.BytesIO()
    (np.savez_compressed if compressed else np.savez)(buffer, **arrays)
    return buffer.getvalue()


def from_bytes(data: bytes) -> dict[str, np.ndarray] | None:
    """Return what ``to_bytes`` wrote, or None if it is truncated or something else."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except (OSError, ValueError, TypeError, AttributeError, EOFError, zipfile.BadZipFile, zlib.error):
        return None


def read(path: Path) -> dict[str, np.ndarray] | None:
    """Return the arrays of a file; None where there is none that can be read, so that it is made anew."""
    try:
        return from_bytes(path.read_bytes())
    except OSError:
        return None


def write(path: Path, arrays: dict[str, np.ndarray]) -> None:
    """Write arrays so that a reader sees the old file or the new one, never a part."""
    files.write_bytes(path, to_bytes(arrays))
