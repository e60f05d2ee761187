"""How many of the moments at which the plug may be pulled does everything survive?

Each work of ``plug_works`` is done once undisturbed, which counts the points at which it changes its workspace, then
once for each point and each thing that may happen there (``plug_points``).  Afterwards another process looks: every
member and run that was there is whole, what is new is wholly there or not at all, a training lost at most its last
logging interval, and going on leads to what the undisturbed one led to.  Processes are forked from one that has torch
loaded.

    python -m benchmarks.plug [--only train --only rename] [--how kill --how full] [--most 20] [--quick]
"""

import argparse
import importlib
import json
import os
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from benchmarks.machine import report
from benchmarks.plug_points import ENDS, REFUSALS, Plug
from benchmarks.plug_works import WORKS, Work, always, outcome, settle_into
from ganlab import files
from ganlab.errors import GanlabError
from ganlab.members import store
from ganlab.runs import Run, all_runs, record
from ganlab.runs.parts import parts

_PATIENCE = 120  # seconds for one process
_WARM = (
    "ganlab",
    "torch",
    "numpy",
    "scipy",
    "sklearn",
    "PIL",
    "pydantic",
    "safetensors",
    "torchvision",
    "torchmetrics",
)
_LEFT = (".part", ".gone")


def forked(what: Callable[[], Any]) -> tuple[int, Any]:
    """Do something in a process of its own; returns how it ended, below 0 by a signal, and what it returned."""
    here, there = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(here)
        code = 1
        try:
            signal.alarm(_PATIENCE)
            quiet = os.open(os.devnull, os.O_WRONLY)
            os.dup2(quiet, 1)
            if not os.environ.get("PLUG_ALOUD"):
                os.dup2(quiet, 2)
            answer = what()
            os.write(there, json.dumps(answer).encode())
            code = 0
        except BaseException as error:
            if os.environ.get("PLUG_ALOUD"):
                traceback.print_exc()
            with suppress(OSError):
                os.write(there, json.dumps({"error": type(error).__name__, "says": str(error)}).encode())
        finally:
            os._exit(code)
    os.close(there)
    with os.fdopen(here, "rb") as answers:
        data = answers.read()
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status), json.loads(data) if data else None


def warmed(what: Callable[[], Any]) -> Any:
    """Do something in a process of its own, and import here what it had to import there: the next one has it already.

    Raises:
        SystemExit: It cannot be done.
    """

    def there() -> list[Any]:
        answer = what()
        return [answer, [name for name in sys.modules if name.split(".")[0] in _WARM]]

    code, answer = forked(there)
    if code:
        raise SystemExit(f"it cannot be done: {answer}")
    for name in answer[1]:
        if name not in sys.modules:
            with suppress(Exception):  # made by hand, for one: whoever needs it will import it again
                importlib.import_module(name)
    return answer[0]


def act(home: Path, work: Work, at: int | None, how: str, told: Path) -> dict[str, Any]:
    """Do a work with the plug in a hand; what it told of its progress is noted in a file beside the workspace."""
    settle_into(home)
    notes, tell = os.open(told, os.O_WRONLY | os.O_CREAT | os.O_APPEND), record.Record.tell

    def telling(own: record.Record, event: str, **facts: Any) -> None:
        tell(own, event, **facts)
        with suppress(OSError):  # the limit of the kernel holds for this file too
            os.write(notes, f"{own.run.folder.relative_to(home)} {event} {facts.get('step')}\n".encode())

    record.Record.tell = telling
    plug = Plug(home, at, how)
    plug.install()
    try:
        work.act()
    except GanlabError as error:
        return {"refused": str(error), "seen": plug.seen}
    except SystemExit as error:
        return {"refused": str(error), "seen": plug.seen}
    except RuntimeError as error:  # of a worker or a verb, which say it themselves
        return {"refused": str(error), "seen": plug.seen}
    return {"seen": plug.seen}


def facts(home: Path) -> dict[str, Any]:
    """Return what is there and must stay."""
    settle_into(home)
    return {
        "members": {entry.name: entry.card.digest() for entry in store.catalogue()},
        "runs": {run.name: [run.spec().model_dump_json(), len(run.history())] for run in all_runs()},
    }


