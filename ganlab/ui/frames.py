"""Pictures that follow the pointer: a page offers a way to draw, and the browser asks it frame by frame.

No page runs again for a frame.  A browser has one request on its way and keeps only its newest wish
(``web/frames.js``), so nothing queues up behind a moving pointer.  What takes a tenth of a second (a glance at
hundreds of pictures) is drawn calmly: one at a time for all visitors, on a thread that gives way to pages, to frames
and to trainings.
"""

import asyncio
import hashlib
import json
import os
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ganlab.errors import GanlabError
from ganlab.ui.i18n import DEFAULT, LANGUAGES, language
from ganlab.ui.i18n.sentences import said

_MOST_WAYS, _MOST_BYTES, _AT_ONCE = 256, 1_000_000, 2
_CALM = 10  # how far a calm thread stands back; workers of runs stand at 5
_LEFT = 499  # nobody reads this answer
_ways: "OrderedDict[str, tuple[Draw, bool]]" = OrderedDict()
_guard = threading.Lock()


@dataclass(frozen=True)
class Frame:
    """One answer.

    Attributes:
        pixels: uint8 [N, H, W, C], or any other array that the script knows to read.
        told: What is said beside it, as JSON.
    """

    pixels: np.ndarray
    told: dict[str, Any] = field(default_factory=dict)


Draw = Callable[[Mapping[str, Any]], Frame]


def offer(draw: Draw, *key: object, calm: bool = False) -> str:
    """Keep a way to draw for the browser, and return its address; the same key is the same address in one language.

    Args:
        draw: From what the browser asks for, any JSON object, to a frame; a ``GanlabError`` says why not.
        key: What the way depends on, each with a ``repr`` that tells it from others.
        calm: It takes long and may wait for all that is quick.
    """
    name = hashlib.sha256(repr(key).encode()).hexdigest()[:24]
    with _guard:
        _ways[name] = draw, calm
        _ways.move_to_end(name)
        while len(_ways) > _MOST_WAYS:
            _ways.popitem(last=False)
    spoken = language()
    return f"api/frames/{name}" + (f"?lang={spoken}" if spoken != DEFAULT else "")


async def answer(request: Request) -> Response:
    """Draw one frame: its bytes, with shape and type and what is told in the head ``X-Frame``."""
    with _guard:
        draw, calm = _ways.get(request.path_params["key"], (None, False))
    if draw is None:
        return JSONResponse({"gone": True}, status_code=410)
    body = await request.body()
    try:
        asked = json.loads(body) if len(body) <= _MOST_BYTES else None
    except ValueError:
        asked = None
    if not isinstance(asked, dict):
        return _fault(request, f"A frame is asked for by a JSON object of at most {_MOST_BYTES:,} bytes.")
    try:
        frame = await (_calmly(request, draw, asked) if calm else run_sync(draw, asked, limiter=_limiter()))
    except GanlabError as error:
        return _fault(request, error)
    if frame is None:
        return Response(status_code=_LEFT)
    pixels = np.ascontiguousarray(frame.pixels)
    head = {"shape": pixels.shape, "type": pixels.dtype.name, **frame.told}
    headers = {"X-Frame": json.dumps(head), "Cache-Control": "no-store", "Content-Encoding": "identity"}
    return Response(pixels.tobytes(), media_type="application/octet-stream", headers=headers)


def _fault(request: Request, what: object) -> Response:
    asked = request.query_params.get("lang")
    return JSONResponse({"fault": said(what, asked if asked in LANGUAGES else DEFAULT)}, status_code=422)


@cache
def _limiter() -> CapacityLimiter:
    return CapacityLimiter(_AT_ONCE)  # more would only wait for each other on the one thread that draws


async def _calmly(request: Request, draw: Draw, asked: Mapping[str, Any]) -> Frame | None:
    """Draw when it is this one's turn; None for a browser that has left meanwhile."""
    async with _turn():
        if await request.is_disconnected():
            return None
        return await asyncio.get_running_loop().run_in_executor(_calm_thread(), draw, asked)


@cache
def _turn() -> CapacityLimiter:
    return CapacityLimiter(1)


@cache
def _calm_thread() -> ThreadPoolExecutor:
    def stand_back() -> None:
        # A thread has a priority of its own on Linux only; elsewhere it would be the whole process that stands back.
        if sys.platform == "linux":
            with suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _CALM)

    return ThreadPoolExecutor(1, "calm", stand_back)
