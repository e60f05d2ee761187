"""What does one visitor cost: bytes over the line and the server's processor time, to come, to drag, to let go?

The real app on an empty workspace and a real Chromium with an empty cache, on the studio with two members; the engine
is loaded before the first visitor who counts.  A drag is fifteen moves of a weight by the pointer, painted by the
browser; letting go is a key, which sends the new weight.  Processor time, unlike seconds, hardly asks what else runs.

    python -m benchmarks.visit [--visitors 3]
"""

import argparse
import shutil
import statistics
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.machine import report
from benchmarks.server import server
from benchmarks.watchers import processor_seconds

_QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
_SETTLE = 4_000  # milliseconds until the last message of what was done is through
_IDLE = 5_000
_PAGE = "fuse?fuse.members=mnist-dcgan-ns&fuse.members=mnist-dcgan-ls"


class Line:
    """Bytes of a tab, over HTTP and WebSockets, headers included where Chromium tells of them."""

    def __init__(self, page: Page) -> None:
        self.bytes = 0
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.loadingFinished", lambda told: self._add(told["encodedDataLength"]))
        for way in ("Sent", "Received"):
            session.on(f"Network.webSocketFrame{way}", lambda told: self._add(_length(told["response"])))

    def _add(self, count: float) -> None:
        self.bytes += int(count)


def _length(frame: dict) -> int:
    """Return the bytes of a frame; those of binary ones are told in base 64."""
    return len(frame["payloadData"]) * 3 // 4 if frame["opcode"] == 2 else len(frame["payloadData"])


def visit(browser: Browser, url: str, pid: int) -> dict[str, float]:
    """Return kilobytes and the server's milliseconds of each thing that a visitor does."""
    page = browser.new_context(viewport={"width": 1280, "height": 720}).new_page()
    line, found, before = Line(page), {}, (0, processor_seconds(pid))

    def done(what: str, waited: int = _SETTLE) -> None:
        nonlocal before
        page.wait_for_timeout(waited)
        now = (line.bytes, processor_seconds(pid))
        found[f"{what}_kb"] = (now[0] - before[0]) / 1e3
        found[f"{what}_ms"] = 1000 * (now[1] - before[1])
        before = now

    page.goto(url)
    page.locator(".studio .board").wait_for(timeout=120_000)
    done("come", 2 * _SETTLE)
    done("idle", _IDLE)
    weight = page.locator(".studio .cell input[type=range]").first
    box = weight.bounding_box()
    height = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 2, height)
    page.mouse.down()
    for step in range(15):
        page.mouse.move(box["x"] + box["width"] * (0.5 + 0.02 * step), height)
        page.wait_for_timeout(30)
    done("drag", 0)
    page.mouse.up()
    done("let_go")
    page.context.close()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--visitors", type=int, default=3)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as home, server(Path(home)) as (port, pid), sync_playwright() as tool:
        browser = tool.chromium.launch(executable_path=shutil.which("chromium"), args=_QUIET)
        seen = [visit(browser, f"http://localhost:{port}/{_PAGE}", pid) for _ in range(asked.visitors + 1)][1:]
        browser.close()
    report("a visitor", **{name: round(statistics.median(each[name] for each in seen), 1) for name in seen[0]})


if __name__ == "__main__":
    main()
