"""Does a class of thirty fit on this machine: quick pages, flat memory, and a training that goes on meanwhile?

The real app on an empty workspace, one training in it, and visitors who speak the app's protocol from this process
(``benchmarks.visitor``): they arrive within ten seconds with cold caches, all watch the run, and every three seconds
each lets a weight go or changes the seed; the number beside the picture is asked for as the studio does, one at a
time and the newest wish only.  A third of them uses a rule that needs a network, a third comes by the gallery.

    python -m benchmarks.load [--visitors 30] [--minutes 5] [--pause 3] [--no-training]

Seconds to first paint count the server's part: all files that Chromium asked for (taken down from a real one at the
start), Streamlit's messages, and the pictures. Visitors take processor time here too; their share is told.
"""

import argparse
import asyncio
import json
import os
import random
import resource
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import sync_playwright

from benchmarks.machine import report
from benchmarks.server import server
from benchmarks.visitor import Visitor
from benchmarks.watchers import processor_seconds

_ARRIVE = 10.0  # seconds in which all come
_SCENES = (
    ("weighted_average", ("mnist-dcgan-ns", "mnist-dcgan-ls")),
    ("median", ("mnist-dcgan-ls", "mnist-dcgan-ns", "mnist-mlp", "mnist-vae")),
    ("frequency", ("mnist-dcgan-ns", "mnist-dcgan-ls")),
)
_QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")


@dataclass
class Tally:
    """What was measured, in seconds, by what was done."""

    times: dict[str, list[float]] = field(default_factory=dict)
    memory: list[tuple[float, float]] = field(default_factory=list)
    born: dict[int, float] = field(default_factory=dict)  # when the points of the curve were written, by step

    def note(self, what: str, seconds: float) -> None:
        """Add one."""
        self.times.setdefault(what, []).append(seconds)

    def seen(self, step: int) -> None:
        """Note how late a watcher is told of a point."""
        if step in self.born:
            self.note("point_late", time.monotonic() - self.born[step])

    def told(self) -> dict[str, float]:
        """Return medians and 95 percent points in milliseconds."""
        lines = {}
        for what, seconds in self.times.items():
            ordered = sorted(seconds)
            lines[f"{what}_n"] = len(ordered)
            lines[f"{what}_ms"] = round(1000 * statistics.median(ordered))
            lines[f"{what}_p95_ms"] = round(1000 * ordered[int(0.95 * (len(ordered) - 1))])
        return lines


@dataclass
class Room:
    """The class: what was asked for, what browsers fetch by page, the run that all watch, and what was measured."""

    asked: argparse.Namespace
    files: dict[str, tuple[list[str], list[str]]]
    run: str
    tally: Tally = field(default_factory=Tally)


def files_of(url: str, page: str) -> tuple[list[str], list[str]]:
    """Return what a real browser fetches for a page, before and after it talks to the app."""
    before: list[str] = []
    after: list[str] = []
    asked = before
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=_QUIET)
        tab = browser.new_page(viewport={"width": 1280, "height": 720})

        def talked(_: object) -> None:
            nonlocal asked
            asked = after

        def fetched(request: object) -> None:
            path = request.url.removeprefix(url)
            if request.method == "GET" and path.startswith(("/static/", "/api/web/", "/api/plotly")):
                asked.append(path)

        tab.on("websocket", talked)
        tab.on("request", fetched)
        tab.goto(f"{url}/{page}")
        tab.wait_for_load_state("networkidle")
        tab.wait_for_timeout(3_000)
        browser.close()
    return before, after


def address(scene: int) -> str:
    """Return what stands in the address of a visitor's page."""
    rule, members = _SCENES[scene]
    return "&".join([f"fuse.rule={rule}", *(f"fuse.members={name}" for name in members)])


async def visit(place: int, visitor: Visitor, room: Room) -> None:
    """Be one visitor until cancelled."""
    dice, scene = random.Random(place), place % len(_SCENES)
    asked, files, tally, run = room.asked, room.files, room.tally, room.run
    await asyncio.sleep(_ARRIVE * place / asked.visitors)
    if place % 3 == 1:
        tally.note("first_paint", await visitor.arrive("", "", *files["gallery"]))
        tally.note("page_change", await visitor.open("fuse", address(scene)))
    else:
        tally.note("first_paint", await visitor.arrive("fuse", address(scene), *files["fuse"]))
    watching = asyncio.create_task(visitor.watch(run, tally.seen)) if run else None
    looking: asyncio.Task | None = None
    count = len(_SCENES[scene][1])
    try:
        while True:
            await asyncio.sleep(asked.pause * dice.uniform(0.7, 1.3))
            if dice.random() < 0.25:
                tally.note("seed", await visitor.change("fuse.seed", int_value=dice.randrange(10_000)))
                continue
            weights = [round(dice.random(), 2) for _ in range(count)]
            setting = json.dumps({"setting": {"weights": weights}})
            picture = visitor.scene["frames"]
            if picture:
                tally.note("picture", await visitor.frame(picture, {"weights": weights}))
            tally.note("release", await visitor.change("fuse.studio", json_value=setting))
            if looking is None or looking.done():
                looking = asyncio.create_task(_look(visitor, weights, tally))
    finally:
        for task in (watching, looking):
            if task is not None:
                task.cancel()
        await visitor.leave()


