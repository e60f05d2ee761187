"""The latent explorer: pictures that follow the pointer through the space they are drawn from."""

import streamlit as st

from ganlab.members.store import catalogue
from ganlab.ui import parts
from ganlab.ui.i18n import t
from ganlab.ui.pages import explore_address, explore_choose, explore_film, explore_panel
from ganlab.ui.parts import address


def page() -> None:
    """Choose members, then walk."""
    asked = address.wishes("explore")
    title, choice = st.columns([5, 7], vertical_alignment="top", gap="medium")
    title.title(t("explore.title"))
    title.caption(t("explore.about"))
    notices = st.container()
    with choice:
        chosen = explore_choose.members(catalogue())
    if chosen is None:
        return
    if chosen:
        explore_panel.show(chosen)
    else:
        st.info(t("explore.pick_one"), icon=":material/info:")
    parts.dropped("explore.dropped_anywhere", explore_film.take_file)
    with notices:
        address.tell("explore", asked, explore_address.READ_HERE)
    parts.looking(t("explore.what_told"))
    parts.go_on_when_ready()
