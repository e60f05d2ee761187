"""What am I looking at? A few sentences under a page's title, folded away."""

import streamlit as st

from ganlab.ui.i18n import t


def looking(told: str) -> None:
    """Offer to say what a page shows and how far it can be trusted.

    Args:
        told: Three to six sentences of Markdown.
    """
    with st.expander(t("app.looking"), icon=":material/help:"):
        st.markdown(told)
