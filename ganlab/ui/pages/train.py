"""Train: ask for a run, watch it, keep what came of it."""

import streamlit as st

from ganlab import runs
from ganlab.errors import GanlabError
from ganlab.ui import parts
from ganlab.ui.i18n import t
from ganlab.ui.pages import train_form, train_list, train_run

RUN = "train.run"  # in the address: a second tab, a phone or a class sees the same run


def page() -> None:
    """Show the run in the address, or the form for a new one; below, all runs."""
    st.title(t("train.title"))
    run = _chosen()
    if run is None:
        st.caption(t("train.intro"))
        spec = train_form.form()
        if spec is not None:
            started = runs.create(spec, parts.chosen_device() if parts.engine_ready() else "auto")
            _open(started.name)
    else:
        if st.button(t("train.new"), icon=":material/add:", key="train.new"):
            _open(None)
        train_run.show(run)
    opened = train_list.choose(run)
    if opened is not None:
        _open(opened)
    parts.go_on_when_ready()


def _chosen() -> runs.Run | None:
    name = st.query_params.get(RUN)
    if name is None:
        return None
    try:
        return runs.find(name)
    except GanlabError as error:
        parts.complain(error)
        return None


def _open(name: str | None) -> None:
    if name is None:
        del st.query_params[RUN]
    else:
        st.query_params[RUN] = name
    st.rerun()
