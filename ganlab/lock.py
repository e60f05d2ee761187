"""Locks that live as long as their holder: the system frees them when it dies, however it dies."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from ganlab import files
from ganlab.errors import RunError

_PATIENCE = 60.0  # seconds; doors hold a lock for less than one


def hold(path: Path, seconds: float) -> FileLock | None:
    """Take the lock, or return None if another holds it for ``seconds``."""
    lock = FileLock(path, poll_interval=0.02)
    try:
        lock.acquire(timeout=seconds)
    except Timeout:
        return None
    return lock


def is_held(path: Path) -> bool:
    """Return whether a living process holds the lock; one that is not ours to touch counts as held."""
    if not path.exists():
        return False
    try:
        lock = hold(path, 0)
    except OSError:
        return True
    if lock is None:
        return True
    lock.release()
    return False


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Keep other processes and threads out of a block.

    Raises:
        RunError: Another one is in it and does not come out.
        DiskError: The lock's file cannot be made.
    """
    with files.telling(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = hold(path, _PATIENCE)
    if lock is None:
        raise RunError(f"Another ganlab process holds {str(path)!r}. End it, then try again.")
    try:
        yield
    finally:
        lock.release()
