"""Does the plug of ``plug_points`` miss a change that the kernel sees?

Each work is done once under ``strace``, which tells of every system call that changes a file below its workspace, and
once with the plug counting.  What the kernel saw and Python did not tell of would be named here; locks are no content.

    python -m benchmarks.plug_strace [--only train]
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from benchmarks.machine import report
from benchmarks.plug import act
from benchmarks.plug_works import WORKS, always, settle_into

_CALLS = {  # system calls by the kind of point that they are
    "write": ("write", "pwrite64", "writev", "pwritev", "pwritev2", "sendfile", "copy_file_range", "fallocate"),
    "fsync": ("fsync", "fdatasync"),
    "rename": ("rename", "renameat", "renameat2"),
    "remove": ("unlink", "unlinkat"),
    "truncate": ("truncate", "ftruncate"),
}
_KIND = {call: kind for kind, calls in _CALLS.items() for call in calls}
_LINE = re.compile(r"^(?:\d+ +)?(\w+)\((.*)\) += (-?\d+)")


def seen_by_kernel(log: Path, home: Path) -> Counter:
    """Return how many changes below a folder succeeded, by kind; deleting a folder is no deletion of a file."""
    found: Counter = Counter()
    for line in log.read_text(errors="replace").splitlines():
        match = _LINE.match(line)
        if match is None or int(match[3]) < 0 or match[1] not in _KIND or "AT_REMOVEDIR" in match[2]:
            continue
        if re.search(r'(\.|[/"])lock[">]', match[2]):
            continue
        paths = re.findall(rf'[<"]({re.escape(str(home))}/[^>"]*)[>"]', match[2])
        if paths:
            found[_KIND[match[1]]] += 1
    return found


def once(name: str, home: Path) -> None:
    """Do a work with the plug counting, for ``strace`` to watch; prints what was counted."""
    done = act(home, WORKS[name], None, "kill", home.with_name("told"))
    print(json.dumps(Counter(kind for kind, _ in done["seen"])))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", action="append", choices=list(WORKS), metavar="WORK")
    parser.add_argument("--once", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--prepare", nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.once:
        once(asked.once[0], Path(asked.once[1]))
        return 0
    if asked.prepare:
        settle_into(Path(asked.prepare[1]))
        always()
        WORKS[asked.prepare[0]].prepare()
        return 0
    if shutil.which("strace") is None:
        raise SystemExit("strace is not installed.")
    missed = 0
    own = [sys.executable, "-m", "benchmarks.plug_strace"]
    for name in asked.only or [name for name, work in WORKS.items() if work.quick]:
        with tempfile.TemporaryDirectory() as folder:
            home, log = Path(folder).resolve() / "home", Path(folder) / "log"
            subprocess.run([*own, "--prepare", name, str(home)], check=True, stdout=subprocess.DEVNULL)
            watched = ["strace", "-f", "-y", "-s", "4096", "-e", f"trace={','.join(_KIND)}", "-o", str(log)]
            done = subprocess.run([*watched, *own, "--once", name, str(home)], check=True, stdout=subprocess.PIPE)
            counted = Counter(json.loads(done.stdout.splitlines()[-1]))
            kernel = seen_by_kernel(log, home)
        short = {kind: kernel[kind] - counted[kind] for kind in kernel if kernel[kind] > counted[kind]}
        missed += sum(short.values())
        kinds = {kind: counted[kind] for kind in _CALLS if counted[kind]}
        report(f"{name}: changes seen by the kernel and by the plug", kernel=dict(kernel), plug=kinds, missed=short)
        sys.stdout.flush()
    return 1 if missed else 0


if __name__ == "__main__":
    os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    sys.exit(main())
