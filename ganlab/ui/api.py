"""The app's own routes beside Streamlit's: scripts, pictures by content, runs as they go on."""

import asyncio
import contextlib
import gzip
from collections.abc import AsyncIterator
from functools import cache
from pathlib import Path

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from streamlit import runtime

from ganlab.data import facts_of
from ganlab.errors import GanlabError
from ganlab.members import store
from ganlab.runs import find
from ganlab.ui import engine, frames, jobs, live, presenter, rights

_WEB = Path(__file__).parent / "web"
_LOOK = 2.0  # seconds between looks at who is still there
_LONGEST_WORD = 200
_FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}


@contextlib.asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[None]:
    """Load the engine while the first page is on its way; jobs end with the server."""
    engine.warm()
    with contextlib.suppress(OSError):
        await run_in_threadpool(store.settle)  # what a pulled plug left behind
    tasks = [asyncio.create_task(live.keep_queue_moving()), asyncio.create_task(_drop_unwanted_jobs())]
    yield
    for task in tasks:
        task.cancel()
    jobs.close()


async def _drop_unwanted_jobs() -> None:
    """Cancel what nobody waits for any more, as long as the app lives."""
    while True:
        await asyncio.sleep(_LOOK)
        if runtime.exists():
            jobs.drop_unwanted(runtime.get_instance().is_active_session)


async def script(request: Request) -> Response:
    """Send one of our own scripts; one whose address carries its hash may be kept for ever."""
    path = _WEB / request.path_params["name"]
    if path.parent != _WEB or path.suffix != ".js" or not path.is_file():
        return Response(status_code=404)
    headers = _FOREVER if "v" in request.query_params else {"Cache-Control": "no-cache"}
    return FileResponse(path, media_type="text/javascript", headers=headers)


async def plotly(request: Request) -> Response:
    """Send the script that comes with the plotly package, packed once."""
    headers = _FOREVER | {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    return Response(_packed_plotly(), media_type="text/javascript", headers=headers)


@cache
def _packed_plotly() -> bytes:
    import plotly

    return gzip.compress((Path(plotly.__file__).parent / "package_data" / "plotly.min.js").read_bytes(), 6)


async def blob(request: Request) -> Response:
    """Send published bytes; identity encoding, since pictures do not compress twice."""
    found = engine.published(request.path_params["key"])
    if found is None:
        return Response(status_code=404)
    return Response(found[0], media_type=found[1], headers=_FOREVER | {"Content-Encoding": "identity"})


async def preview(request: Request) -> Response:
    """Send a run's preview of one step: a PNG of pictures, JSON of points."""
    try:
        path = find(request.path_params["run"]).preview(request.path_params["step"])
    except GanlabError:
        return Response(status_code=404)
    return FileResponse(path, headers={"Cache-Control": "private, max-age=3600"})


def points(request: Request) -> Response:
    """Send 512 real points of a dataset in the plane, the same ones every time."""
    name = request.path_params["dataset"]
    try:
        if facts_of(name)["shape"] != (2,):
            return Response(status_code=404)
    except GanlabError:
        return Response(status_code=404)
    from ganlab.toys import density

    return JSONResponse(density(name).sample(512, seed=0).round(decimals=4).tolist(), headers=_FOREVER)


async def become_presenter(request: Request) -> Response:
    """Give a browser the presenter's cookie for the word that a page of ours told it."""
    if not live.is_ours(request.headers):
        return Response(status_code=403)
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LONGEST_WORD:
            return Response(status_code=413)
    made = presenter.claimed(body.decode(errors="replace"))
    if made is None:
        return Response(status_code=403)
    secure = "https" in (request.url.scheme, request.headers.get("x-forwarded-proto"))
    answer = Response(status_code=204, headers={"Cache-Control": "no-store"})
    age = presenter.HOURS * 3_600
    answer.set_cookie(rights.COOKIE, made, max_age=age, httponly=True, samesite="strict", secure=secure)
    return answer


ROUTES = [
    Route("/api/web/{name}", script),
    Route("/api/plotly.js", plotly),
    Route("/api/blob/{key}", blob),
    Route("/api/runs/{run:path}/previews/{step:int}", preview),
    Route("/api/points/{dataset}", points),
    Route("/api/presenter", become_presenter, methods=["POST"]),
    Route("/api/frames/{key}", frames.answer, methods=["POST"]),
    WebSocketRoute("/api/live", live.watch),
]
