"""The part of the explorer that runs again when a control changes: which way, between what, drawn by whom."""

from collections.abc import Sequence

import streamlit as st

from ganlab.members.store import Entry
from ganlab.members.walk import KINDS
from ganlab.spec import Corner, Walk
from ganlab.ui import parts
from ganlab.ui.i18n import t
from ganlab.ui.pages import explore_address as address
from ganlab.ui.pages import (
    explore_blend,
    explore_canvas,
    explore_directions,
    explore_film,
    explore_layers,
    explore_map,
    explore_nearest,
    explore_picture,
    explore_pictures,
)
from ganlab.ui.pages.explore_directions import NO_AXES
from ganlab.ui.pages.explore_scene import Scene
from ganlab.ui.parts import address as notes

_SIZES, _USUAL_SIZE, _MOST_SEED = (1, 4, 9, 16, 25, 36), 16, 2**31 - 1
_BELOW = {
    "picture": explore_picture.show,
    "map": explore_map.show,
    "layers": explore_layers.show,
    "nearest": explore_nearest.show,
    "film": explore_film.show,
}
_TOOLS = ("none", "picture", "directions", "map", "layers", "nearest", "film")


@parts.fragment
def show(entries: Sequence[Entry]) -> None:
    """Show the controls and the canvas below them."""
    with st.container(horizontal=True, vertical_alignment="top", gap="small"):
        together = len(entries) > 1 and _together()
        kind, spherical = _way()
        corners = _corners(kind, entries[0].card.shape)
        n, label = _pictures(entries)
        blend = explore_blend.choose(entries) if together else None
    if together and blend is None:
        return
    here = address.place()
    walk = Walk(
        members=tuple(entry.name for entry in entries),
        blend=blend,
        kind=kind,
        corners=corners,
        spherical=spherical,
        n=n,
        label=label,
    )
    canvas, tool = st.container(), _tool()
    axes = explore_directions.axes(entries[0], label) if tool == "directions" or any(here["along"]) else NO_AXES
    with canvas:
        explore_canvas.show(walk, entries, here, axes)
    scene = Scene(walk, tuple(entries), here, axes)
    if tool == "directions":
        explore_directions.show(entries[0], axes)
    elif tool in _BELOW:
        _BELOW[tool](scene)
    notes.answer(address.PAGE)


def _tool() -> str:
    """Let the visitor choose what stands below the canvas."""
    return address.choice(
        st.segmented_control,
        "explore.tool",
        {name: t(f"explore.tool.{name}") for name in _TOOLS},
        t("explore.tools"),
        "none",
    )


def _together() -> bool:
    how = address.choice(
        st.segmented_control,
        "explore.how",
        {"beside": t("explore.beside"), "fused": t("explore.fused")},
        t("explore.how"),
        "beside",
        help=t("explore.how_help"),
    )
    return how == "fused"


def _way() -> tuple[str, bool]:
    kind = address.choice(
        st.segmented_control,
        "explore.kind",
        {name: t(f"explore.kind.{name}") for name in KINDS},
        t("explore.way"),
        "line",
        help=t("explore.way_help"),
    )
    if kind == "seeds":  # keeps the length in its own way
        return kind, True
    curve = address.choice(
        st.segmented_control,
        "explore.curve",
        {"spherical": t("explore.spherical"), "linear": t("explore.linear")},
        t("explore.curve"),
        "spherical",
        help=t("explore.curve_help"),
    )
    return kind, curve == "spherical"


def _corners(kind: str, shape: Sequence[int]) -> tuple[Corner, ...]:
    """Ask for the seed of each corner; where a picture stands, the seed is for members that cannot encode it."""
    found = []
    for place in range(KINDS[kind]):
        letter = explore_pictures.LETTERS[place]
        picture = explore_pictures.of(letter, shape)
        with st.container(width=115, gap=None):
            seed = st.number_input(
                t("explore.corner" if picture is None else "explore.corner_picture", letter=letter.upper()),
                *(0, _MOST_SEED, place),
                key=f"explore.{letter}",
                bind="query-params",
                on_change=address.forget,
                help=None if picture is None else t("explore.corner_picture_help"),
            )
            if picture is not None:
                st.button(
                    t("explore.take_picture"),
                    key=f"explore.take_{letter}",
                    type="tertiary",
                    icon=":material/close:",
                    on_click=explore_pictures.take,
                    args=(letter,),
                )
        found.append(Corner(seed=int(seed), picture=picture))
    return tuple(found)


def _pictures(entries: Sequence[Entry]) -> tuple[int, int | None]:
    n = st.selectbox(
        t("explore.pictures"),
        _SIZES,
        index=_SIZES.index(_USUAL_SIZE),
        key="explore.n",
        bind="query-params",
        width=90,
        on_change=address.forget,
    )
    asked = all(entry.card.conditional for entry in entries)
    return n, parts.class_choice(entries[0].card.classes if asked else (), "explore.label")
