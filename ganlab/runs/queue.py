"""The queue: one run at a time on a device, the others wait in order of creation. No torch here.

There is no process that keeps the queue.  ``dispatch`` starts what may start; whoever changes something calls it
(doors on making and resuming, workers as they end, readers now and then), and locks keep two calls apart.
"""

import json
import os
import re
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from ganlab import ensembles, files
from ganlab.data import FOLDER, facts_of
from ganlab.errors import DeviceError, RunError, unknown
from ganlab.lock import alone
from ganlab.members.card import now
from ganlab.members.origins import check_origins
from ganlab.runs import cluster, team
from ganlab.runs.folder import LIVE, LOG, SPEC, STATE, Run, State, telling_full_disks
from ganlab.runs.parts import find_part
from ganlab.spec import EnsembleSpec, MemberSpec

_NAME = re.compile(r"\d{4,}-.+", re.ASCII)
_DEVICE = re.compile(r"auto|cpu|mps|cuda(:\d+)?", re.ASCII)
MOST_WAITING = 100  # runs; a loop that asks for more has gone wrong
_ON_A_CLUSTER = 8  # runs at once: each has a process here that asks and writes, and Ray shares out its nodes
_START = 60.0  # seconds a worker may take to say that it is there; half a second is usual

# Workers started by this process, until their end was seen: nobody else clears them away.
_children: list[subprocess.Popen] = []


def runs_folder() -> Path:
    """Return the folder of all runs."""
    return files.home() / "runs"


def create(
    spec: MemberSpec | EnsembleSpec,
    device: str = "auto",
    label: str | None = None,
    *,
    on: str | None = None,
    processes: int = 1,
) -> Run:
    """Make a run, and start it if its device is free.

    Args:
        spec: What to train; written out complete.
        device: ``auto`` (the best there is), ``cpu``, ``mps``, ``cuda`` or ``cuda:N``.
        label: What to call it after its number; network, or method, and dataset by default.
        processes: How many train a member together, each on a GPU of its own, or all on the CPU.
        on: Whose machines train the members of an ensemble, ``ray`` or a cluster's address; this one by default.

    Raises:
        GanlabError: Too many runs wait, what is asked for does not go together, the batch is larger than the dataset,
            the spec cannot start from what it names, the device's name is none, or the disk is full.
    """
    if not _DEVICE.fullmatch(device):
        raise DeviceError(f"No device is called {device!r}. Use auto, cpu, mps, cuda or cuda:N.")
    where = cluster.address(on, device) if on else ""
    title = spec.method if isinstance(spec, EnsembleSpec) else spec.network
    if isinstance(spec, EnsembleSpec):
        spec = ensembles.resolved(spec.model_copy(update={"base": _rooted(spec.base)}))
        trained, steps = ensembles.specs_of(spec), sum(ensembles.lengths(spec))
    else:
        spec = _rooted(spec).resolved()
        trained, steps = (spec,), spec.steps
        team.check(spec, processes)
    if not spec.dataset.startswith(FOLDER):
        for each in trained:
            each.check_batch(facts_of(spec.dataset)["train"])
    for each in trained:
        check_origins(each)
    with telling_full_disks():
        run = _add(
            spec,
            _slug(label or "") or f"{title}-{_slug(spec.dataset)}",
            steps=steps,
            device=device,
            on=where,
            processes=processes,
        )
    dispatch()
    return run


def all_runs() -> list[Run]:
    """Return all runs in order of creation."""
    folder = runs_folder()
    if not folder.is_dir():
        return []
    found = [Run(path) for path in folder.iterdir() if _NAME.fullmatch(path.name) and path.is_dir()]
    return sorted(found, key=lambda run: run.number)


def find(name: str) -> Run:
    """Return the run called ``name``, or with that number (``7``, ``0007``); ``7/2`` is a member of an ensemble's.

    Raises:
        UnknownName: There is none.
    """
    runs = all_runs()
    whole, inside, number = name.partition("/")
    for run in runs:
        if whole == run.name or (whole.isdecimal() and int(whole) == run.number):
            return find_part(run, number) if inside else run
    raise unknown("run", whole, [run.name for run in runs])


def position(run: Run) -> int | None:
    """Return the place in the queue for its device, 1 being next, or None for a run that does not wait.

    A paused run keeps its device, so those behind it wait for it as for a running one.
    """
    waiting = [(each, each.state()) for each in all_runs()]
    waiting = [(each, state) for each, state in waiting if state.state == "queued"]
    own = next((state for each, state in waiting if each.name == run.name), None)
    if own is None:
        return None
    before = [each for each, state in waiting if each.number < run.number and _share(state, own)]
    return len(before) + 1


