"""Files that are either whole or not there: written aside, flushed, then renamed."""

import hashlib
import json
import os
import shutil
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path beside ``path``; on leaving without error it takes its place.

    What was there before stays readable until then, also when the disk is full or the power goes.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    os.close(handle)
    part = Path(name)
    try:
        yield part
        with part.open("rb+") as written:
            os.fsync(written.fileno())
        # mkstemp makes files for the owner alone; a shared workspace expects the usual mode.
        part.chmod(0o666 & ~_umask())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def write_bytes(path: Path, data: bytes) -> None:
    """Write ``data`` so that a reader sees the old file or the new one, never a part."""
    with replacing(path) as part:
        part.write_bytes(data)


def write_json(path: Path, value: Any) -> None:
    """Write ``value`` as indented JSON; NaN and infinity are an error, not a surprise for readers."""
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)
    write_bytes(path, text.encode() + b"\n")


@contextmanager
def building(folder: Path) -> Iterator[Path]:
    """Give an empty folder beside ``folder`` that takes its name on leaving without error."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=".part", dir=folder.parent))
    aside.chmod(0o777 & ~_umask())
    try:
        yield aside
        aside.rename(folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def remove(folder: Path) -> None:
    """Take a folder out of sight in one step, then delete it piece by piece."""
    aside = folder.with_name(f".{folder.name}.gone")
    shutil.rmtree(aside, ignore_errors=True)
    folder.rename(aside)
    shutil.rmtree(aside)


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def home() -> Path:
    """Return the workspace: ``GANLAB_HOME``, or ``workspace`` in the current folder."""
    return Path(os.environ.get("GANLAB_HOME") or "workspace").resolve()


def pretrained() -> Path:
    """Return the folder of what comes with ganlab: ``GANLAB_PRETRAINED``, or that of the checkout it runs from."""
    return Path(os.environ.get("GANLAB_PRETRAINED") or Path(__file__).parents[1] / "pretrained").resolve()


def checksum(text: str) -> int:
    """Return a short stable number for a text (CRC-32), for names and colours, not for safety."""
    return zlib.crc32(text.encode())


def _umask() -> int:
    value = os.umask(0)
    os.umask(value)
    return value
