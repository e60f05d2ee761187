"""Trainings in the plane that visitors have going: small ones, in this process, which go on while they are looked at.

A process each would take two seconds and 300 MB to open, for networks whose step takes 4 ms; so they live here, and
every frame that a browser asks for takes the next few steps.  Nobody can take the machine: a frame trains for at most
``SLICE`` seconds, the route draws two frames at once, and of all trainings only ``MOST`` stay open: the one that was
looked at longest ago is closed first, and begins anew when it is asked for again.
"""

import itertools
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

MOST = 24
SLICE = 0.03  # seconds of training a frame: with what is drawn beside, some twenty frames a second
Kept = TypeVar("Kept")


@dataclass
class Going(Generic[Kept]):
    """What is open for a key.

    Attributes:
        life: A number that no other one has had: what begins anew is told from what goes on.
        what: It; made when it is first used.
    """

    life: int
    what: Kept | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)


_open: "OrderedDict[tuple, Going[Any]]" = OrderedDict()
_guard, _lives = threading.Lock(), itertools.count(1)


@contextmanager
def using(key: tuple, make: Callable[[], Kept], *, anew: bool = False) -> Iterator[tuple[Kept, int]]:
    """Give what is open for a key and its life, to one caller at a time.

    Args:
        key: Of a visitor and of what is trained.
        make: Opens it, where it is not open.
        anew: Close what there is first.
    """
    with _guard:
        if anew:
            _open.pop(key, None)
        going = _open.setdefault(key, Going(0))
        going.life = going.life or next(_lives)
        _open.move_to_end(key)
        while len(_open) > MOST:
            _open.popitem(last=False)
    with going.lock:
        if going.what is None:
            going.what = make()
        yield going.what, going.life


def closed(key: tuple) -> bool:
    """Return whether nothing is open for a key."""
    with _guard:
        return key not in _open
