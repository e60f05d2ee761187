"""Pictures that follow the pointer: a page offers a way to draw, and the browser asks it frame by frame.

No page runs again for a frame.  A browser has one request on its way and keeps only its newest wish
(``web/frames.js``), so nothing queues up behind a moving pointer.
"""

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ganlab.errors import GanlabError

_MOST_WAYS, _MOST_BYTES, _AT_ONCE = 128, 1_000_000, 2
_ways: "OrderedDict[str, Draw]" = OrderedDict()
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


def offer(draw: Draw, *key: object) -> str:
    """Keep a way to draw for the browser, and return its address; the same key is the same address.

    Args:
        draw: From what the browser asks for, any JSON object, to a frame; a ``GanlabError`` says why not.
        key: What the way depends on, each with a ``repr`` that tells it from others.
    """
    name = hashlib.sha256(repr(key).encode()).hexdigest()[:24]
    with _guard:
        _ways[name] = draw
        _ways.move_to_end(name)
        while len(_ways) > _MOST_WAYS:
            _ways.popitem(last=False)
    return f"api/frames/{name}"


async def answer(request: Request) -> Response:
    """Draw one frame: its bytes, with shape and type and what is told in the head ``X-Frame``."""
    with _guard:
        draw = _ways.get(request.path_params["key"])
    if draw is None:
        return JSONResponse({"gone": True}, status_code=410)
    body = await request.body()
    try:
        asked = json.loads(body) if len(body) <= _MOST_BYTES else None
    except ValueError:
        asked = None
    if not isinstance(asked, dict):
        return JSONResponse({"fault": f"A frame is asked for by a JSON object of at most {_MOST_BYTES:,} bytes."}, 422)
    try:
        frame = await run_sync(draw, asked, limiter=_limiter())
    except GanlabError as error:
        return JSONResponse({"fault": str(error)}, status_code=422)
    pixels = np.ascontiguousarray(frame.pixels)
    head = {"shape": pixels.shape, "type": pixels.dtype.name, **frame.told}
    headers = {"X-Frame": json.dumps(head), "Cache-Control": "no-store", "Content-Encoding": "identity"}
    return Response(pixels.tobytes(), media_type="application/octet-stream", headers=headers)


@cache
def _limiter() -> CapacityLimiter:
    return CapacityLimiter(_AT_ONCE)  # more would only wait for each other on the one thread that draws
