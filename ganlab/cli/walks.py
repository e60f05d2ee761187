"""Walks as verbs take them: out of a JSON file, a film made here, or as JSON in the command itself."""

from pathlib import Path
from typing import Annotated

import typer

from ganlab.errors import DataError, SpecError
from ganlab.spec import Walk

RECIPE = Annotated[
    str,
    typer.Argument(
        metavar="RECIPE", help="A walk: a .json file, a .png, .gif or .mp4 that was made of one, or JSON itself."
    ),
]
_LARGEST = 200_000_000  # bytes of a film


def read(text: str) -> Walk:
    """Read a walk.

    Raises:
        SpecError: It is none.
        DataError: The file cannot be read.
    """
    if text.lstrip().startswith("{"):
        return Walk.read(text)
    path = Path(text)
    try:
        if path.stat().st_size > _LARGEST:
            raise DataError(f"{text!r} is larger than {_LARGEST:,} bytes: that is no walk made here.")
        data = path.read_bytes()
    except OSError as error:
        raise DataError(f"{text!r} cannot be read ({error.strerror or error}).") from None
    from ganlab.members.film import recipe_in

    found = data.decode(errors="replace") if path.suffix.lower() == ".json" else recipe_in(data)
    if found is None:
        raise SpecError(f"{text!r} carries no recipe of a walk: only films and sheets made here do.")
    try:
        return Walk.read(found)
    except SpecError as error:
        raise SpecError(f"{text!r} holds no walk. {error}") from None
