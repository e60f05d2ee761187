"""What the server process holds once for everybody: warm libraries, open members, pictures by content.

A page's first second is spent without torch: it loads in a background thread that starts with the
server, and pages that need it wait behind ``parts.waiting_for_engine``.
"""

import asyncio.base_events
import gc
import hashlib
import os
import socket
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

# Idle OpenMP threads must sleep, not spin: a training beside the server would lose most of its speed.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

if TYPE_CHECKING:
    import numpy as np
    import torch

    from ganlab.members.card import Card
    from ganlab.members.member import Member

Made = TypeVar("Made")

READY = threading.Event()
_started = threading.Lock()
_guard = threading.Lock()
_MOST_MEMBERS, _MOST_DRAWN, _MOST_MADE, _MOST_BLOBS = 32, 64, 256, 256
_members: "OrderedDict[tuple[str, str, str | None, str], Member]" = OrderedDict()
_drawn: "OrderedDict[tuple[str, str, bytes], torch.Tensor]" = OrderedDict()
_made: "OrderedDict[tuple, Any]" = OrderedDict()
_blobs: OrderedDict[str, tuple[bytes, str]] = OrderedDict()


def warm() -> None:
    """Start loading what pages need, in the background; calling it again does nothing."""
    if not _started.acquire(blocking=False):
        return

    def load() -> None:
        import pandas  # noqa: F401 - streamlit would load it with the first table
        import plotly.graph_objects  # noqa: F401
        import torch

        import ganlab.fusion.stored  # noqa: F401

        # One thread: beside a training, several would wait for each other for 100 ms a picture.
        torch.set_num_threads(1)
        # Streamlit collects garbage after every run; half a million library objects need no second look.
        gc.collect()
        gc.freeze()
        READY.set()

    threading.Thread(target=load, name="warm", daemon=True).start()


def tame_sockets() -> None:
    """Send small answers at once: sockets bound beforehand keep Nagle's delay of 40 ms otherwise."""

    def without_delay(sock: socket.socket) -> None:
        if sock.type == socket.SOCK_STREAM and sock.family in (socket.AF_INET, socket.AF_INET6):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    asyncio.base_events._set_nodelay = without_delay  # noqa: SLF001 - asyncio has no public switch


def member(name: str, device: str, card: "Card | None" = None) -> "Member":
    """Return a stored member, loaded once for all visitors as long as its card stays the same.

    Args:
        name: In the store.
        device: Where it draws.
        card: Its own, where the caller has just looked it up: another look costs milliseconds.

    Raises:
        GanlabError: It is unknown or broken.
    """
    import torch

    from ganlab.fusion import load
    from ganlab.members.store import catalogue

    card = card or catalogue()[name].card
    # The digest stands for its pictures; an encoder may be fitted later.
    key = (name, card.digest(), card.encoder and card.encoder.sha256, device)
    with _guard:
        if key in _members:
            _members.move_to_end(key)
            return _members[key]
    loaded = load(name, torch.device(device))
    with _guard:
        _members[key] = loaded
        while len(_members) > _MOST_MEMBERS:
            _members.popitem(last=False)
    return loaded


def pictures(name: str, device: str, z: "np.ndarray", card: "Card | None" = None) -> "torch.Tensor":
    """Return what a stored member draws from latents [n, at least its own], remembered for all visitors."""
    drawer = member(name, device, card)
    z = z[:, : drawer.latent_dim]
    key = (drawer.card.digest(), device, hashlib.sha256(z.tobytes()).digest())
    with _guard:
        if key in _drawn:
            _drawn.move_to_end(key)
            return _drawn[key]
    drawn = drawer.generate(z)
    with _guard:
        _drawn[key] = drawn
        while len(_drawn) > _MOST_DRAWN:
            _drawn.popitem(last=False)
    return drawn


def remembered(make: Callable[[], Made], *key: object) -> Made:
    """Return what ``make`` returned the first time for this key; a PNG or an encoder's look costs milliseconds."""
    with _guard:
        if key in _made:
            _made.move_to_end(key)
            return _made[key]
    made = make()
    with _guard:
        _made[key] = made
        while len(_made) > _MOST_MADE:
            _made.popitem(last=False)
    return made


def recalled(*key: object) -> Any:
    """Return what was remembered for a key, or None."""
    with _guard:
        return _made.get(key)


def publish(data: bytes, media_type: str) -> str:
    """Keep bytes for the browser and return their address, which changes when they do."""
    key = hashlib.sha256(data).hexdigest()[:24]
    with _guard:
        _blobs[key] = (data, media_type)
        _blobs.move_to_end(key)
        while len(_blobs) > _MOST_BLOBS:
            _blobs.popitem(last=False)
    return f"api/blob/{key}"


def published(key: str) -> tuple[bytes, str] | None:
    """Return bytes and media type for a key, or None once they were forgotten."""
    with _guard:
        return _blobs.get(key)