def look(home: Path, work: Work, before: dict[str, Any], how: str, told: Path) -> list[str]:
    """Return what is wrong with a workspace after something happened to it."""
    settle_into(home)
    faults = [*_members(work, before), *_runs(work, before), *_lost(home, how, told)]
    return [*faults, *_shown(home)]


def _members(work: Work, before: dict[str, Any]) -> Iterator[str]:
    shelf = store.catalogue()
    for broken in shelf.refused:
        yield f"member {broken.name} is half visible: {broken.reason}"
    there = {entry.name: entry for entry in shelf}
    for name, digest in before["members"].items():
        if name in there:
            if there[name].card.digest() != digest:
                yield f"member {name} is another one"
        elif name not in work.goes:
            yield f"member {name} is lost"
    if work.goes and work.comes and not set(work.goes + work.comes) & set(there):
        yield "neither the old nor the new member is there"
    if work.goes and work.comes and set(work.goes + work.comes) <= set(there):
        yield "both the old and the new member are there"
    for name in set(there) - set(before["members"]):
        if name not in work.comes:
            yield f"member {name} came from nowhere"
    from ganlab.fusion import load

    for name in there:
        if not load(name).sample(2, 0).isfinite().all():
            yield f"member {name} draws no numbers"


def _runs(work: Work, before: dict[str, Any]) -> Iterator[str]:
    there = {run.name: run for run in all_runs()}
    for name, (spec, events) in before["runs"].items():
        if name not in there:
            if name not in work.runs_go:
                yield f"run {name} is lost"
            continue
        run = there[name]
        if run.spec().model_dump_json() != spec:
            yield f"run {name} has another spec"
        if len(run.history()) < events and run.number == 1:
            yield f"run {name} lost events"
    for run in there.values():
        yield from _run(run)


def _run(run: Run) -> Iterator[str]:
    state = run.state()
    if state.state == "failed" and "cannot be read" in state.message:
        yield f"run {run.name}: {state.message}"
    for each in [run, *parts(run)]:
        each.spec()
        for step in each.previews():
            if not each.preview(step).stat().st_size:
                yield f"preview {step} of {each.name} is empty"
        for path in (each.folder / "checkpoint").glob("[!.]*"):
            from ganlab.training import Checkpoint

            Checkpoint.from_bytes(path.read_bytes())
        if not parts(each):
            each.members()
        if state.state == "finished" and not parts(each) and each.member() is None:
            yield f"run {each.name} is finished without a member"


def _lost(home: Path, how: str, told: Path) -> Iterator[str]:
    """Compare what a training told with what can be read of it."""
    if not told.is_file():
        return
    of: dict[str, list[str]] = {}
    for line in told.read_text().splitlines():
        folder, event, step = line.split()
        of.setdefault(folder, []).append(f"{event} {step}")
    for folder, rows in of.items():
        found = Counter(f"{row['event']} {row.get('step')}" for row in Run(home / folder).events()[0])
        missing = [row for row in rows if not found[row] or found.subtract([row])]
        steps = [row for row in missing if row.startswith("step ")]
        if how == "power" and len(steps) > 1:
            yield f"{folder} lost {len(steps)} logging intervals"
        if how != "power" and missing:
            yield f"{folder} lost {missing}"


def _shown(home: Path) -> Iterator[str]:
    """Find leftovers where people look."""
    for path in home.rglob("*"):
        inside = path.relative_to(home).parts
        if path.name.endswith(_LEFT) and not any(each.startswith(".") for each in inside):
            yield f"leftover {path.relative_to(home)} can be seen"


def mend(home: Path, work: Work) -> dict[str, Any]:
    """Clear up, go on or do it again; returns what there is then."""
    settle_into(home)
    files.clear_leftovers(home, older=0.0)
    (work.again or work.act)()
    files.clear_leftovers(home, older=0.0)
    left = [str(path.relative_to(home)) for path in home.rglob("*") if path.name.endswith(_LEFT)]
    return outcome() | {"left": left}


