"""A visitor without a browser: the requests a page makes, and Streamlit's own messages over its WebSocket.

What a browser would spend on scripts and painting is a phone's or a laptop's own time and not counted; what the
server has to send for it is asked for as Chromium asks, over six connections.
"""

import asyncio
import json
import re
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from google.protobuf.message import Message
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

CONNECTIONS = 6  # of a browser to one address, by HTTP/1.1
_ADDRESS = re.compile(r"api/blob/[0-9a-f]+")


class Fetcher:
    """HTTP/1.1 over a few kept connections, as plain as it gets: a library would cost as much as the server.

    Args:
        port: Of the app on this machine.
    """

    def __init__(self, port: int) -> None:
        self._port = port
        self._free: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter] | None] = asyncio.Queue()
        for _ in range(CONNECTIONS):
            self._free.put_nowait(None)
        self.bytes = 0

    async def ask(self, path: str, body: bytes | None = None) -> tuple[int, bytes]:
        """Return status and body of an answer."""
        lines = await self._free.get()
        try:
            if lines is None or lines[0].at_eof():  # servers close what was idle for seconds
                lines = await asyncio.open_connection("127.0.0.1", self._port, limit=2**22)
            answer = await self._told(*lines, path, body)
        except BaseException:
            self._free.put_nowait(None)
            raise
        self._free.put_nowait(lines)
        return answer

    async def all_of(self, paths: Iterable[str]) -> None:
        """Fetch files, as many at once as there are connections."""
        for status, _ in await asyncio.gather(*(self.ask(path) for path in paths)):
            if status >= 400:
                raise RuntimeError(f"a file of the page answered {status}")

    async def _told(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str, body: bytes | None
    ) -> tuple[int, bytes]:
        head = [f"{'GET' if body is None else 'POST'} {path} HTTP/1.1", f"Host: localhost:{self._port}"]
        head += ["Accept-Encoding: gzip", f"Content-Length: {len(body or b'')}", "", ""]
        writer.write("\r\n".join(head).encode() + (body or b""))
        status = int((await reader.readline()).split()[1])
        fields: dict[str, str] = {}
        while line := (await reader.readline()).strip().decode("latin-1"):
            name, _, value = line.partition(":")
            fields[name.lower()] = value.strip()
        if fields.get("transfer-encoding") == "chunked":
            parts = []
            while size := int(await reader.readline(), 16):
                parts.append(await reader.readexactly(size))
                await reader.readline()
            await reader.readline()
            told = b"".join(parts)
        else:
            told = await reader.readexactly(int(fields.get("content-length", 0)))
        self.bytes += len(told)
        return status, told

    def close(self) -> None:
        """Let the connections go."""
        while not self._free.empty():
            if lines := self._free.get_nowait():
                lines[1].close()


@dataclass
class Visitor:
    """One tab.

    Attributes:
        port: Of the app.
        faults: What went wrong, each in a few words.
        widgets: Ids of the page's widgets and components, by the end of their names.
        scene: What the page's own component was told last.
    """

    port: int
    faults: list[str] = field(default_factory=list)
    widgets: dict[str, str] = field(default_factory=dict)
    scene: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.fetcher = Fetcher(self.port)
        self._states: dict[str, Any] = {}
        self._socket: ClientConnection | None = None
        self._cached: set[str] = set()
        self._query, self._page = "", ""

    async def arrive(self, page: str, query: str, before: Iterable[str], after: Iterable[str]) -> float:
        """Open a page; return seconds until all of it, pictures too, is here.

        Args:
            page: Its path.
            query: What stands in the address.
            before: Files that a browser asks for before it talks to the app.
            after: Files that it asks for with what the app said.
        """
        start = time.perf_counter()
        await self.fetcher.all_of([f"/{page}?{query}"])
        await self.fetcher.all_of(before)
        self._socket = await connect(
            f"ws://localhost:{self.port}/_stcore/stream",
            origin=f"http://localhost:{self.port}",
            subprotocols=["streamlit"],
            max_size=None,
            compression=None,
        )
        await self.open(page, query)
        await self.fetcher.all_of(after)
        return time.perf_counter() - start

    async def open(self, page: str, query: str) -> float:
        """Go to a page of the app in this tab; return seconds until it and its pictures are here."""
        self._page, self._query, self._states = page, query, {}
        return await self._run()

    async def change(self, widget: str, **value: Any) -> float:
        """Set a widget, ``int_value=3`` or another field of Streamlit's message; return seconds as ``open`` does."""
        self._states[widget] = value
        return await self._run()

    async def frame(self, address: str, wish: dict[str, Any]) -> float:
        """Ask for a frame; return seconds until it is here."""
        start = time.perf_counter()
        status, body = await self.fetcher.ask(f"/{address}", json.dumps(wish).encode())
        if status != 200:
            self.faults.append(f"a frame answered {status}: {body[:80]!r}")
        return time.perf_counter() - start

    async def watch(self, run: str, seen: Callable[[int], None]) -> None:
        """Watch a run until cancelled; call ``seen`` with the step of each point as it comes."""
        address = f"ws://localhost:{self.port}/api/live?run={quote(run)}"
        async with connect(address, origin=f"http://localhost:{self.port}", max_size=None) as watched:
            await watched.recv()  # what there was before
            async for message in watched:
                for row in json.loads(message).get("rows", []):
                    seen(row.get("step", 0))

    async def leave(self) -> None:
        """Close the tab."""
        self.fetcher.close()
        if self._socket is not None:
            with suppress(OSError):
                await self._socket.close()

    async def _run(self) -> float:
        start = time.perf_counter()
        message = BackMsg()
        message.rerun_script.query_string = self._query
        message.rerun_script.page_name = self._page
        for name, value in self._states.items():
            state = message.rerun_script.widget_states.widgets.add(id=self.widgets[name])
            for kind, content in value.items():
                setattr(state, kind, content)
        await self._socket.send(message.SerializeToString())
        addresses: set[str] = set()
        async for data in self._socket:
            told = ForwardMsg.FromString(data)
            kind = told.WhichOneof("type")
            if kind == "delta":
                addresses |= self._noted(told.delta.new_element)
            elif kind == "script_finished" and told.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
                break
        await self.fetcher.all_of(f"/{address}" for address in sorted(addresses - self._cached))
        self._cached |= addresses  # what lies at such an address never changes
        return time.perf_counter() - start

    def _noted(self, element: Message) -> set[str]:
        kind = element.WhichOneof("type")
        if kind is None:
            return set()
        if kind in ("exception", "alert") and (kind == "exception" or element.alert.format == 1):
            self.faults.append(f"the page showed: {str(getattr(element, kind))[:120]}")
        body = getattr(element, kind)
        if (identity := getattr(body, "id", "")) and isinstance(identity, str):
            self.widgets[identity.split("-", 2)[-1]] = identity
        if kind != "bidi_component":
            return set()
        text = body.json or body.mixed.json
        with suppress(ValueError):
            data = json.loads(text)
            if isinstance(data, dict) and "members" in data:
                self.scene = data
        return set(_ADDRESS.findall(text))
