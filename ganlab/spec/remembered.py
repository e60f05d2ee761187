"""A fusion and what was drawn from it, as a picture or a JSON file remembers it."""

from pathlib import Path
from typing import Any

from pydantic import Field

from ganlab.errors import DataError, SpecError
from ganlab.images import PNG, remembered
from ganlab.spec.asked import Asked, Seed
from ganlab.spec.recipe import Recipe


class Walk(Asked):
    """A place between two seeds' latents."""

    to: Seed
    t: float = Field(ge=0, le=1)


class Remembered(Recipe):
    """A recipe, and where it is known, what was drawn; ``fuse`` and the Fusion page write the same."""

    n: int | None = Field(None, ge=1, le=1_000_000)
    seed: Seed | None = None
    truncation: float | None = Field(None, ge=0, le=2)
    label: int | None = Field(None, ge=0, lt=2**31)
    walk: Walk | None = None

    def drawn(self) -> dict[str, Any]:
        """Return what it says beyond the fusion."""
        return {name: value for name in _DRAWN if (value := getattr(self, name)) is not None}


_MOST_BYTES = 50_000_000  # of a picture with a recipe
_DRAWN = Remembered.model_fields.keys() - Recipe.model_fields.keys()


def read(path: Path) -> Remembered:
    """Read a recipe from a JSON file, or out of a PNG that carries one.

    Raises:
        SpecError: It is no recipe.
        DataError: The file cannot be read.
    """
    try:
        with path.open("rb") as file:
            return of_bytes(file.read(_MOST_BYTES), str(path))
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
    if name.lower().endswith(".png") and not content.startswith(PNG):
        raise DataError(f"{name!r} cannot be read as a picture.")
    try:
        text = (remembered(content) or "{}") if content.startswith(PNG) else content.decode("utf-8")
    except UnicodeDecodeError:
        raise DataError(f"{name!r} is no text.") from None
    try:
        return Remembered.read(text)
    except SpecError as error:
        raise SpecError(f"{name!r} holds no recipe. {error}") from None
