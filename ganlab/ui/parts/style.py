"""The style sheet that all pages share."""

from pathlib import Path

import streamlit as st

_SHEET = Path(__file__).parents[1] / "web" / "ganlab.css"


def style() -> None:
    """Apply ``web/ganlab.css``."""
    st.html(_SHEET)
