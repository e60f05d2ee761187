"""Other machines: members of an ensemble, and rows of a table, iterated as Ray actors.  No torch here, and Ray late.

The code travels with the work, and so do rows, checkpoints and what scores; events come back, and the worker that asked
for them writes the run's folder.  A node needs Python packages, and sees no disk but its own.
"""

import os
import re
import time
from contextlib import suppress
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import TYPE_CHECKING, Any

from ganlab.errors import DeviceError, GanlabError, RunError, SpecError

if TYPE_CHECKING:
    from ganlab.training.events import Controls
    from ganlab.training.place import Work

LOCAL = "ray"  # a Ray of its own, on this machine
_ADDRESS = re.compile(r"ray|(ray://)?[\w.-]+:\d{1,5}|(ray://)?\[[0-9a-fA-F:]+\]:\d{1,5}", re.ASCII)
_DEVICES = ("auto", "cpu", "cuda")
# Ray tells nobody that it is used, leaves GPUs visible where none is asked for, may take its time to start, and gives
# way to pages as a worker of ours does, where its own 15 would starve on a busy machine.
_SETTINGS = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_raylet_start_wait_time_s": "120",
    "RAY_worker_niceness": "5",
}
_LOOK = 2.0  # seconds between looks at steps
_POLL = 0.1  # seconds between looks at the knobs
INSTALL = "Ray is not installed: pip install -r requirements-cluster.txt, or 'ganlab[cluster]'."


def given() -> str | None:
    """Return the address of the cluster that this machine was told of, if it was."""
    return os.environ.get("GANLAB_CLUSTER") or os.environ.get("RAY_ADDRESS") or None


def address(on: str, device: str = "auto") -> str:
    """Return whose machines are meant: ``ray`` is the cluster that this machine was told of, or else itself.

    Raises:
        SpecError: It is no address.
        DeviceError: No such device can be asked of a cluster.
        RunError: Ray is not installed.
    """
    found = (given() or LOCAL) if on == LOCAL else on
    if not _ADDRESS.fullmatch(found):
        raise SpecError(f"No cluster is at {found!r}: say ray, or an address such as ray://host:10001 or host:6379.")
    if device not in _DEVICES:
        raise DeviceError(f"A cluster finds a device for each member: ask for {', '.join(_DEVICES)}, not {device!r}.")
    if find_spec("ray") is None:
        raise RunError(INSTALL)
    return found


def away(on: str) -> bool:
    """Return whether a run is worked by other machines than this one."""
    return on not in ("", LOCAL)


