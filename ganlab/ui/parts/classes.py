"""The choice of a class, for members that can be asked for one."""

from collections.abc import Sequence

import streamlit as st

from ganlab.ui.i18n import t


def class_choice(classes: Sequence[str], key: str, told: str | None = None) -> int | None:
    """Offer the classes of conditional members; returns the one asked for, counted from 0, or None for any.

    Args:
        classes: Their names; none at all offers nothing.
        key: Of the widget, and in the address.
        told: What its help says.
    """
    if not classes:
        return None
    if st.session_state.get(key) not in (None, *classes):  # another member's, or what a page calls none
        st.session_state[key] = None
    # The address carries a class by its own name and nothing for any of them: a title would end with the language.
    chosen = st.selectbox(
        t("app.class"),
        classes,
        index=None,
        placeholder=t("app.any_class"),
        key=key,
        width=150,
        help=told,
        bind="query-params",
    )
    return None if chosen is None else list(classes).index(chosen)
