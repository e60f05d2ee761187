"""A plug that can be pulled: every change this process makes to files below a folder is a point, counted from 1.

Points are opening for writing, each write, flushing, renaming, deleting, making folders and changing modes.  Python
tells of most of them through audit hooks, before they are done; writes and flushing are counted by standing in.
``benchmarks.plug_strace`` compares what is counted with what the kernel saw.

What may happen at a point:

* ``kill``: the process ends before it is done, as by ``SIGKILL``.
* ``torn``: half of the bytes of a write get out, then the process ends.
* ``power``: as ``kill``, and what was written but not flushed is lost; renaming, which file systems with a journal keep
  in order, is not.
* ``full``: from here on nothing new finds room (``ENOSPC``, of the first write one half still does).
* ``locked``: from here on nothing can be changed (``EROFS``).
* ``broken``: this once the disk answers with an error (``EIO``).
* ``limited``: from here on the kernel itself refuses to let any file grow (``RLIMIT_FSIZE``).
"""

import builtins
import errno
import io
import os
import resource
import signal
import stat
import sys
import threading
from pathlib import Path
from typing import Any

ENDS = ("kill", "torn", "power")
REFUSALS = {"full": errno.ENOSPC, "locked": errno.EROFS, "broken": errno.EIO, "limited": errno.EFBIG}
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_GROWS = ("open", "write", "mkdir")
_PATHS = {  # audit events that tell of a change, with the places of paths and of the folders they are relative to
    "os.rename": ((0, 2), (1, 3)),
    "os.remove": ((0, 1),),
    "os.rmdir": ((0, 1),),
    "os.mkdir": ((0, 2),),
    "os.chmod": ((0, 2),),
    "os.link": ((0, 2), (1, 3)),
    "os.symlink": ((0, 2), (1, 2)),
    "os.truncate": ((0, None),),
    "os.utime": ((0, 3),),
}