class Cluster:
    """A place for work (``training/place.py``): each piece an actor, with a device of its own on some node.

    On a CPU a piece has as many threads as a worker of this machine would have, for equal threads give equal members.

    Args:
        on: As ``address`` gives it.
        device: ``auto`` (GPUs, if the cluster has any), ``cpu`` or ``cuda``.
        controls: Knobs of all that is under way.

    Raises:
        GanlabError: Ray is absent, no cluster answers, or none of its nodes has such a device.
    """

    def __init__(self, on: str, device: str = "auto", controls: "Controls | None" = None) -> None:
        from ganlab import device as devices
        from ganlab.training.events import Controls

        self.on, self.device, self.controls = on, device, controls or Controls()
        self.threads = int(os.environ.get("GANLAB_THREADS") or devices.cores())
        self._hands: dict[Any, Any] = {}  # actors by key
        self._asked: dict[Any, Any] = {}  # keys by what was asked of their actors
        self._saved: dict[Any, int] = {}  # by key: the last turn of the knobs after which nothing was left to save
        self._looks: list[Any] = []  # how many steps were asked for a moment ago
        self._due, self._steps = 0.0, 0
        self._told, self._turn, self._wanted = Controls(), 0, 0  # the last turn, and the one that asked to save

    def __enter__(self) -> "Cluster":
        self._ray = _connected(self.on)
        self._actor = self._ray.remote(concurrency_groups={"knobs": 1})(_Hand)
        if self.device == "auto":
            self.device = "cuda" if self._ray.cluster_resources().get("GPU") else "cpu"
        gpu = self.device == "cuda"
        self.needs = {"CPU": 1, "GPU": 1} if gpu else {"CPU": self.threads}
        if not self._places():
            self.__exit__(None, None, None)
            wanted = "a GPU" if gpu else f"{self.threads} processors, as many as GANLAB_THREADS or this machine has"
            raise DeviceError(f"Each member is to have {wanted}, and no node of the cluster has that.")
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for key in [*self._hands]:
            self._drop(key)
        self._ray.shutdown()

    @property
    def room(self) -> int:
        """How many pieces the nodes that are there can hold; where they are gone, one that waits for a node."""
        return max(1, self._places())

    def begin(self, key: Any, work: "Work") -> None:
        """Take a piece of work in hand; it waits in Ray until a node has room for it."""
        self._turn_knobs()
        needs = {"num_cpus": self.needs["CPU"], "num_gpus": self.needs.get("GPU", 0)}
        hand = self._actor.options(**needs).remote(work, self.device, self.threads, self._turn, self._told)
        self._hands[key], self._saved[key] = hand, -1
        self._asked[hand.next.remote()] = key

    def next(self) -> tuple[Any, Any]:
        """Return the key and the next event of whichever piece has one."""
        from ganlab.training.events import Saved
        from ganlab.training.place import Lost, Over

        ready: list[Any] = []
        while not ready:
            self._turn_knobs()
            self._look()
            ready, _ = self._ray.wait([*self._asked], timeout=_POLL)
        key = self._asked.pop(ready[0])
        try:
            event, saved = self._ray.get(ready[0])
        except self._ray.exceptions.RayTaskError as error:
            raise error.cause from error
        except self._ray.exceptions.RayError as error:
            event, saved = Lost(_sentence(error)), -1
        if isinstance(event, GanlabError):
            raise event
        if isinstance(event, Over | Lost):
            self._drop(key)
            self._told.save = False  # asked of the others anew, whose last word it may have been
            return key, event
        self._saved[key] = saved
        self._asked[self._hands[key].next.remote()] = key
        if isinstance(event, Saved) and self._told.save and min(self._saved.values()) >= self._wanted:
            self.controls.save = self._told.save = False
        return key, event

    def _turn_knobs(self) -> None:
        """Hand on what the caller turned since the last time, once."""
        told = replace(self.controls, taken=0)
        self.controls.learning_rate_generator = self.controls.learning_rate_critic = None
        if told == self._told:
            return
        self._turn += 1
        if told.save and not self._told.save:
            self._wanted = self._turn
        for hand in self._hands.values():
            hand.turn.options(concurrency_group="knobs").remote(self._turn, told)
        self._told = replace(told, learning_rate_generator=None, learning_rate_critic=None)

    def _look(self) -> None:
        """Note now and then how many steps were taken; a piece that waits for its node is no less alive."""
        if time.monotonic() < self._due:
            return
        self._due = time.monotonic() + _LOOK
        there, _ = self._ray.wait([*self._looks], num_returns=len(self._looks), timeout=0) if self._looks else ([], [])
        with suppress(self._ray.exceptions.RayError):  # what is gone, ``next`` tells
            self.controls.taken += sum(self._ray.get(there)) != self._steps
            self._steps = sum(self._ray.get(there))
        self.controls.taken += len(there) < len(self._looks)
        taken = (hand.taken.options(concurrency_group="knobs") for hand in self._hands.values())
        self._looks = [each.remote() for each in taken]

    def _places(self) -> int:
        there = [node["Resources"] for node in self._ray.nodes() if node["Alive"]]
        return sum(min(int(node.get(name, 0) // count) for name, count in self.needs.items()) for node in there)

    def _drop(self, key: Any) -> None:
        self._ray.kill(self._hands.pop(key))
        self._saved.pop(key)
        self._asked = {asked: own for asked, own in self._asked.items() if own != key}


class _Hand:
    """What iterates a piece of work on a node, one event ahead of whoever asks."""

    def __init__(self, work: "Work", device: str, threads: int, turn: int, controls: "Controls") -> None:
        import torch

        from ganlab import device as devices

        devices.use_fast_products()
        torch.set_num_threads(threads)
        self.controls, self.turned, self.saved, self._lock = controls, turn, -1, Lock()
        self.events = work(devices.choose(device), controls)

    def next(self) -> tuple[Any, int]:
        """Return the next event or what went wrong, and the last turn of the knobs with which all is saved."""
        from ganlab.training.place import Over

        try:
            event = _carried(next(self.events, Over()))
        except GanlabError as error:
            event = RunError(str(error))
        with self._lock:
            if not self.controls.save:
                self.saved = self.turned
            return event, self.saved

    def turn(self, number: int, told: "Controls") -> None:
        """Turn the knobs, between two events or in the middle of a step."""
        with self._lock:
            given = replace(told, taken=self.controls.taken)
            vars(self.controls).update({name: value for name, value in vars(given).items() if value is not None})
            self.controls.pace, self.turned = told.pace, number

    def taken(self) -> int:
        """Return how many steps were taken here, as a sign of life."""
        return self.controls.taken


def _carried(event: Any) -> Any:
    """Return an event as it can be opened on a machine without the device it comes from."""
    import torch

    from ganlab.training.events import Finished, Saved

    cpu = torch.device("cpu")
    if isinstance(event, Saved):
        tensors = {name: value.to(cpu) for name, value in event.checkpoint.tensors.items()}
        return replace(event, checkpoint=replace(event.checkpoint, tensors=tensors))
    return replace(event, member=event.member.on(cpu)) if isinstance(event, Finished) else event


def _connected(on: str) -> Any:
    """Return Ray, connected to a cluster, or to one of this process's own.

    Raises:
        RunError: Ray is absent, or no cluster answers.
    """
    for name, value in _SETTINGS.items():
        os.environ.setdefault(name, value)
    try:
        import ray
    except ImportError:
        raise RunError(INSTALL) from None
    waiting = {"OMP_WAIT_POLICY": "PASSIVE", "OPENBLAS_NUM_THREADS": "1"}  # as for a local worker
    travels = {"py_modules": [str(Path(__file__).parents[1])], "excludes": ["__pycache__"], "env_vars": waiting}
    own = {"address": "local", "include_dashboard": False} if on == LOCAL else {"address": on}
    try:
        ray.init(**own, runtime_env=travels, log_to_driver=False, logging_level="ERROR")
    except Exception as error:  # Ray has no class for it
        reason = (str(error).splitlines() or [""])[0][:200]
        raise RunError(f"No Ray cluster answers at {on!r} ({reason}). Start it, or train on this machine.") from error
    return ray


def _sentence(error: Exception) -> str:
    """Return why a piece of work broke off.

    Raises:
        RunError: It could not even begin, which another node would not change.
    """
    said = str(error)
    if "creation task" in said:
        raise RunError(f"A node of the cluster cannot train: {said.strip().splitlines()[-1].strip()[:200]}.") from error
    if type(error).__name__ == "OutOfMemoryError":
        return "Its node ended it for lack of memory."
    return "The node or the process that it was on is gone."
