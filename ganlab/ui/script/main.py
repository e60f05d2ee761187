"""The pages and what stands beside all of them. Streamlit runs this file on every interaction."""

from pathlib import Path

import streamlit as st

from ganlab.ui import parts, rights
from ganlab.ui.i18n import t
from ganlab.ui.parts import language, lesson, lesson_link, tour, who

_ICON = str(Path(__file__).parents[1] / "web" / "icon.svg")


def main() -> None:
    """Show the page that was asked for."""
    # The sidebar starts closed: a projector's 1280 pixels belong to the pictures.
    language.settle()
    rights.settle()
    title = who.title(t("app.name"))
    st.set_page_config(page_title=title, page_icon=_ICON, layout="wide", initial_sidebar_state="collapsed")
    pages = list(parts.pages().values())
    page = st.navigation(pages, position="top")
    parts.style()
    parts.sidebar()
    tour.show(first=page.url_path == pages[0].url_path)
    who.mark()
    lesson.settle(page.url_path or "gallery")
    lesson.show()
    with st.sidebar:
        lesson_link.offer(page.url_path or "gallery")
    parts.told(page.run)
    lesson.keep()


main()
