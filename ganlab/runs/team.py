"""Several processes for one training (``training/team.py``): a run's worker leads, the others are started here.

Under ``torchrun`` they are there already.  The worker alone has the run's folder; an end of any of them ends all.  No
torch here until a team is made.
"""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ganlab.errors import DeviceError, SpecError
from ganlab.runs.record import Record
from ganlab.spec import MemberSpec

if TYPE_CHECKING:
    import torch

    from ganlab.training.team import Team

MOST = 64
_TOLD = ("RANK", "LOCAL_RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT", "TORCHELASTIC_RUN_ID")
_FOLLOWER = "ganlab.runs.follower"
_PATIENCE = 10.0  # seconds for the others to end by themselves


def launched() -> tuple[int, int]:
    """Return the number of this process among those that ``torchrun`` started, and how many they are; 0 of 1 alone."""
    if "TORCHELASTIC_RUN_ID" not in os.environ:
        return 0, 1
    return int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])


def check(spec: MemberSpec, size: int) -> None:
    """Refuse what several processes cannot train as one does.

    Raises:
        SpecError: With the field.
    """
    if not 1 <= size <= MOST:
        raise SpecError(f"gpus is {size}; allowed: 1 to {MOST}.")
    own, pack = spec.batch_size // size, spec.pack or 1
    if own * size != spec.batch_size or own % pack:
        packs = f" in packs of {pack}" if pack > 1 else ""
        raise SpecError(
            f"A batch of {spec.batch_size:,}{packs} cannot be divided among {size} processes: use a batch_size that "
            f"is a multiple of {size * pack}."
        )
    for field in ("minibatch_discrimination", "feature_matching", "teacher"):
        if size > 1 and (value := getattr(spec, field)):
            raise SpecError(f"{field} is {value!r}, which one process alone can train with: leave it out, or --gpus.")


@contextmanager
def team_of(record: Record, spec: MemberSpec, device: "torch.device") -> "Iterator[Team | None]":
    """Give the team that trains a run, whose first process this is; None where it trains alone.

    Raises:
        GanlabError: There are not as many GPUs, or a process is gone.
    """
    size = record.state.processes
    if size == 1:
        yield None
        return
    import torch

    from ganlab import device as devices
    from ganlab.training.team import Team

    if device.type == "cuda" and torch.cuda.device_count() < size:
        there = torch.cuda.device_count()
        raise DeviceError(
            f"{size} GPUs were asked for, and this machine has {there}: use --gpus {there}, or --device cpu."
        )
    others = [] if launched() == (0, size) else _start(size)
    threads = int(os.environ.get("GANLAB_THREADS") or max(1, devices.cores() // size))
    torch.set_num_threads(threads)
    over = threading.Event()
    threading.Thread(target=_watch, args=(others, over, record), daemon=True).start()
    team = Team()
    try:
        team.agreed({"spec": spec.model_dump(), "device": device.type, "threads": threads})
        yield team
    finally:
        over.set()
        team.close()
        for name in _TOLD:  # whatever run this worker starts next is no part of the team
            os.environ.pop(name, None)
        for other in others:
            try:
                other.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                other.kill()


def _start(size: int) -> list[subprocess.Popen]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    os.environ.update(RANK="0", LOCAL_RANK="0", WORLD_SIZE=str(size), MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port))
    return [
        subprocess.Popen(
            [sys.executable, "-m", _FOLLOWER], env=os.environ | {"RANK": str(rank), "LOCAL_RANK": str(rank)}
        )
        for rank in range(1, size)
    ]


def _watch(others: list[subprocess.Popen], over: threading.Event, record: Record) -> None:
    """End this process when another one is gone that it waits for in vain, as in the middle of a sum on a GPU."""
    while not over.wait(1.0):
        if any(other.poll() is not None for other in others) and not over.wait(_PATIENCE):
            for other in others:
                other.kill()
            from ganlab.training.team import gone

            record.fail(gone(len(others) + 1))
            os._exit(1)
