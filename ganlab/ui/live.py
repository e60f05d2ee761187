"""Live runs: one reader of a run's folder for all who watch it in one language, over the app's own WebSocket.

A watcher is sent ``{"rows": [...], "state": {...}, "health": [...]}``: the events it has not seen, as the run's folder
holds them, and how the run stands and fares whenever that changes.  ``{"gone": true}`` is the last word on a
deleted run.
"""

import asyncio
import json
import math
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.websockets import WebSocket, WebSocketDisconnect

from ganlab.errors import GanlabError
from ganlab.runs import Run, dispatch, find, life, position
from ganlab.spec import MemberSpec
from ganlab.training.health import findings, recent
from ganlab.ui.i18n import DEFAULT, LANGUAGES
from ganlab.ui.i18n.sentences import said as retold

_POLL = 0.25  # seconds between looks at a run's folder
_DISPATCH = 2.0  # seconds between looks at the queue
_SLOW = 200  # messages a watcher may lag behind before it is let go; it comes back by itself
UNKNOWN_RUN, FOREIGN_ORIGIN = 4404, 4403  # close codes


class Hub:
    """The one reader of a run in a language; it works as long as somebody watches.

    Args:
        run: Whose folder is read.
        language: In which watchers are told what the library says.
    """

    def __init__(self, run: Run, language: str = DEFAULT) -> None:
        self.run, self.language = run, language
        self.rows: list[str] = []  # each event as JSON, written once for all watchers
        self.said: dict[str, str] = {}  # how it stands and fares, as JSON
        self._offset = 0
        self._judged: list[dict] = []  # the rows that its health is judged by
        self._watchers: set[asyncio.Queue[str | None]] = set()
        self._task: asyncio.Task[None] | None = None
        self._reading = asyncio.Lock()  # two looks at once would tell the same rows twice

    async def join(self, seen: int) -> asyncio.Queue[str | None]:
        """Add a watcher who has ``seen`` rows already; its queue ends with None."""
        if not self.said:
            await self._look()
        # No await from here on: between the past and the future there is no gap.
        queue: asyncio.Queue[str | None] = asyncio.Queue(_SLOW)
        queue.put_nowait(_message(self.rows[seen:], self.said))
        self._watchers.add(queue)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._read())
        return queue

    def leave(self, queue: asyncio.Queue[str | None]) -> None:
        """Forget a watcher, and with the last one all that was read."""
        self._watchers.discard(queue)
        if not self._watchers:
            self._forget()

    async def _read(self) -> None:
        while self._watchers:
            if not self.run.folder.is_dir():
                self._send('{"gone": true}')
                self._send(None)
                self._forget()
                return
            with suppress(OSError, GanlabError):  # deleted between two looks
                await self._look()
            await asyncio.sleep(_POLL)

    async def _look(self) -> None:
        async with self._reading:
            # In a thread: a first look at a long run, or a slow disk, must not hold up the pages.
            said, rows, self._offset, self._judged = await run_in_threadpool(
                _news, self.run, self._offset, self._judged, self.language
            )
            self.rows += rows
            changed = {name: value for name, value in said.items() if value != self.said.get(name)}
            self.said = said
            if rows or changed:
                self._send(_message(rows, changed))

    def _send(self, message: str | None) -> None:
        for queue in list(self._watchers):
            try:
                queue.put_nowait(message)
            except asyncio.QueueFull:
                self._watchers.discard(queue)
                queue.get_nowait()
                queue.put_nowait(None)

    def _forget(self) -> None:
        if HUBS.get((self.run.folder, self.language)) is self:
            del HUBS[self.run.folder, self.language]


HUBS: dict[tuple[Path, str], Hub] = {}  # by the run's folder and the language


def standing(run: Run) -> dict:
    """Return how a run stands, as watchers and pages are told."""
    state = run.state()
    return {
        "name": run.name,
        "state": state.state,
        "step": state.step,
        "steps": state.steps,
        "device": state.device,
        "message": state.message,
        "players": state.players,
        "position": position(run) if state.state == "queued" else None,
        "silent": minutes_silent(run),
    }


def minutes_silent(run: Run) -> int | None:
    """Return for how many whole minutes a worker has shown no sign of life; None where it shows some."""
    seconds = run.silence()
    return int(seconds // 60) if seconds > life.SILENT else None


async def watch(socket: WebSocket) -> None:
    """Send a run's events to a watcher until it leaves; ``?run=NAME&from=ROWS&lang=LANGUAGE``.

    Closed with 4404 for a run that nobody knows, with 4403 for a page that is not ours.
    """
    await socket.accept()
    if not is_ours(socket.headers):
        await socket.close(FOREIGN_ORIGIN)
        return
    try:
        run = find(socket.query_params.get("run", ""))
        seen = max(0, int(socket.query_params.get("from", "0")))
    except (GanlabError, ValueError):
        await socket.close(UNKNOWN_RUN)
        return
    language = socket.query_params.get("lang")
    language = language if language in LANGUAGES else DEFAULT
    hub = HUBS.setdefault((run.folder, language), Hub(run, language))
    queue = await hub.join(seen)
    sender = asyncio.create_task(_pass_on(socket, queue))
    try:
        while (await socket.receive())["type"] != "websocket.disconnect":
            pass
    finally:
        hub.leave(queue)
        sender.cancel()


def is_ours(headers: Mapping[str, str]) -> bool:
    """Return whether a request comes from a page of ours; one without an origin comes from no page."""
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == headers.get("host")


async def _pass_on(socket: WebSocket, queue: asyncio.Queue[str | None]) -> None:
    with suppress(WebSocketDisconnect, RuntimeError):  # the watcher left while we were sending
        while (message := await queue.get()) is not None:
            await socket.send_text(message)
        await socket.close()


async def keep_queue_moving() -> None:
    """Start waiting runs as long as the app lives: a worker that was killed cannot start the next one."""
    while True:
        with suppress(GanlabError, OSError):
            await run_in_threadpool(dispatch)
        await asyncio.sleep(_DISPATCH)


def _news(
    run: Run, offset: int, judged: list[dict], language: str
) -> tuple[dict[str, str], list[str], int, list[dict]]:
    """Look at a run again.

    Returns:
        How it stands and fares and its events from an offset on, all as JSON; the offset to go on from; and the
        rows to judge its health by next time.
    """
    state = standing(run)
    state["message"] = retold(state["message"], language)
    said = {"state": json.dumps(state)}  # before the events, so that an end comes with all of them
    events, offset = run.events(offset)
    events = [{name: _finite(value) for name, value in event.items()} for event in events]
    judged = recent([*judged, *events])
    with suppress(GanlabError):  # its spec was edited into something else
        spec = run.spec()
        if isinstance(spec, MemberSpec):  # of an ensemble each member has a health of its own
            found = [asdict(finding) for finding in findings(judged, spec)]
            retell = [{name: retold(each[name], language) for name in ("text", "advice")} for each in found]
            said["health"] = json.dumps([each | again for each, again in zip(found, retell, strict=True)])
    rows = [
        event | {"message": retold(event["message"], language)} if event.get("message") else event for event in events
    ]
    return said, [json.dumps(row) for row in rows], offset, judged


def _finite(value: object) -> object:
    """Return None for what JSON cannot say: a browser would refuse the whole message."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _message(rows: list[str], said: dict[str, str]) -> str:
    parts = {"rows": f"[{', '.join(rows)}]"} | said
    return "{" + ", ".join(f'"{name}": {value}' for name, value in parts.items()) + "}"
