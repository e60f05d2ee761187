"""What the Train page's address carries, so that a second tab, a phone or a class sees the same."""

import streamlit as st

RUN = "train.run"
COMPARED = "train.with"
KIND, DATASET = "train.kind", "train.dataset"  # what a link of another page fills the form with


def open_run(name: str | None) -> None:
    """Make the address name a run, or none: the form."""
    for key in (RUN, COMPARED):
        st.query_params.pop(key, None)
    if name is not None:
        st.query_params[RUN] = name
