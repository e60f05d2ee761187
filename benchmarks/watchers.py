"""What do many browsers that watch one run cost the server, and how late does a point reach them?

The real app, a run whose folder grows as a worker would make it grow, and plain WebSocket clients in this
process. The share of a core is the server's own processor time, also with nobody watching.

    python -m benchmarks.watchers [--watchers 30] [--seconds 20] [--rate 4]
"""

import argparse
import asyncio
import json
import os
import statistics
import tempfile
import time
from pathlib import Path

from websockets.asyncio.client import connect

from benchmarks.machine import report
from benchmarks.server import server
from ganlab.files import write_json
from ganlab.lock import hold
from ganlab.runs import Run, State
from ganlab.spec import MemberSpec

_SETTLE = 8.0  # seconds until torch is loaded and the first messages are through
_BEAT = 0.5  # seconds between a worker's signs of life


def new_run(home: Path) -> Run:
    """Write a run's folder as a door would."""
    run = Run(home / "runs" / "0001-mlp-digits")
    write_json(run.folder / "spec.json", MemberSpec(network="mlp").resolved().model_dump())
    return run


def processor_seconds(pid: int) -> float:
    """Return what a process has used so far, all its threads together."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def grow(run: Run, rate: float) -> None:
    """Append points with the time in them, and signs of life, as a worker does."""
    step, beat = 0, 0.0
    while True:
        step += 20
        row = {"event": "step", "step": step, "seconds": time.time(), "generator_loss": 0.7, "critic_loss": 1.3}
        row |= {"real_score": 0.51234567, "fake_score": 0.49876543, "images_per_second": 5000.0}
        with (run.folder / "events.jsonl").open("a") as file:
            file.write(json.dumps(row) + "\n")
        if time.monotonic() - beat > _BEAT:
            beat = time.monotonic()
            run.write_state(
                State(state="running", step=step, steps=10**8, pid=os.getpid(), device="cpu", seen=time.time())
            )
        await asyncio.sleep(1 / rate)


async def watch(port: int, run: str, late: list[float]) -> None:
    """Watch as a page does, and note how late each point comes."""
    async with connect(f"ws://localhost:{port}/api/live?run={run}", origin=f"http://localhost:{port}") as watched:
        async for message in watched:
            late += [time.time() - row["seconds"] for row in json.loads(message).get("rows", [])]


async def measure(port: int, pid: int, run: Run, watchers: int, seconds: float) -> tuple[float, list[float]]:
    """Return the server's share of a core, and how late points came."""
    late: list[list[float]] = [[] for _ in range(watchers)]
    tasks = [asyncio.create_task(watch(port, run.name, each)) for each in late]
    await asyncio.sleep(_SETTLE)
    for each in late:
        each.clear()  # what was there before
    start, used = time.monotonic(), processor_seconds(pid)
    await asyncio.sleep(seconds)
    share = (processor_seconds(pid) - used) / (time.monotonic() - start)
    for task in tasks:
        if task.done():
            task.result()  # says why it was let go
        task.cancel()
    return share, [each for watcher in late for each in watcher]


async def compare(home: Path, watchers: int, seconds: float, rate: float) -> None:
    """Measure without and with watchers, and print one line."""
    run = new_run(home)
    run.write_state(State(state="running", steps=10**8, pid=os.getpid(), device="cpu"))
    lock = hold(run.folder / "lock", 1.0)  # what tells a living worker from a dead one
    growing = asyncio.create_task(grow(run, rate))
    try:
        with server(home) as (port, pid):
            idle, _ = await measure(port, pid, run, 0, seconds)
            share, late = await measure(port, pid, run, watchers, seconds)
    finally:
        growing.cancel()
        lock.release()
    report(
        "watchers of one run",
        watchers=watchers,
        points_per_second=rate,
        seconds=seconds,
        core_share_idle=round(idle, 4),
        core_share=round(share, 4),
        received_per_watcher=round(len(late) / watchers, 1),
        late_median_ms=round(statistics.median(late) * 1000, 1),
        late_p95_ms=round(statistics.quantiles(late, n=20)[-1] * 1000, 1),
    )


def main() -> None:
    """Read what was asked, and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--watchers", type=int, default=30)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--rate", type=float, default=4.0, help="points a second")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        asyncio.run(compare(Path(home), asked.watchers, asked.seconds, asked.rate))


if __name__ == "__main__":
    main()
