"""``members export`` and ``members import``: members as a zip to take along, and out of one."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from ganlab.cli.output import Json, as_json, check_suffix, say
from ganlab.errors import SpecError
from ganlab.members import archive


def export_members(
    words: Annotated[list[str], typer.Argument(metavar="NAME... FILE.zip", help="Members, then the file to write.")],
    json: Json = False,
) -> None:
    """Write members as a zip; with fused ones what they are made of, but for what comes with ganlab."""
    *names, last = words
    path = Path(last)
    check_suffix(path, ".zip")
    if not names:
        raise SpecError(f"Name the members that shall go into {last!r} before it.")
    packed = archive.pack(names, path)
    say(f"Wrote {last!r} with {', '.join(packed)}.")
    if json:
        as_json({"zip": last, "members": packed})


def import_members(
    path: Annotated[Path, typer.Argument(metavar="FILE.zip", help="As 'members export' or the Gallery wrote it.")],
    called: Annotated[
        list[str] | None,
        typer.Option("--as", metavar="OLD=NEW", help="Call a member of the file otherwise; its fusions follow."),
    ] = None,
    json: Json = False,
) -> None:
    """Take the members of a zip into the workspace, all or none; a recipe becomes a fused member."""
    names = pairs(called or ())
    from ganlab.fusion.arrivals import receive

    arrived = receive(path, names)
    for entry in arrived.entries:
        say(f"{entry.name!r} is a member now.")
    for name in arrived.there:
        say(f"{name!r} was there already, the very same.")
    if json:
        as_json({"members": [entry.name for entry in arrived.entries], "there": list(arrived.there)})


def pairs(words: Sequence[str]) -> dict[str, str]:
    """Read ``OLD=NEW`` texts.

    Raises:
        SpecError: A text is none.
    """
    pairs = {}
    for word in words:
        old, equals, new = word.partition("=")
        if not (old and equals and new):
            raise SpecError(f"--as {word!r} says no new name: write OLD=NEW, such as anna=anna-2.")
        pairs[old] = new
    return pairs