async def _look(visitor: Visitor, weights: list[float], tally: Tally) -> None:
    tally.note("number", await visitor.frame(visitor.scene["numbers"], {"weights": weights}))


def mebibytes(pids: list[int]) -> float:
    """Return what processes and their children hold, shared pages counted once (PSS)."""
    total, waiting = 0, list(pids)
    while waiting:
        pid = waiting.pop()
        try:
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
            total += int(rollup.split("Pss:")[1].split()[0])
            for task in Path(f"/proc/{pid}/task").iterdir():
                waiting += map(int, (task / "children").read_text().split())
        except OSError:  # it has just ended
            continue
    return total / 1024


@contextmanager
def training(home: Path) -> Iterator[tuple[str, int]]:
    """Give name and process of a run that goes on."""
    os.environ["GANLAB_HOME"] = str(home)
    from ganlab.runs import create, find
    from ganlab.spec import MemberSpec

    run = create(MemberSpec(network="dcgan", dataset="digits", steps=10**6, log_every=20), "cpu")
    while not (state := run.state()).step:
        time.sleep(0.2)
    try:
        yield run.name, state.pid
    finally:
        find(run.name).stop()


async def follow(events: Path, tally: Tally) -> None:
    """Note when points are written, as the file grows."""
    with events.open() as lines:
        lines.seek(0, os.SEEK_END)
        while True:
            while (line := lines.readline()).endswith("\n"):
                tally.born.setdefault(json.loads(line).get("step", 0), time.monotonic())
            await asyncio.sleep(0.02)


def steps_of(home: Path, run: str) -> int:
    """Return how far a run is."""
    return json.loads((home / "runs" / run / "state.json").read_text())["step"] if run else 0


async def hold(home: Path, port: int, pids: list[int], room: Room) -> None:
    """Let the class in, and report."""
    asked, tally, run = room.asked, room.tally, room.run
    begun, first_step = time.monotonic(), steps_of(home, run)
    await asyncio.sleep(20)
    unloaded = (steps_of(home, run) - first_step) / (time.monotonic() - begun)
    visitors = [Visitor(port) for _ in range(asked.visitors)]
    tasks = [asyncio.create_task(visit(place, each, room)) for place, each in enumerate(visitors)]
    if run:
        tasks.append(asyncio.create_task(follow(home / "runs" / run / "events.jsonl", tally)))
    start, used, own = time.monotonic(), processor_seconds(pids[0]), time.process_time()
    first_step = steps_of(home, run)
    while (passed := time.monotonic() - start) < 60 * asked.minutes:
        await asyncio.sleep(min(15.0, 60 * asked.minutes - passed))
        tally.memory.append((time.monotonic() - start, mebibytes(pids)))
        for task in tasks:
            if task.done():
                task.result()
    seconds = time.monotonic() - start
    loaded = (steps_of(home, run) - first_step) / seconds
    shares = [(processor_seconds(pids[0]) - used) / seconds, (time.process_time() - own) / seconds]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    faults = [fault for each in visitors for fault in each.faults]
    settled = [held for when, held in tally.memory if when > min(300.0, 60 * asked.minutes / 2)]
    report(
        "a class",
        visitors=asked.visitors,
        minutes=asked.minutes,
        pause_s=asked.pause,
        **tally.told(),
        training_steps_per_second_alone=round(unloaded, 1),
        training_share_kept=round(loaded / unloaded, 2) if unloaded else None,
        memory_most_mib=round(max(held for _, held in tally.memory)),
        memory_settled_mib=round(settled[0]),
        memory_growth_mib=round(statistics.mean(settled[-4:]) - statistics.mean(settled[:4])),
        server_core_share=round(shares[0], 2),
        visitors_core_share=round(shares[1], 2),
        faults=len(faults),
        first_faults=sorted(set(faults))[:5],
    )


def main() -> None:
    """Read what was asked, and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--visitors", type=int, default=30)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--pause", type=float, default=3.0, help="seconds between two things that a visitor does")
    parser.add_argument("--no-training", action="store_true")
    asked = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(8192, resource.getrlimit(resource.RLIMIT_NOFILE)[1]),) * 2)
    home = Path(tempfile.mkdtemp())
    try:
        with server(home) as (port, pid):
            url = f"http://localhost:{port}"
            files = {"gallery": files_of(url, ""), "fuse": files_of(url, f"fuse?{address(0)}")}
            if asked.no_training:
                asyncio.run(hold(home, port, [pid], Room(asked, files, "")))
            else:
                with training(home) as (run, worker):
                    asyncio.run(hold(home, port, [pid, worker], Room(asked, files, run)))
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    main()
