"""Where trainings, and other work of events, are iterated: here one after another, or elsewhere several at once.

Work is called with a device and knobs, and gives an iterator of events.  To pause a place is to stop asking it, to stop
is to leave it.  ``runs/cluster.py`` is a place of many machines; whoever asks sees no difference but in order.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import torch

from ganlab.errors import RunError
from ganlab.training.events import Controls

LOSSES = 3  # of one piece of work in a row, before it is held to be what breaks its machines
Work = Callable[[torch.device, Controls], Iterator[Any]]


@dataclass(frozen=True)
class Over:
    """A piece of work has given its last event."""


@dataclass(frozen=True)
class Lost:
    """A piece of work broke off with the machine it was on; ``why`` says so in a sentence."""

    why: str


class Place(Protocol):
    """What iterates work, under keys that tell pieces apart.

    Attributes:
        room: How many pieces can be under way at once just now, 1 or more.
    """

    room: int

    def begin(self, key: Any, work: Work) -> None:
        """Take a piece of work in hand."""

    def next(self) -> tuple[Any, Any]:
        """Return the key and the next event of a piece under way; at its end ``Over``, or ``Lost``."""


class Here:
    """This process and one device.

    Args:
        device: The CPU by default.
        controls: Knobs of what is under way.
    """

    room = 1

    def __init__(self, device: torch.device | None = None, controls: Controls | None = None) -> None:
        self.device, self.controls = device or torch.device("cpu"), controls or Controls()

    def begin(self, key: Any, work: Work) -> None:
        """Take a piece of work in hand; the one before is over."""
        self._key, self._events = key, work(self.device, self.controls)

    def next(self) -> tuple[Any, Any]:
        """Return the key and the next event, at the end ``Over``."""
        return self._key, next(self._events, Over())


def several(place: Place, works: Iterable[tuple[Any, Work]]) -> Iterator[tuple[Any, Any]]:
    """Iterate independent pieces of work, as many at once as there is room for; yield keys and events.

    Raises:
        RunError: A piece was lost several times.
    """
    works, again, going, lost = iter(works), [], {}, []
    while True:
        while len(going) < place.room and (following := again.pop() if again else next(works, None)):
            key, going[key] = following
            place.begin(*following)
        if not going:
            return
        key, event = place.next()
        if not isinstance(event, Over | Lost):
            yield key, event
            continue
        work = going.pop(key)
        if isinstance(event, Lost):
            lost.append(key)
            if lost.count(key) == LOSSES:
                raise RunError(f"{key!r} was lost {LOSSES} times. {event.why}")
            again.append((key, work))
