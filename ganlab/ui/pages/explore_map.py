"""A map of the latent space: where pictures lie, coloured by class; the pointer draws what lies under it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import streamlit as st
from pydantic import Field

from ganlab.data import examples
from ganlab.images import from_uint8, to_uint8
from ganlab.members.atlas import HOW, Atlas, atlas
from ganlab.members.store import Entry
from ganlab.spec import Asked
from ganlab.ui import engine, frames, parts
from ganlab.ui.i18n import t
from ganlab.ui.pages import explore_address as address
from ganlab.ui.pages import explore_picture
from ganlab.ui.pages.explore_scene import Scene
from ganlab.ui.parts import numbers
from ganlab.ui.parts.roles import MEMBERS

_POINTS, _KEY = 500, "explore.map"
_COLOURS = (*MEMBERS, "#009e73", "#bcbd22")  # ten classes
_STYLE = Path(__file__).parents[1] / "web" / "explore_map.css"
_WORDS = ("sheet", "help", "here", "nearest", "lost")


@dataclass(frozen=True)
class Land:
    """What the map is of.

    Attributes:
        atlas: Codes and places.
        latents: Whole latents of the points, [n, latent_dim].
        images: uint8 [n, H, W, C].
        labels: int64 [n], or None.
    """

    atlas: Atlas
    latents: np.ndarray
    images: np.ndarray
    labels: np.ndarray | None

    @property
    def middle(self) -> np.ndarray:
        """The middle of the map, [2]."""
        return (self.atlas.places.max(0) + self.atlas.places.min(0)) / 2

    @property
    def half(self) -> float:
        """Half of its side."""
        return float(np.ptp(self.atlas.places, axis=0).max()) / 2 * 1.04 or 1.0


class _Wish(Asked):
    """A place on the map, its sides at -1 and 1."""

    x: Annotated[float, Field(ge=-2, le=2)]
    y: Annotated[float, Field(ge=-2, le=2)]


def show(scene: Scene) -> None:
    """Show the map of the first member that encodes; of the first one's own samples where nothing can be encoded."""
    if parts.waiting_for_engine():
        return
    card = scene.entries[0].card
    how = address.choice(
        st.segmented_control,
        "explore.map_how",
        {name: t(f"explore.map_how.{name}") for name in HOW},
        t("explore.map_title"),
        "pca",
        help=t("explore.map_help"),
    )
    real = examples.read(card.dataset, card.shape)
    entry = next((each for each in scene.entries if each.card.encodes), None)
    if entry is None or real is None:
        entry, real = entry or scene.entries[0], None
    name = parts.plain(entry.name)
    with st.spinner(t("explore.map_making")):
        land = _land(entry, how, real)
    if real is None:
        st.caption(t("explore.map_samples", name=name, n=len(land.images)))
        if entry.card.encodes:
            explore_picture.get_real(card.dataset, card.shape)
        else:
            st.caption(t("explore.map_blind", name=name))
    else:
        st.caption(t("explore.map_real", name=name, n=len(land.images), split=numbers.split(real.split)))
    picked = _mount(entry, land, how)
    if land.atlas.shares is not None:
        first, second = land.atlas.shares
        st.caption(t("explore.map_shares", first=first, second=second))
    if picked is not None and entry.card.encodes:
        explore_picture.offer(scene, land.images[picked], key="map")


def _land(entry: Entry, how: str, real: examples.Examples | None) -> Land:
    device, card = parts.chosen_device(), entry.card

    def make() -> Land:
        member = engine.member(entry.name, device, card)
        if real is None:
            z = member.latents(_POINTS, 0)
            images = to_uint8(member.generate(z))
            by = images.reshape(len(images), -1).astype(np.float32)
            return Land(atlas(z[:, : member.walk_dim], how, by=by), z, images, None)
        images = real.images[:_POINTS]
        z = member.encode(from_uint8(images)).float().cpu().numpy()
        labels = None if real.labels is None else real.labels[:_POINTS]
        return Land(atlas(z[:, : member.walk_dim], how), z, images, labels)

    encoder = card.encoder and card.encoder.sha256
    stamp = None if real is None else (real.split, len(real.images))
    return engine.remembered(make, "land", card.digest(), encoder, device, how, stamp)


def _mount(entry: Entry, land: Land, how: str) -> int | None:
    """Mount the map and return which point was pressed last, if any."""
    names = examples.classes(entry.card.dataset) if land.labels is not None else ()
    digest = (entry.card.digest(), parts.chosen_device(), how, land.images[:1].tobytes(), land.labels is None)
    way = partial(_draw, entry, parts.chosen_device(), land)
    style = _STYLE.read_text(encoding="utf-8")
    mount = parts.component("explore_map", '<div class="atlas">\n</div>', css=style, isolate=False)
    told = mount(
        key=_KEY,
        data={
            "address": frames.offer(way, "explore map", *digest),
            "points": np.round((land.atlas.places - land.middle) / land.half, 4).tolist(),
            "labels": None if land.labels is None else land.labels.tolist(),
            "classes": list(names),
            "colours": _COLOURS,
            "side": entry.card.shape[-1],
            "text": {word: t(f"explore.map.{word}") for word in _WORDS},
        },
        on_picked_change=lambda: None,  # the rerun is all that is wanted
        on_again_change=lambda: None,
    )
    picked = told.get("picked")
    return picked if isinstance(picked, int) and 0 <= picked < len(land.images) else None


def _draw(entry: Entry, device: str, land: Land, asked: Mapping[str, Any]) -> frames.Frame:
    """Answer a place: what is drawn there, and the picture of the nearest point, uint8 [2, H, W, C]."""
    wish = _Wish.read(dict(asked))
    x, y = land.middle + land.half * np.array([wish.x, wish.y])
    row = land.atlas.nearest(x, y)
    z = land.latents[row : row + 1].copy()  # what chooses a class or component is that of the nearest point
    code = land.atlas.at(x, y)
    z[0, : len(code)] = code
    drawn = to_uint8(engine.member(entry.name, device, entry.card).generate(z))
    told = {"row": row, "label": None if land.labels is None else int(land.labels[row])}
    return frames.Frame(np.stack([drawn[0], land.images[row]]), told)