class Plug:
    """Counts points in this process, and lets something happen at one of them.

    Args:
        folder: Below which changes count; lock files do not, for a lock is no content.
        at: The point at which it happens; none for counting only.
        how: What happens.
    """

    def __init__(self, folder: Path, at: int | None = None, how: str = "kill") -> None:
        self.folder, self.at, self.how = str(folder.resolve()), at, how
        self.seen: list[tuple[str, str]] = []  # kind and path of each point
        self._flushed: dict[tuple[int, int], int] = {}  # bytes that would survive, of files that were written to
        self._guard = threading.RLock()
        self._quiet = False

    def install(self) -> None:
        """Stand between this process and its files until it ends."""
        sys.addaudithook(self._heard)
        self._count_files()
        self._count_numbers()

    def _count_files(self) -> None:
        """Stand in for ``open``, so that each write of Python's own files is a point."""
        own, open_ = self, io.open

        class Counted(io.FileIO):
            def __init__(self, path: Any, mode: str) -> None:
                super().__init__(path, mode)
                own.remember(self.fileno())

            def write(self, data: Any) -> int:
                half = own.point("write", str(self.name), len(memoryview(data).cast("B")))
                if half is not None:
                    super().write(memoryview(data).cast("B")[:half])
                    own.happen(str(self.name))
                return super().write(data)

        def opened(path: Any, mode: str = "r", buffering: int = -1, *rest: Any, **named: Any) -> Any:
            plain = mode.replace("b", "").replace("t", "")
            if isinstance(path, int) or not set(plain) & set("wax+") or not own.holds(path):
                return open_(path, mode, buffering, *rest, **named)
            raw = Counted(path, plain)
            if buffering == 0:
                return raw
            buffered = io.BufferedRandom(raw) if "+" in plain else io.BufferedWriter(raw)
            return buffered if "b" in mode else io.TextIOWrapper(buffered, *rest, **named)

        io.open = builtins.open = opened

    def _count_numbers(self) -> None:
        """Stand in for what is done to files by their numbers."""
        own, fsync, write, sendfile = self, os.fsync, os.write, os.sendfile

        def flushed(number: int) -> None:
            path = own.path_of(number)
            own.point("fsync", path)
            fsync(number)
            if path and own.holds(path):
                own.remember(number, anew=True)

        def written(number: int, data: bytes) -> int:
            path = own.path_of(number)
            half = own.point("write", path, len(data))
            if half is not None:
                write(number, data[:half])
                own.happen(path)
            return write(number, data)

        def sent(to: int, source: int, offset: int | None, count: int, *rest: Any) -> int:
            path = own.path_of(to)
            half = own.point("write", path, min(count, os.fstat(source).st_size))
            if half is not None:
                sendfile(to, source, offset, half)
                own.happen(path)
            return sendfile(to, source, offset, count, *rest)

        os.fsync, os.write, os.sendfile = flushed, written, sent

    def holds(self, path: Any) -> bool:
        """Return whether changes of a path count."""
        text = os.path.realpath(os.path.dirname(os.fspath(path) or ".")) if path else ""  # noqa: PTH120
        name = os.path.basename(os.fspath(path)) if path else ""  # noqa: PTH119
        text, name = (os.fsdecode(each) for each in (text, name))
        inside = text == self.folder or text.startswith(self.folder + os.sep)
        return inside and name != "lock" and not name.endswith(".lock")

    def path_of(self, number: int) -> str:
        """Return what an open file is called; nothing for one that is no plain file."""
        try:
            if not stat.S_ISREG(os.fstat(number).st_mode) and not stat.S_ISDIR(os.fstat(number).st_mode):
                return ""
            return os.readlink(f"/proc/self/fd/{number}")  # noqa: PTH115
        except OSError:
            return ""

    def remember(self, number: int, anew: bool = False) -> None:
        """Note how much of an open file would survive now."""
        facts = os.fstat(number)
        key = (facts.st_dev, facts.st_ino)
        if anew or key not in self._flushed:
            self._flushed[key] = facts.st_size

    def point(self, kind: str, path: str, size: int = 0) -> int | None:
        """Count a point, and let happen what should; returns how many bytes of a write get out before that."""
        if self._quiet or not path or not self.holds(path):
            return None
        with self._guard:
            self.seen.append((kind, path))
            if self.at is None or len(self.seen) < self.at:
                return None
            first = len(self.seen) == self.at
            if self.how in ENDS and not first:
                return None
            if kind == "write" and first and self.how in ("torn", "full") and size > 1:
                return size // 2
            if self.how == "limited":
                _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
                resource.setrlimit(resource.RLIMIT_FSIZE, (0, most))
                return None
            if self.how == "full" and kind not in _GROWS:
                return None
            if self.how == "broken" and not first:
                return None
            self.happen(path)
        return None

    def happen(self, path: str) -> None:
        """End this process, or refuse what it wants."""
        if self.how in REFUSALS:
            number = REFUSALS[self.how]
            raise OSError(number, os.strerror(number), path)
        if self.how == "power":
            self._lose()
        os.kill(os.getpid(), signal.SIGKILL)

    def _lose(self) -> None:
        """Take away what was written but not flushed."""
        self._quiet = True
        for folder, _, names in os.walk(self.folder):
            for name in names:
                path = os.path.join(folder, name)  # noqa: PTH118
                facts = os.stat(path)  # noqa: PTH116
                kept = self._flushed.get((facts.st_dev, facts.st_ino))
                if kept is not None and kept < facts.st_size:
                    os.truncate(path, kept)

    def _heard(self, event: str, told: tuple) -> None:
        if event == "open":
            path, _, flags = told
            if isinstance(path, str | bytes | os.PathLike) and isinstance(flags, int) and flags & _WRITING:
                self.point("open", os.fsdecode(path))
        elif event in _PATHS:
            paths = [self._absolute(told[path], None if of is None else told[of]) for path, of in _PATHS[event]]
            inside = next((path for path in paths if path and self.holds(path)), "")
            self.point(event.removeprefix("os."), inside)

    def _absolute(self, path: Any, folder: int | None) -> str:
        """Return a path from the root; shutil deletes by names within an open folder."""
        if isinstance(path, int):
            return self.path_of(path)
        text = os.fsdecode(path)
        if os.path.isabs(text) or folder is None or folder < 0:  # noqa: PTH117
            return os.path.abspath(text)  # noqa: PTH100
        return os.path.join(self.path_of(folder), text)  # noqa: PTH118
