"""What the layers see: the feature maps of generator, critic and encoder for the outlined picture."""

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from ganlab.errors import GanlabError
from ganlab.members.store import Entry
from ganlab.ui import engine, parts
from ganlab.ui.i18n import t
from ganlab.ui.pages import explore_address as address
from ganlab.ui.pages.explore_scene import Scene
from ganlab.ui.parts.roles import ROLES
from ganlab.ui.parts.strip import strip

if TYPE_CHECKING:
    from ganlab.members.layers import Layer

_COLUMNS = 16
_COLOURS = {"generator": ROLES["generator"], "critic": ROLES["critic"], "encoder": ROLES["code"]}


def show(scene: Scene) -> None:
    """Look into one of the members on the canvas."""
    if parts.waiting_for_engine():
        return
    names = {entry.name: entry.name for entry in scene.entries}
    entry = scene.entries[0]
    if len(names) > 1:
        chosen = address.choice(st.segmented_control, "explore.into", names, t("explore.into"), entry.name)
        entry = next(each for each in scene.entries if each.name == chosen)
    try:
        found = _seen(scene, entry)
    except GanlabError as error:
        st.info(parts.spoken(error), icon=":material/info:")
        return
    st.caption(t("explore.layers_told", name=parts.plain(entry.name), picture=scene.row + 1))
    for role, layers in found.items():
        for place, layer in enumerate(layers, 1):
            shape = " × ".join(map(str, layer.shape))
            head = [
                f"{t(f'explore.role.{role}')} {place}",
                t("explore.layer_shape", shape=shape),
                t("explore.layer_shown", count=len(layer.maps)) if 1 < len(layer.maps) < layer.shape[0] else "",
                t("explore.layer_strongest", strongest=layer.strongest),
            ]
            alt = t("explore.layer_alt", role=t(f"explore.role.{role}"), place=place)
            pictures = [each[:, :, None] for each in layer.maps]
            strip(pictures, [""] * len(pictures), alt, columns=_COLUMNS, head=head, colour=_COLOURS[role])


def _seen(scene: Scene, entry: Entry) -> "dict[str, list[Layer]]":
    from ganlab.fusion.walking import Walker
    from ganlab.members.layers import seen

    device, recipe = parts.chosen_device(), scene.recipe(members=(entry.name,), blend=None)

    def make() -> "dict[str, list[Layer]]":
        walker = Walker(recipe, lambda name: engine.member(name, device))
        z = walker.latents(0, *recipe.place)[scene.row : scene.row + 1]
        return seen(engine.member(entry.name, device, entry.card), np.ascontiguousarray(z), recipe.label)

    return engine.remembered(make, "layers", entry.card.digest(), device, scene.row, recipe.model_dump_json())
