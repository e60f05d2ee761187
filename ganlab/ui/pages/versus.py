"""VAE vs GAN: of one dataset a VAE, a GAN and a VAE-GAN side by side, in pictures and in numbers."""

from collections.abc import Callable

import streamlit as st

from ganlab.members.store import catalogue
from ganlab.ui import parts
from ganlab.ui.i18n import t
from ganlab.ui.pages import (
    versus_choose,
    versus_draw,
    versus_maps,
    versus_rebuild,
    versus_stages,
    versus_tradeoff,
    versus_train,
)
from ganlab.ui.pages.versus_choose import Chosen
from ganlab.ui.parts import address

_VIEW = "versus.view"
VIEWS: dict[str, Callable[[Chosen], None]] = {
    "draw": versus_draw.show,
    "rebuild": versus_rebuild.show,
    "maps": versus_maps.show,
    "stages": versus_stages.show,
    "tradeoff": versus_tradeoff.show,
    "train": versus_train.show,
}


def page() -> None:
    """Choose the three and a view of them."""
    wishes = address.wishes("versus")
    heading, choice = st.columns([3, 9], vertical_alignment="top", gap="medium")
    heading.title(t("versus.title"))
    heading.caption(t("versus.about"))
    notices = st.container()
    with choice:
        chosen = versus_choose.choose(catalogue())
    if chosen is None:
        st.info(t("versus.none"), icon=":material/info:")
        view = "train"
    else:
        versus_choose.told_missing(chosen)
        with choice:
            view = _view()
    if not parts.waiting_for_engine():
        VIEWS[view](chosen)
    with notices:
        address.tell("versus", wishes)
    parts.looking(t("versus.what_told"))


def _view() -> str:
    """Ask what to look at; only that is drawn."""
    if (wanted := address.asked(_VIEW)) and wanted[0] in VIEWS:
        st.session_state[_VIEW] = wanted[0]
    elif wanted:
        address.ignore(_VIEW, t("versus.no_such", value=wanted[0], known=", ".join(VIEWS)))
    first = next(iter(VIEWS))
    if st.session_state.get(_VIEW) not in VIEWS:
        st.session_state[_VIEW] = first
    view = st.segmented_control(
        t("versus.view"),
        list(VIEWS),
        format_func=lambda name: t(f"versus.view_{name}"),
        required=True,
        key=_VIEW,
        on_change=address.follow,
        args=(_VIEW,),
        persist_state="session",
        label_visibility="collapsed",
    )
    address.keep(_VIEW, [view], [first])
    return view