def dispatch() -> list[Run]:
    """Start the next queued run of each free device, and return those started."""
    _children[:] = [child for child in _children if child.poll() is None]
    written = [(run, run.written_state().state) for run in all_runs()]
    dead = [run for run, state in written if state in LIVE and not run.is_alive()]
    if not dead and not any(state == "queued" for _, state in written):
        return []
    started = []
    with telling_full_disks(), alone(runs_folder() / ".dispatch.lock"):
        for run in dead:
            run.note_end()
        states = [(run, run.state()) for run in all_runs()]
        queued = [(run, state) for run, state in states if state.state == "queued"]
        busy = [state for _, state in states if state.state in LIVE]
        # A worker that has the lock but has not written its state yet is busy as well.
        busy += [state for run, state in queued if run.is_alive()]
        for run, state in queued:
            if state not in busy and _room(state, busy):
                _start(run)
                busy.append(run.written_state())
                started.append(run)
    return started


def remember_devices(names: list[str]) -> None:
    """Note what devices there are, the preferred first, for doors that cannot ask torch; for the worker."""
    files.write_json(runs_folder() / ".devices.json", names)


def _room(run: State, busy: list[State]) -> bool:
    """Return whether a run may start beside those that are: alone on a device, one of some on a cluster."""
    return sum(_share(run, other) for other in busy) < (_ON_A_CLUSTER if cluster.away(run.on) else 1)


def _share(one: State, other: State) -> bool:
    """Return whether two runs want the same cluster, or the same device; unknown devices ('auto') are the same."""
    if cluster.away(one.on) or cluster.away(other.on):
        return one.on == other.on
    devices = (_device(one.device), _device(other.device))
    return devices[0] == devices[1] or "auto" in devices


def _device(name: str) -> str:
    if name == "auto":
        with suppress(OSError, ValueError, LookupError):
            return json.loads((runs_folder() / ".devices.json").read_text())[0]
    return "cuda:0" if name == "cuda" else name


def _add(spec: MemberSpec | EnsembleSpec, title: str, **state: Any) -> Run:
    """Write a new run's folder; it appears whole, queued, under a number that no run ever had."""
    with alone(runs_folder() / ".create.lock"):
        if (waiting := sum(each.written_state().state == "queued" for each in all_runs())) >= MOST_WAITING:
            raise RunError(f"{waiting} runs wait already, which is the most there can be. Delete some, or try later.")
        counter = runs_folder() / ".last"
        last = int(counter.read_text()) if counter.is_file() else 0
        number = max([last, *(run.number for run in all_runs())]) + 1
        files.write_bytes(counter, str(number).encode())
        run = Run(runs_folder() / f"{number:04d}-{title}")
        with files.building(run.folder) as part:
            files.write_json(part / SPEC, spec.model_dump())
            state = State(state="queued", created=now(), **state)
            files.write_json(part / STATE, state.model_dump())
    return run


def _start(run: Run) -> None:
    """Start a worker in a session of its own, so that it outlives this process, and wait until it is there."""
    paths = [str(Path(__file__).parents[2]), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    environment = os.environ | {
        "OMP_WAIT_POLICY": "PASSIVE",  # waiting threads would take the processor from the pages
        "OPENBLAS_NUM_THREADS": "1",  # NumPy's own threads would fight torch's for it, over matrices of 64 rows
        "GANLAB_HOME": str(files.home()),
        "PYTHONPATH": os.pathsep.join(dict.fromkeys(filter(None, paths))),
    }
    with (run.folder / LOG).open("ab") as log:
        child = subprocess.Popen(
            [sys.executable, "-m", "ganlab.runs.worker", str(run.folder)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            close_fds=True,
            env=environment,
        )
    _children.append(child)
    deadline = time.monotonic() + _START
    while child.poll() is None and run.written_state().state == "queued" and time.monotonic() < deadline:
        time.sleep(0.01)
    if (state := run.written_state()).state == "queued" and not run.is_alive():
        child.kill()
        said = run.log_tail(1)
        run.write_state(state.model_copy(update={"state": "failed", "message": f"The worker did not start: {said}"}))


def _rooted(spec: MemberSpec) -> MemberSpec:
    """Return the spec with a folder's path from the root: the worker may start from another place."""
    if not spec.dataset.startswith(FOLDER):
        return spec
    path = Path(spec.dataset.removeprefix(FOLDER)).expanduser().absolute()
    return spec.model_copy(update={"dataset": f"{FOLDER}{path}"})


def _slug(text: str) -> str:
    """Return the letters and digits of a text for a folder's name, at most 40; of a path, its last part."""
    last = text.rstrip("/\\").replace("\\", "/").rsplit("/", 1)[-1]
    return re.sub(r"[^a-z0-9_]+", "-", last.lower()).strip("-")[:40]
