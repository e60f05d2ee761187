"""Too little memory, as it is told: by an error of Python or torch, or by the kernel's count of what it killed."""

import errno
from pathlib import Path

_SAYINGS = (  # of torch's allocators and of the libraries below them
    "out of memory",
    "not enough memory",
    "can't allocate memory",
    "cannot allocate memory",
    "bad_alloc",
    "alloc_failed",
    "failed to allocate",
)
_GROUPS = Path("/sys/fs/cgroup")


def ran_out(error: BaseException) -> bool:
    """Return whether an error means that memory ran out: of the machine or of its accelerator."""
    if isinstance(error, MemoryError) or getattr(error, "errno", None) == errno.ENOMEM:
        return True
    told = str(error).lower()
    return isinstance(error, RuntimeError | OSError) and any(saying in told for saying in _SAYINGS)


def counter(groups: Path = _GROUPS, own: Path = Path("/proc/self/cgroup")) -> Path | None:
    """Return the file in which the kernel counts the processes like this one that it killed for lack of memory.

    That of the own control group where there is one (version 2, or 1), otherwise that of the whole machine; None where
    nobody counts.

    Args:
        groups: Where control groups are.
        own: Which of them this process is in.
    """
    try:
        lines = [line.split(":", 2) for line in own.read_text().splitlines()]
    except OSError:
        lines = []
    places = [groups / path.lstrip("/") / "memory.events" for _, kind, path in lines if not kind]
    places += [
        groups / "memory" / path.lstrip("/") / "memory.oom_control" for _, kind, path in lines if "memory" in kind
    ]
    # A container may see its own group as the root, under a path that it does not have.
    places += [groups / "memory.events", groups / "memory" / "memory.oom_control", Path("/proc/vmstat")]
    return next((place for place in places if kills(place) is not None), None)


def kills(place: Path) -> int | None:
    """Return how many processes were killed for lack of memory, by a file of the kernel; None where it does not say."""
    try:
        words = (line.split() for line in place.read_text().splitlines())
        return next((int(value[0]) for name, *value in words if name == "oom_kill"), None)
    except (OSError, ValueError, IndexError):
        return None
