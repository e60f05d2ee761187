"""A fusion and what was drawn from it, as a picture or a JSON file remembers it."""

import json
from pathlib import Path
from typing import Any

from pydantic import Field

from ganlab.errors import DataError, SpecError
from ganlab.spec import Asked, Recipe, Seed


class Walk(Asked):
    """A place between two seeds' latents."""

    to: Seed
    t: float = Field(ge=0, le=1)


class Remembered(Recipe):
    """A recipe, and where it is known, what was drawn; ``fuse`` and the Fusion page write the same."""

    n: int | None = None
    seed: int | None = None
    truncation: float | None = None
    label: int | None = None
    walk: Walk | None = None

    def drawn(self) -> dict[str, Any]:
        """Return what it says beyond the fusion."""
        return {name: value for name in _DRAWN if (value := getattr(self, name)) is not None}


_DRAWN = Remembered.model_fields.keys() - Recipe.model_fields.keys()


def read(path: Path) -> Remembered:
    """Read a recipe from a JSON file, or out of a PNG that carries one.

    Raises:
        SpecError: It is no recipe.
        DataError: The file cannot be read.
    """
    try:
        text = _chunk(path) if path.suffix.lower() == ".png" else path.read_text(encoding="utf-8")
    except OSError as error:
        raise DataError(f"{str(path)!r} cannot be read ({error.strerror or error}).") from None
    except UnicodeDecodeError:
        raise DataError(f"{str(path)!r} is no text.") from None
    try:
        return Remembered.read(text)
    except SpecError as error:
        raise SpecError(f"{str(path)!r} holds no recipe. {error}") from None


def _chunk(path: Path) -> str:
    from PIL import Image

    with Image.open(path) as picture:
        text = picture.info.get("ganlab", json.dumps({}))
    return text if isinstance(text, str) else json.dumps({})
