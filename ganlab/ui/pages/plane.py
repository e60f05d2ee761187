"""The plane: training and fusion of members that draw points, where everything can be seen at once."""

import streamlit as st

from ganlab.ui import parts
from ganlab.ui.i18n import t
from ganlab.ui.pages import plane_fuse, plane_table, plane_train
from ganlab.ui.pages.plane_address import Setting, one_of
from ganlab.ui.parts import address

_VIEWS = {"train": plane_train.show, "fuse": plane_fuse.show, "table": plane_table.show}
VIEW = Setting("plane.view", "train", one_of(list(_VIEWS)))


def page() -> None:
    """Train a member in the plane, fuse several, or read the table."""
    wishes = address.wishes("plane")
    title, choice = st.columns([7, 5], vertical_alignment="bottom", gap="medium")
    title.title(t("plane.title"))
    title.caption(t("plane.about"))
    VIEW.settle()
    with choice:
        view = st.segmented_control(
            t("plane.view"),
            list(_VIEWS),
            required=True,
            format_func=lambda name: t(f"plane.views.{name}"),
            key=VIEW.key,
            on_change=VIEW.follow,
            label_visibility="collapsed",
        )
    notices = st.container()
    if not parts.waiting_for_engine():
        _VIEWS[view]()
    with notices:
        address.tell("plane", wishes)
    parts.looking(t(f"plane.what_{view}"))
