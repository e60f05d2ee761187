"""The fusion: several members draw from the same latents, and a rule makes one picture of theirs."""

import streamlit as st

from ganlab.members.store import catalogue
from ganlab.ui import parts
from ganlab.ui.i18n import t
from ganlab.ui.pages import fuse_choose, fuse_link, fuse_panel, fuse_recipe, fuse_table


def page() -> None:
    """Choose members, then weigh, walk, keep and share their fusion."""
    asked = fuse_link.asked()
    shelf = catalogue()
    title, choice = st.columns([5, 7], vertical_alignment="top", gap="medium")
    title.title(t("fuse.title"))
    notices = st.container()
    with choice:
        chosen = fuse_choose.members(shelf)
    if chosen is None:  # nothing to choose from: the page has said so
        return
    if len(chosen) < 2:
        st.info(t("fuse.pick_two"), icon=":material/info:")
    else:
        fuse_panel.show(chosen)
        parts.looking(t("fuse.what_told"))
        fuse_table.show(chosen[0].card.dataset)
    parts.dropped("fuse.dropped", fuse_recipe.take_file)
    with notices:
        fuse_link.tell(asked, shelf, chosen)
    parts.go_on_when_ready()
