"""What is on the canvas, as other parts of the page take it up."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ganlab.members.store import Entry
from ganlab.spec import Walk
from ganlab.ui.pages.explore_directions import Axes


@dataclass(frozen=True)
class Scene:
    """A walk, and where on it the visitor is.

    Attributes:
        walk: Between what, and how.
        entries: Its members.
        here: x, y, truncation, row and along.
        axes: What the sliders along mean.
    """

    walk: Walk
    entries: tuple[Entry, ...]
    here: Mapping[str, Any]
    axes: Axes

    @property
    def row(self) -> int:
        """Which of the pictures is meant where it is about one."""
        return min(int(self.here["row"]), self.walk.n - 1)

    def recipe(self, **changes: Any) -> Walk:
        """Return all that decides the pictures here, complete: it draws the same without this page."""
        shift = self.axes.shift(self.here["along"])
        told = self.walk.model_dump(mode="json") | {
            "place": (self.here["x"], self.here["y"]),
            "truncation": min(max(self.here["truncation"], 0.0), 2.0),
            "shift": [] if shift is None else [round(float(each), 5) for each in shift],
        }
        return Walk.read(told | changes)
