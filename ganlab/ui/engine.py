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
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from ganlab.ui.cache import Cache

# Idle OpenMP threads must sleep, not spin: a training beside the server would lose most of its speed.  NumPy's own
# threads always spin: for matrices of 64 rows they cost three times the work itself.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

if TYPE_CHECKING:
    import numpy as np
    import torch

    from ganlab.members.card import Card
    from ganlab.members.member import Member

Made = TypeVar("Made")

READY = threading.Event()
_started = threading.Lock()
_MEBIBYTE = 2**20
_members: "Cache[Member]" = Cache(32, lambda _: 1)
_drawn: "Cache[torch.Tensor]" = Cache(256 * _MEBIBYTE, keep=240)  # of seeds that were left behind
_made: Cache[Any] = Cache(256 * _MEBIBYTE)
_blobs: Cache[tuple[bytes, str]] = Cache(256 * _MEBIBYTE, keep=240)  # a browser fetches them at once


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
    return _members.made(key, lambda: load(name, torch.device(device)))


def pictures(name: str, device: str, z: "np.ndarray", card: "Card | None" = None) -> "torch.Tensor":
    """Return what a stored member draws from latents [n, at least its own], remembered for all visitors."""
    drawer = member(name, device, card)
    z = z[:, : drawer.latent_dim]
    key = (drawer.card.digest(), device, hashlib.sha256(z.tobytes()).digest())
    return _drawn.made(key, lambda: drawer.generate(z))


def remembered(make: Callable[[], Made], *key: object) -> Made:
    """Return what ``make`` returned the first time for this key; a PNG or an encoder's look costs milliseconds."""
    return _made.made(key, make)


def recalled(*key: object) -> Any:
    """Return what was remembered for a key, or None."""
    return _made.get(key)


def publish(data: bytes, media_type: str) -> str:
    """Keep bytes for the browser and return their address, which changes when they do."""
    key = hashlib.sha256(data).hexdigest()[:24]
    _blobs.put(key, (data, media_type))
    return f"api/blob/{key}"


def published(key: str) -> tuple[bytes, str] | None:
    """Return bytes and media type for a key, or None once they were forgotten."""
    return _blobs.get(key)
