"""Train: ask for a run, watch it, keep what came of it."""

import streamlit as st

from ganlab import runs
from ganlab.errors import GanlabError
from ganlab.ui import parts
from ganlab.ui.i18n import t
from ganlab.ui.pages import train_form, train_list, train_run
from ganlab.ui.pages.train_address import RUN, open_run
from ganlab.ui.parts.kinds import is_ensemble


def page() -> None:
    """Show the run that the address names, or the form for a new one above all runs."""
    run = _named()
    if run is not None and is_ensemble(run):
        st.info(t("train.is_ensemble", name=parts.plain(run.name)), icon=":material/info:")
        parts.link("ensembles", t("train.to_ensembles"), {"ensembles.run": run.name})
        return
    if run is not None:
        train_run.show(run)
        return
    st.title(t("train.title"))
    train_form.show(open_run)
    train_list.show()
    parts.looking(t("train.what_told"))
    parts.go_on_when_ready()


def _named() -> runs.Run | None:
    name = st.query_params.get(RUN)
    if name is None:
        return None
    try:
        return runs.find(name)
    except GanlabError as error:
        parts.complain(error)
        return None
