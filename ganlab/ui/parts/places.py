"""The pages by name, for the navigation and for links from one page to another."""

from collections.abc import Callable
from importlib import import_module

import streamlit as st

from ganlab.ui.i18n import t


def pages() -> dict[str, "st.Page"]:
    """Return all pages in the order of the navigation; the first one opens."""
    return {
        "gallery": st.Page(
            _run("gallery"), title=t("app.gallery"), icon=":material/grid_view:", url_path="gallery", default=True
        ),
        "fuse": st.Page(_run("fuse"), title=t("app.fuse"), icon=":material/merge:", url_path="fuse"),
        "explore": st.Page(_run("explore"), title=t("app.explore"), icon=":material/explore:", url_path="explore"),
        "versus": st.Page(_run("versus"), title=t("app.versus"), icon=":material/compare:", url_path="versus"),
        "plane": st.Page(_run("plane"), title=t("app.plane"), icon=":material/scatter_plot:", url_path="plane"),
        "train": st.Page(_run("train"), title=t("app.train"), icon=":material/show_chart:", url_path="train"),
        "ensembles": st.Page(
            _run("ensembles"), title=t("app.ensembles"), icon=":material/account_tree:", url_path="ensembles"
        ),
        "compare": st.Page(_run("compare"), title=t("app.compare"), icon=":material/leaderboard:", url_path="compare"),
    }


def link(place: str, label: str, query: dict[str, str | list[str]] | None = None) -> None:
    """Show a link to a page within this visit.

    Args:
        place: A name out of ``pages``.
        label: What it says.
        query: What the page's address should carry.
    """
    page = pages()[place]
    st.page_link(page, label=label, icon=page.icon, query_params=query)


def _run(name: str) -> Callable[[], None]:
    # Pages are imported when they run: they use these parts themselves.
    return lambda: import_module(f"ganlab.ui.pages.{name}").page()
