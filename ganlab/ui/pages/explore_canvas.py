"""The canvas of the explorer: Python offers a way to draw, the browser asks it for each place of the pointer."""

import time
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import streamlit as st
from pydantic import Field

from ganlab.errors import SpecError
from ganlab.fusion import RULES
from ganlab.members.store import Entry
from ganlab.members.walk import tour
from ganlab.spec import Asked, Walk
from ganlab.ui import engine, frames, parts
from ganlab.ui.i18n import t
from ganlab.ui.i18n.families import title
from ganlab.ui.pages import explore_address as address
from ganlab.ui.pages.explore_address import FARTHEST_ALONG
from ganlab.ui.pages.explore_directions import Axes
from ganlab.ui.parts.roles import MEMBERS

_KEY, _TOUR = "explore.canvas", 240
_STYLE = Path(__file__).parents[1] / "web" / "explore.css"
_FARTHEST, _MOST_CELLS = 1e6, 128
_WORDS = (
    *("pad_line", "pad_plane", "pad_seeds", "pad_sum", "pad_help", "x", "y", "truncation", "truncation_help"),
    *("loop", "random", "pause", "snap", "snap_help", "reset", "place", "frame", "picture", "lost"),
    *("term", "directions", "directions_help"),
)
Number = Annotated[float, Field(ge=-_FARTHEST, le=_FARTHEST)]


class _Wish(Asked):
    """What the browser asks for: one step, or pictures of many places at once for the pad."""

    what: Literal["step", "pad", "terms"] = "step"
    x: Number = 0.0
    y: Number = 0.0
    truncation: float = Field(1.0, ge=0, le=2)
    along: tuple[Annotated[float, Field(ge=-FARTHEST_ALONG, le=FARTHEST_ALONG)], ...] = Field(
        (), max_length=64, strict=False
    )
    row: int = Field(0, ge=0, le=64)
    xs: tuple[Number, ...] = Field((), max_length=_MOST_CELLS, strict=False)
    ys: tuple[Number, ...] = Field((), max_length=_MOST_CELLS, strict=False)


def show(walk: Walk, entries: Sequence[Entry], here: Mapping[str, Any], axes: Axes) -> None:
    """Mount the canvas; where the visitor leaves the pointer comes back as the page's place."""
    if not parts.engine_ready():
        st.caption(t("app.waiting"))
        st.skeleton(height=400)
        return
    style = _STYLE.read_text(encoding="utf-8")
    mount = parts.component("explore", '<div class="explore">\n</div>', css=style, isolate=False)
    first = entries[0].card
    mount(
        key=_KEY,
        data={
            "address": offered(walk, entries, parts.chosen_device(), axes),
            "kind": walk.kind,
            "n": walk.n,
            "names": _names(walk),
            "strips": len(walk.members) if walk.blend is None else 1,
            "members": list(walk.members),
            "colours": MEMBERS,
            "side": first.shape[-1],
            "seeds": [corner.seed for corner in walk.corners],
            "tours": {how: _tour(walk.kind, how) for how in ("loop", "random")},
            "place": {name: here[name] for name in ("x", "y", "truncation", "row", "along")},
            "directions": axes.titles,
            "farthest": FARTHEST_ALONG,
            "text": {word: t(f"explore.canvas.{word}") for word in _WORDS},
        },
        on_place_change=_hold,
        on_again_change=lambda: None,  # the server was started again: the rerun is all that is wanted
    )


def offered(walk: Walk, entries: Sequence[Entry], device: str, axes: Axes) -> str:
    """Return the address under which the browser asks for a walk's pictures."""
    cards = tuple((entry.card.digest(), entry.card.encoder and entry.card.encoder.sha256) for entry in entries)
    # What the browser says itself with each wish must not make it another way.
    told = walk.model_copy(update={"place": (0.0, 0.0), "truncation": 1.0}).model_dump_json()
    key = ("explore", told, cards, device)
    return frames.offer(partial(_draw, walk, device, key, axes), *key, axes.digest)


def opened(walk: Walk, device: str, *key: object) -> Any:
    """Return the walk's Walker, opened once for all visitors."""
    from ganlab.fusion.walking import Walker

    return engine.remembered(lambda: Walker(walk, lambda name: engine.member(name, device)), "walker", *key)


def _draw(walk: Walk, device: str, key: tuple, axes: Axes, asked: Mapping[str, Any]) -> frames.Frame:
    """Answer one wish.

    Returns:
        Pictures uint8 [panes, n, H, W, C] of one place; or, of one row of each, [panes, places, H, W, C].
    """
    from ganlab.images import to_uint8

    wish = _Wish.read(dict(asked))
    start = time.perf_counter()
    walker = opened(walk, device, *key)
    row = min(wish.row, walk.n - 1)
    moved: dict[str, Any] = {"truncation": wish.truncation, "shift": axes.shift(wish.along)}
    told: dict[str, Any] = {}
    if wish.what == "step":
        step = walker.step(wish.x, wish.y, **moved)
        drawn, told = step.pictures, {"weights": _shares(step.weights)}
    elif wish.what == "terms":
        drawn = walker.corners(**moved, rows=row + 1)[:, :, row]
    else:
        if not wish.xs:
            raise SpecError("The pad asks for no place.")
        drawn = walker.places_of(list(zip(wish.xs, wish.ys, strict=False)), row, **moved)
    pixels = to_uint8(drawn.flatten(0, 1))
    pixels = pixels.reshape(*drawn.shape[:2], *pixels.shape[1:])
    return frames.Frame(pixels, told | {"ms": round(1e3 * (time.perf_counter() - start), 1)})


def _shares(weights: Sequence[float]) -> list[float]:
    total = sum(weights)
    return [round(weight / total, 4) for weight in weights] if total > 0 else []


def _names(walk: Walk) -> list[str]:
    """Return what to call the panes; as ``Walker.names`` does."""
    if walk.blend is None:
        return list(walk.members)
    combines = RULES[walk.blend.rule].load().combines
    return [t("explore.fusion", rule=title("rule", walk.blend.rule)), *(walk.members if combines else ())]


def _tour(kind: str, how: str) -> list[list[float]]:
    return np.round(tour(kind, how, _TOUR), 4).tolist()


def _hold() -> None:
    address.hold(st.session_state[_KEY].place)
