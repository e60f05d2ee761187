"""What the Ensembles page's address carries, so that a second tab, a phone or a class sees the same."""

import streamlit as st

RUN = "ensembles.run"


def open_run(name: str | None) -> None:
    """Make the address name a run, or none: the form."""
    st.query_params.pop(RUN, None)
    if name is not None:
        st.query_params[RUN] = name
