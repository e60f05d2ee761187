"""Files that are either whole or not there: written aside, flushed, then renamed.

What a killed process leaves aside starts with a dot and ends in ``.part`` or ``.gone``: nobody looks at it, and
``clear_leftovers`` deletes it when the app or a training starts.
"""

import hashlib
import json
import os
import secrets
import shutil
import tempfile
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ganlab.errors import DiskError

_PART, _GONE, _FETCHING = ".part", ".gone", ".fetching-"
_OLD = 3600.0  # seconds without a change after which nobody is writing any more


@contextmanager
def telling(path: Path) -> Iterator[None]:
    """Turn what the system says of a file or folder into a sentence.

    Raises:
        DiskError: It cannot be written.
    """
    try:
        yield
    except DiskError:
        raise
    except OSError as error:
        raise DiskError(error, path) from error


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path beside ``path``; on leaving without error it takes its place.

    What was there before stays readable until then, also when the disk is full or the power goes.

    Raises:
        DiskError: It cannot be written.
    """
    with telling(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=_PART, dir=path.parent)
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
            with suppress(OSError):  # what cannot be deleted either must not hide what happened
                part.unlink(missing_ok=True)


def write_bytes(path: Path, data: bytes) -> None:
    """Write ``data`` so that a reader sees the old file or the new one, never a part.

    Raises:
        DiskError: It cannot be written.
    """
    with replacing(path) as part:
        part.write_bytes(data)


def write_json(path: Path, value: Any) -> None:
    """Write ``value`` as indented JSON; NaN and infinity are an error, not a surprise for readers.

    Raises:
        DiskError: It cannot be written.
    """
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)
    write_bytes(path, text.encode() + b"\n")


@contextmanager
def building(folder: Path, over: bool = False) -> Iterator[Path]:
    """Give an empty folder beside ``folder`` that takes its name on leaving without error.

    Args:
        folder: The new one.
        over: Also in the place of one that is there; a pulled plug leaves the old one, the new one, or none.

    Raises:
        DiskError: It cannot be written, or there is one already.
    """
    with telling(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=_PART, dir=folder.parent))
        try:
            aside.chmod(0o777 & ~_umask())
            yield aside
            old = _put_aside(folder) if over and folder.exists() else None
            aside.rename(folder)
            flush(folder.parent)
            if old is not None:
                shutil.rmtree(old, ignore_errors=True)
        finally:
            shutil.rmtree(aside, ignore_errors=True)


def remove(folder: Path) -> None:
    """Take a folder out of sight in one step, then delete it piece by piece.

    Raises:
        DiskError: It cannot be deleted, or is gone.
    """
    with telling(folder):
        aside = _put_aside(folder)
        flush(folder.parent)
        shutil.rmtree(aside, ignore_errors=True)


def flush(folder: Path) -> None:
    """Let names that were given or taken within a folder survive a power cut, where folders can be flushed."""
    if hasattr(os, "O_DIRECTORY"):
        with suppress(OSError):
            opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(opened)
            finally:
                os.close(opened)


def clear_leftovers(folder: Path, older: float = _OLD) -> None:
    """Delete what killed processes left aside below a folder; when the app starts, and when a training does.

    Args:
        folder: A workspace.
        older: Seconds since the last change after which what is half written belongs to nobody; what was being deleted
            may always go.
    """
    for path in _aside(folder):
        with suppress(OSError):
            if path.name.endswith(_GONE) or time.time() - _changed(path) >= older:
                shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


def _aside(folder: Path) -> Iterator[Path]:
    """Yield what was put aside below a folder; the pictures of datasets are not gone through."""
    with suppress(OSError):
        for path in sorted(folder.iterdir()):
            if path.name.startswith(".") and (path.name.endswith((_PART, _GONE)) or path.name.startswith(_FETCHING)):
                yield path
            elif path.is_dir() and not path.is_symlink() and folder.name != "data":
                yield from _aside(path)


def _changed(path: Path) -> float:
    """Return when a file, or anything in a folder, was changed last, in seconds since 1970."""
    return max(each.stat().st_mtime for each in (path, *(path.rglob("*") if path.is_dir() else ())))


def _put_aside(folder: Path) -> Path:
    aside = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}{_GONE}")
    folder.rename(aside)
    return aside


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
