"""What doors want of a worker: numbered wishes in ``wish.json``, each done once and in order.

    {"wishes": [{"id": 4, "wish": "rates", "generator": 0.0001, ...}, {"id": 5, "wish": "pause", ...}]}

The file holds the wishes that no worker has taken yet, so that a second one does not undo the first.
"""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from ganlab import files
from ganlab.errors import SpecError
from ganlab.lock import alone
from ganlab.spec import Asked, Rate

Players = Literal["both", "generator", "critic"]


class Wish(Asked):
    """One wish; numbers count from 1 over the life of a run."""

    id: int = Field(ge=1)
    wish: Literal["pause", "resume", "stop", "rates", "step", "play"]
    generator: Rate | None = Field(None, description="rates: the generator's new learning rate.")
    critic: Rate | None = Field(None, description="rates: the critic's.")
    players: Players = Field("both", description="play and step: who learns.")
    steps: Annotated[int, Field(ge=1, le=10_000)] = Field(1, description="step: how many.")


class _Wishes(Asked):
    wishes: tuple[Wish, ...] = Field(strict=False)


def newer(folder: Path, than: int) -> list[Wish]:
    """Return the wishes with a number above ``than``, oldest first."""
    try:
        wishes = _Wishes.read((folder / "wish.json").read_bytes()).wishes
    except (OSError, SpecError):
        return []
    return [wish for wish in wishes if wish.id > than]


def add(folder: Path, obeyed: int, **wish: Any) -> Wish:
    """Append a wish, and forget those up to number ``obeyed``.

    Raises:
        SpecError: A value is not allowed.
    """
    with alone(folder / "wish.lock"):
        waiting = newer(folder, obeyed)
        added = Wish.read({"id": max([obeyed, *(each.id for each in waiting)]) + 1, **wish})
        files.write_json(folder / "wish.json", {"wishes": [each.model_dump() for each in [*waiting, added]]})
    return added
