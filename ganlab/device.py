"""Which device computes, said in words a teacher can read out."""

import os
import platform
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from ganlab.errors import DeviceError

if TYPE_CHECKING:
    import torch


def available() -> list[str]:
    """Return device names, the preferred first: ``cuda:0`` ..., ``mps``, ``cpu``."""
    import torch

    names = [f"cuda:{index}" for index in range(torch.cuda.device_count())]
    if torch.backends.mps.is_available():
        names.append("mps")
    return [*names, "cpu"]


def choose(name: str | None = None) -> "torch.device":
    """Return the device called ``name``, or the best one for ``None`` or ``"auto"``.

    Raises:
        DeviceError: This machine has no such device.
    """
    import torch

    names = available()
    if name in (None, "auto"):
        return torch.device(names[0])
    wanted = "cuda:0" if name == "cuda" else name
    if wanted not in names:
        raise DeviceError(f"No device {name!r} on this machine. Use one of: auto, {', '.join(names)}.")
    return torch.device(wanted)


def describe(name: str) -> str:
    """Return e.g. "NVIDIA H200, 139 GiB" or "CPU: AMD EPYC, 2 threads"."""
    import torch

    if name.startswith("cuda"):
        facts = torch.cuda.get_device_properties(torch.device(name))
        return f"{facts.name}, {facts.total_memory / 2**30:.0f} GiB"
    if name == "mps":
        return "Apple GPU (Metal)"
    return f"CPU: {processor()}, {cores()} threads"


def use_fast_products() -> bool:
    """Let this process multiply matrices in bfloat16 where the processor does so in hardware.

    Sums stay float32.  Dense networks train 1.8 times as fast with it (benchmarks/training.py); convolutions
    gain nothing and are left alone.  Returns whether it was switched on.
    """
    import torch

    able = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()  # noqa: SLF001 - no public question
    if able:
        torch.backends.mkldnn.matmul.fp32_precision = "bf16"
    return able


def compiles() -> bool:
    """Whether trainings shall run as compiled code: off unless ``GANLAB_COMPILE`` is 1 (benchmarks/training.py)."""
    return os.environ.get("GANLAB_COMPILE") == "1"


def cores() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@cache
def processor() -> str:
    """Return the processor's name as the system gives it."""
    try:
        with Path("/proc/cpuinfo").open() as file:
            for line in file:
                if line.startswith("model name"):
                    return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine() or "processor"
