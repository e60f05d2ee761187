"""Caches that all visitors share: bounded by what they hold, and nothing is made twice at the same time."""

import threading
import time
from collections.abc import Callable, Hashable, Iterable
from concurrent.futures import Future
from dataclasses import fields, is_dataclass
from typing import Any, Generic, TypeVar

from cachetools import LRUCache, TTLCache

Kept = TypeVar("Kept")
_SMALL = 1_000  # bytes that anything else counts as


def size(value: Any) -> int:
    """Return about how many bytes a value holds: those of its arrays, tensors, bytes and texts."""
    if isinstance(value, bytes | str):
        return len(value) + _SMALL
    if isinstance(held := getattr(value, "nbytes", None), int):
        return held + _SMALL
    if isinstance(value, dict):
        return _sum(value.values())
    if isinstance(value, list | tuple):
        return _sum(value)
    if is_dataclass(value) and not isinstance(value, type):
        return _sum(getattr(value, field.name) for field in fields(value))
    return _SMALL


def _sum(values: Iterable[Any]) -> int:
    return _SMALL + sum(8 if isinstance(each, int | float) else size(each) for each in values)


class Cache(Generic[Kept]):
    """Values by key; the one that was used longest ago goes first when there is no more room.

    Args:
        most: How much all values may hold together, as ``measure`` counts.
        measure: Bytes of a value, or 1 for each where values are counted.
        keep: Seconds after its last use when a value goes in any case; None for no such end.
        clock: What tells them.
    """

    def __init__(
        self,
        most: int,
        measure: Callable[[Kept], int] = size,
        keep: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._held: LRUCache[Hashable, Kept] | TTLCache[Hashable, Kept] = (
            LRUCache(most, measure) if keep is None else TTLCache(most, keep, clock, measure)
        )
        self._coming: dict[Hashable, Future[Kept]] = {}
        self._guard = threading.Lock()

    def get(self, key: Hashable) -> Kept | None:
        """Return what is held for a key, or None."""
        with self._guard:
            return self._used(key)

    def put(self, key: Hashable, value: Kept) -> None:
        """Hold a value; one that is larger than all the room is not held."""
        with self._guard:
            self._put(key, value)

    def made(self, key: Hashable, make: Callable[[], Kept]) -> Kept:
        """Return what is held for a key, or make it: who asks meanwhile waits for the same one.

        What ``make`` raises reaches all who waited, and the next one tries again.
        """
        with self._guard:
            if (held := self._used(key)) is not None:
                return held
            coming = self._coming.get(key)
            if mine := coming is None:
                coming = self._coming[key] = Future()
        if not mine:
            return coming.result()
        try:
            value = make()
        except BaseException as error:
            with self._guard:
                del self._coming[key]
            coming.set_exception(error)
            raise
        with self._guard:
            self._put(key, value)
            del self._coming[key]
        coming.set_result(value)
        return value

    def clear(self) -> None:
        """Forget everything."""
        with self._guard:
            self._held.clear()

    def _used(self, key: Hashable) -> Kept | None:
        value = self._held.get(key)
        if value is not None and isinstance(self._held, TTLCache):
            self._held[key] = value  # its time begins anew
        return value

    def _put(self, key: Hashable, value: Kept) -> None:
        if self._held.getsizeof(value) <= self._held.maxsize:
            self._held[key] = value
