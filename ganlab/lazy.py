"""Rooms whose names load on first use, so that a door opens without what stands behind it."""

from collections.abc import Callable
from importlib import import_module
from typing import Any


def lazily(room: str, where: dict[str, str]) -> Callable[[str], Any]:
    """Return a package's ``__getattr__`` (PEP 562).

    Args:
        room: The package's ``__name__``.
        where: For each public name the module that has it.
    """

    def load(name: str) -> Any:
        if name not in where:
            raise AttributeError(f"module {room!r} has no attribute {name!r}")
        return getattr(import_module(where[name]), name)

    return load
