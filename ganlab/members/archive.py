"""Members as a zip to take along: a folder each with its card and weights, recipes beside them.

What comes from outside is looked at before a byte of it is unpacked: each name must be one of those that belong into
such a file, each size is bounded by what the directory states, and no more is read than that.  Paths that lead out,
links, bombs and doubles are thereby no cases of their own; they are told as such, so that one knows what was wrong.
No torch here.
"""

import io
import shutil
import stat
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from ganlab import files
from ganlab.errors import GanlabError, MemberError
from ganlab.members import preview, store
from ganlab.spec import Recipe, check_name
from ganlab.spec.asked import LONGEST, short
from ganlab.spec.remembered import of_bytes

MOST_MEMBERS, MOST_BYTES = 64, 512_000_000  # in one file, unpacked
_MOST_FILES = 10 * MOST_MEMBERS
_SMALL, _MOST_RATIO = 100_000, 100  # bytes that may be packed as they like; weights hardly shrink at all
_HELD = {store.CARD: LONGEST, store.WEIGHTS: MOST_BYTES, store.ENCODER: MOST_BYTES, store.FIT: MOST_BYTES}
_DROPPED = {preview.NAME: 2_000_000}  # drawn anew: a picture could show anything
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError)
_ADVICE = "give a zip that 'members export' or the Gallery wrote."
_ALWAYS = (1980, 1, 1, 0, 0, 0)  # a fixed date makes equal members equal files


@dataclass(frozen=True)
class Unpacked:
    """What a zip held, checked as far as cards and files go, by the names in it.

    Attributes:
        members: Whole ones, in folders that nobody looks into yet.
        recipes: Fusions as data.
    """

    members: Mapping[str, store.Entry]
    recipes: Mapping[str, Recipe]


def pack(names: Sequence[str], path: Path) -> list[str]:
    """Write members as a zip, and with fused ones what they are made of; returns the names of all that is in it.

    Members that came with ganlab go along only where they are named: everybody has them.

    Raises:
        UnknownName: There is no such member.
        MemberError: The file cannot be written.
    """
    shelf, entries = store.catalogue(), {}
    wanted = list(names)
    while wanted:
        entry = shelf[wanted.pop(0)]
        if entry.name not in entries:
            entries[entry.name] = store.settled(entry)
            parts = entry.card.recipe.members if entry.card.recipe else ()
            wanted += [part for part in parts if not shelf[part].shipped]
    try:
        with files.replacing(path) as part, zipfile.ZipFile(part, "w") as archive:
            for name, entry in entries.items():
                for file in (store.CARD, *store.stated_files(entry.card)):
                    info = zipfile.ZipInfo(f"{name}/{file}", _ALWAYS)
                    info.external_attr = 0o644 << 16
                    archive.writestr(info, (entry.folder / file).read_bytes())  # weights do not compress
    except OSError as error:
        raise MemberError(f"{str(path)!r} cannot be written ({error.strerror}).") from None
    return list(entries)


def unpack(source: Path | bytes, folder: Path) -> Unpacked:
    """Unpack a zip of any origin into a folder.

    Args:
        source: The file, or its bytes.
        folder: An empty one, on the disk where members lie.

    Raises:
        GanlabError: It is no such zip, or holds what does not belong there.
    """
    try:
        with _opened(source) as file, zipfile.ZipFile(file) as archive:
            members, recipes = _sorted(archive.infolist())
            found = {name: _recipe(archive, info) for name, info in recipes.items()}
            return Unpacked({name: _member(archive, parts, folder / name) for name, parts in members.items()}, found)
    except _BROKEN as error:
        raise MemberError(f"This is no zip that can be read ({error}): {_ADVICE}") from None


@contextmanager
def _opened(source: Path | bytes) -> Iterator[IO[bytes]]:
    if isinstance(source, bytes):
        yield io.BytesIO(source)
        return
    try:
        with source.open("rb") as file:
            yield file
    except OSError as error:
        raise MemberError(f"{str(source)!r} cannot be read ({error.strerror or error}).") from None