def tried(name: str, hows: list[str], most: int | None, folder: Path) -> Iterator[tuple[str, int, list[str]]]:
    """Yield what was tried on a work: what happened, at which point, and what was wrong afterwards."""
    work, template = WORKS[name], folder / "template"

    def prepare() -> dict[str, Any]:
        settle_into(template)
        always()
        work.prepare()
        return facts(template)

    before = warmed(prepare)
    whole, told = folder / "whole", folder / "told"
    shutil.copytree(template, whole)
    done = warmed(lambda: act(whole, work, None, "kill", told))
    if "refused" in done:
        raise SystemExit(f"{name} cannot be done: {done}")
    if faults := warmed(lambda: look(whole, work, before, "kill", told)):
        raise SystemExit(f"{name}, undisturbed: {faults}")
    # What nothing happened to is what all the others are compared with.
    wanted = warmed(lambda: (settle_into(whole), outcome())[1])
    seen = done["seen"]
    for how in hows:
        points = [place for place, (kind, _) in enumerate(seen, 1) if how != "torn" or kind == "write"]
        # Evenly over all of them, each time the same ones.
        few = len(points) if most is None else min(most, len(points))
        for place in (points[(2 * turn + 1) * len(points) // (2 * few)] for turn in range(few)):
            yield how, place, [*_trial(folder, work, (before, wanted), how, place)]


def _trial(
    folder: Path, work: Work, facts: tuple[dict[str, Any], dict[str, Any]], how: str, place: int
) -> Iterator[str]:
    (before, wanted), home, told = facts, folder / "tried", folder / "told"
    shutil.rmtree(home, ignore_errors=True)
    told.unlink(missing_ok=True)
    shutil.copytree(folder / "template", home)
    code, done = forked(lambda: act(home, work, place, how, told))
    if how in ENDS and code != -signal.SIGKILL:
        yield f"it was not killed: {code}, {str(done)[:300]}"
    if how in REFUSALS and code:
        yield f"it broke off: {done}"
    if how in REFUSALS and code == 0 and "\n" in done.get("refused", ""):
        yield f"said more than a sentence: {done['refused']}"
    code, answer = forked(lambda: [look(home, work, before, how, told), mend(home, work)])
    if code:
        yield f"it cannot be looked at or go on: {answer}"
        return
    faults, found = answer
    yield from faults
    if left := found.pop("left"):
        yield f"left behind: {left}"
    if work.open_end:
        found["runs"] |= dict([max(wanted["runs"].items())])
    for what, value in wanted.items():
        if found[what] != value:
            yield f"goes on to other {what}: {_difference(value, found[what])}"


def _difference(wanted: Any, found: Any) -> str:
    if isinstance(wanted, dict) and isinstance(found, dict):
        for key in wanted.keys() | found.keys():
            if wanted.get(key) != found.get(key):
                return f"{key}: {_difference(wanted.get(key), found.get(key))}"
    return f"{str(found)[:300]}, not {str(wanted)[:300]}"


def _quick_disk() -> str | None:
    """Return a folder in memory where there is one: what survives is the same there, and flushing takes no time."""
    return next((each for each in ("/dev/shm",) if os.access(each, os.W_OK)), None)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", action="append", choices=list(WORKS), metavar="WORK")
    parser.add_argument("--how", action="append", choices=[*ENDS, *REFUSALS])
    parser.add_argument("--most", type=int, metavar="N", help="points of each work and way; all by default")
    parser.add_argument("--quick", action="store_true", help="only the works that are begun quickly")
    asked = parser.parse_args()
    import torch

    torch.set_num_threads(1)  # threads do not survive a fork
    survived = True
    for name in asked.only or [name for name, work in WORKS.items() if work.quick or not asked.quick]:
        started, points, lived, faults = time.monotonic(), Counter(), Counter(), []
        with tempfile.TemporaryDirectory(dir=_quick_disk()) as folder:
            for how, place, wrong in tried(name, asked.how or [*ENDS, *REFUSALS], asked.most, Path(folder).resolve()):
                points[how] += 1
                lived[how] += not wrong
                faults += [f"{how} at {place}: {each}" for each in wrong]
        survived = survived and not faults
        report(
            f"{name}: points tried and survived",
            tried=dict(points),
            survived=dict(lived),
            faults=faults[:20],
            seconds=round(time.monotonic() - started, 1),
        )
        sys.stdout.flush()
    return 0 if survived else 1


if __name__ == "__main__":
    sys.exit(main())
