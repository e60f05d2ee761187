"""Datasets are held whole in memory; one that would not fit is refused before it is read."""

import math
import os
from pathlib import Path

from ganlab.errors import DataError

_LINUX = Path("/proc/meminfo")


def refuse_too_large(name: str, count: int, shape: tuple[int, ...], copies: int = 1) -> None:
    """Refuse ``count`` uint8 pictures of ``shape`` if they would take more than the memory that is free now.

    Args:
        name: The dataset's, for the message.
        count: How many pictures.
        shape: (C, H, W) of one.
        copies: How many times all of them are in memory at once while they are read.

    Raises:
        DataError: With both figures.
    """
    needed, free = copies * count * math.prod(shape), available()
    if free is not None and needed > free:
        sides = "x".join(map(str, shape[1:]))
        raise DataError(
            f"Dataset {name!r} would take {_told(needed)} of memory ({count:,} pictures of {sides} pixels), but only "
            f"{_told(free)} are free: use smaller pictures, fewer of them, or a machine with more memory."
        )


def available() -> int | None:
    """Return the bytes of memory that can be had now without swapping, or None where the system does not tell."""
    try:
        lines = _LINUX.read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration, ValueError, IndexError):
        pass
    for pages in ("SC_AVPHYS_PAGES", "SC_PHYS_PAGES"):  # free, or at least built in
        try:
            return os.sysconf(pages) * os.sysconf("SC_PAGE_SIZE")
        except (AttributeError, OSError, ValueError):  # Windows has no sysconf, macOS no free pages
            continue
    return None


def _told(size: int) -> str:
    for unit in ("bytes", "KB", "MB"):
        if size < 1000:
            return f"{size:,.3g} {unit}" if unit != "bytes" else f"{size} bytes"
        size /= 1000
    return f"{size:,.1f} GB"
