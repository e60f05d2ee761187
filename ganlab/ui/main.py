"""The pages and what stands beside all of them. Streamlit runs this file on every interaction."""

import streamlit as st

from ganlab.ui import parts
from ganlab.ui.i18n import t
from ganlab.ui.pages import fuse, gallery, train


def main() -> None:
    """Show the page that was asked for."""
    st.set_page_config(page_title=t("app.name"), page_icon="🜁", layout="wide", initial_sidebar_state="auto")
    page = st.navigation(
        [
            st.Page(gallery.page, title=t("app.gallery"), icon=":material/grid_view:", url_path="gallery", default=True),
            st.Page(train.page, title=t("app.train"), icon=":material/show_chart:", url_path="train"),
            st.Page(fuse.page, title=t("app.fuse"), icon=":material/merge:", url_path="fuse"),
        ],
        position="top",
    )
    parts.sidebar()
    parts.told(page.run)


main()