def _sorted(
    infos: Sequence[zipfile.ZipInfo],
) -> tuple[dict[str, dict[str, zipfile.ZipInfo]], dict[str, zipfile.ZipInfo]]:
    """Return the files of each member and those of recipes, if all of them belong into such a zip.

    Raises:
        MemberError: One does not.
    """
    if len(infos) > _MOST_FILES:
        raise MemberError(f"The zip holds {len(infos):,} files; at most {_MOST_FILES:,} are read: {_ADVICE}")
    members: dict[str, dict[str, zipfile.ZipInfo]] = {}
    recipes: dict[str, zipfile.ZipInfo] = {}
    seen: set[str] = set()
    for info in infos:
        name = info.orig_filename
        if name.startswith("__MACOSX/"):  # what a Mac adds of its own
            continue
        if fault := _fault(info):
            raise MemberError(f"The zip holds {short(name)}, {fault}: {_ADVICE}")
        if name.casefold() in seen:
            raise MemberError(f"The zip holds {short(name)} twice: {_ADVICE}")
        seen.add(name.casefold())
        path = PurePosixPath(name)
        if info.is_dir() or path.name in _DROPPED:
            continue
        if len(path.parts) == 1:
            recipes[path.stem] = info
        else:
            members.setdefault(path.parts[0], {})[path.name] = info
    if twice := members.keys() & recipes.keys():
        raise MemberError(f"The zip holds a member and a recipe called {min(twice)!r}: {_ADVICE}")
    count, size = len(members) + len(recipes), sum(info.file_size for info in infos)
    if not count:
        raise MemberError(f"The zip holds no member: {_ADVICE}")
    if count > MOST_MEMBERS:
        raise MemberError(f"The zip holds {count:,} members; at most {MOST_MEMBERS} are read at once: give fewer.")
    if size > MOST_BYTES:
        raise MemberError(f"Unpacked, the zip would have {size:,} bytes; at most {MOST_BYTES:,} are read: give fewer.")
    return members, recipes


def _fault(info: zipfile.ZipInfo) -> str | None:
    """Return why an entry does not belong into such a zip, or None."""
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind == stat.S_IFLNK:
        return "a link"
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "which is no plain file"
    if info.flag_bits & 0x1:
        return "which is encrypted"
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "which is packed in an unusual way"
    return _misnamed(info) or _bomb(info)


def _misnamed(info: zipfile.ZipInfo) -> str | None:
    name = info.orig_filename
    if name != info.filename or not name.isprintable() or "\\" in name or ":" in name:
        return "which is no name of a file that belongs there"
    if name.startswith("/") or ".." in name.split("/"):
        return "a path that leads out of it"
    folder, slash, file = name.partition("/")
    if not slash:
        folder, dot, ending = name.rpartition(".")
        if ending != "json" or not dot:
            return "which is neither a member's folder nor a recipe"
    elif file and file not in _HELD and file not in _DROPPED:
        return f"which belongs to no member: a folder holds {', '.join(_HELD)}"
    try:
        check_name(folder)
    except ValueError as error:
        return f"and {error}"
    return None


def _bomb(info: zipfile.ZipInfo) -> str | None:
    """Return whether an entry would become larger than what belongs there may be."""
    most = (_HELD | _DROPPED).get(PurePosixPath(info.filename).name, LONGEST)
    if info.file_size > most:
        return f"which would have {info.file_size:,} bytes; at most {most:,} are allowed"
    if info.file_size > max(_SMALL, _MOST_RATIO * info.compress_size):
        return f"which would grow from {info.compress_size:,} to {info.file_size:,} bytes"
    return None


def _recipe(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Recipe:
    told = of_bytes(archive.read(info), info.filename)
    return Recipe.read({name: getattr(told, name) for name in Recipe.model_fields})


def _member(archive: zipfile.ZipFile, parts: Mapping[str, zipfile.ZipInfo], folder: Path) -> store.Entry:
    """Unpack a member's files, and read its card as the store does.

    Raises:
        MemberError: They are no whole member.
    """
    folder.mkdir()
    for file, info in parts.items():
        with files.replacing(folder / file) as part, part.open("wb") as target, archive.open(info) as packed:
            shutil.copyfileobj(packed, target)
    try:
        card = store.read_card(folder)
        if more := parts.keys() - store.stated_files(card).keys() - {store.CARD}:
            raise MemberError(f"its card does not state its {min(more)}.")
    except GanlabError as error:
        raise MemberError(f"{folder.name!r} in the zip cannot be used: {error}") from None
    return store.Entry(card, folder, shipped=False)
