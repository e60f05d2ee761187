"""Streamlit's own scripts and fonts, packed once and sent from memory.

A first visit asks for some hundred and thirty files.  Streamlit opens each of them in a thread and sends it unpacked,
3 MB in all: for a class that arrives together on a school's wireless network, both are too much.
"""

import gzip
import mimetypes
from functools import cache
from pathlib import Path

import streamlit
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

_ROOT = Path(streamlit.__file__).parent / "static"
_PACKS = frozenset({".js", ".css", ".svg", ".json", ".wasm"})  # fonts and pictures are packed already
_LEAST = 500  # bytes below which packing gains nothing
_HEAD = {"Cache-Control": "public, immutable, max-age=31536000", "Vary": "Accept-Encoding"}


class Packed:
    """Answers for files whose names carry a hash; everything else goes on to Streamlit.

    Args:
        app: What is asked for the rest.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take one request."""
        plain = scope["type"] == "http" and scope["method"] == "GET" and scope["path"] in _files()
        headers = Headers(scope=scope) if plain else {}
        if not plain or "range" in headers:
            await self.app(scope, receive, send)
            return
        packed = "gzip" in headers.get("accept-encoding", "")
        await _answer(scope["path"], packed)(scope, receive, send)


@cache
def _files() -> dict[str, Path]:
    """Return what there is by address, so that no address can lead elsewhere."""
    return {f"/static/{path.relative_to(_ROOT / 'static').as_posix()}": path for path in _ROOT.glob("static/*/*.*")}


@cache
def _answer(address: str, packed: bool) -> Response:
    path = _files()[address]
    content, media_type = path.read_bytes(), mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if not packed or path.suffix not in _PACKS or len(content) < _LEAST:
        # Said to be packed as it is: or the next layer would try to pack it, each time anew.
        return Response(content, headers=_HEAD | {"Content-Encoding": "identity"}, media_type=media_type)
    return Response(gzip.compress(content, 6), headers=_HEAD | {"Content-Encoding": "gzip"}, media_type=media_type)
