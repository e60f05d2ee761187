"""A fusion and what was drawn from it, as a picture or a JSON file remembers it."""

import io
import json
from pathlib import Path
from typing import Any

from pydantic import Field

from ganlab.errors import DataError, SpecError
from ganlab.spec.asked import Asked, Seed
from ganlab.spec.recipe import Recipe


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


_PNG = b"\x89PNG\r\n\x1a\n"
_DRAWN = Remembered.model_fields.keys() - Recipe.model_fields.keys()


def read(path: Path) -> Remembered:
    """Read a recipe from a JSON file, or out of a PNG that carries one.

    Raises:
        SpecError: It is no recipe.
        DataError: The file cannot be read.
    """
    try:
        return of_bytes(path.read_bytes(), str(path))
    except OSError as error:
        raise DataError(f"{str(path)!r} cannot be read ({error.strerror or error}).") from None


def of_bytes(content: bytes, name: str) -> Remembered:
    """Read a recipe from the bytes of a JSON file, or of a PNG that carries one.

    Args:
        content: Of the file; a PNG is known by its first bytes.
        name: What to call it in sentences.

    Raises:
        SpecError: It is no recipe.
        DataError: It is no text.
    """
    try:
        is_picture = content.startswith(_PNG) or name.lower().endswith(".png")
        text = _chunk(content) if is_picture else content.decode("utf-8")
    except OSError:
        raise DataError(f"{name!r} cannot be read as a picture.") from None
    except UnicodeDecodeError:
        raise DataError(f"{name!r} is no text.") from None
    try:
        return Remembered.read(text)
    except SpecError as error:
        raise SpecError(f"{name!r} holds no recipe. {error}") from None


def _chunk(content: bytes) -> str:
    from PIL import Image

    with Image.open(io.BytesIO(content)) as picture:
        text = picture.info.get("ganlab", json.dumps({}))
    return text if isinstance(text, str) else json.dumps({})
