"""The gallery page."""

import streamlit as st

from ganlab.ui import parts
from ganlab.ui.i18n import t


def page() -> None:
    """Show it."""
    st.title(t("gallery.title"))
    if parts.waiting_for_engine():
        return
