"""The choice of a class, for members that can be asked for one."""

from collections.abc import Sequence

import streamlit as st

from ganlab.ui.i18n import t


def class_choice(classes: Sequence[str], key: str) -> int | None:
    """Offer the classes of a conditional member; returns the one asked for, counted from 0, or None for any."""
    if not classes:
        return None
    every = t("app.any_class")
    chosen = st.selectbox(t("app.class"), [every, *classes], key=key, width=150, bind="query-params")
    return None if chosen == every else list(classes).index(chosen)
