"""The pages and what stands beside all of them. Streamlit runs this file on every interaction."""

from pathlib import Path

import streamlit as st

from ganlab.ui import parts
from ganlab.ui.i18n import t
from ganlab.ui.parts import language

_ICON = str(Path(__file__).parents[1] / "web" / "icon.svg")


def main() -> None:
    """Show the page that was asked for."""
    # The sidebar starts closed: a projector's 1280 pixels belong to the pictures.
    language.settle()
    st.set_page_config(page_title=t("app.name"), page_icon=_ICON, layout="wide", initial_sidebar_state="collapsed")
    page = st.navigation(list(parts.pages().values()), position="top")
    parts.style()
    parts.sidebar()
    parts.told(page.run)


main()
