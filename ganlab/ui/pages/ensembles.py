"""Ensembles: ask for members trained as one run, watch them, keep them with their mixture."""

import streamlit as st

from ganlab import runs
from ganlab.errors import GanlabError
from ganlab.spec import EnsembleSpec, MemberSpec
from ganlab.ui import parts
from ganlab.ui.i18n import t
from ganlab.ui.pages import ensembles_form, ensembles_run, train_list
from ganlab.ui.pages.ensembles_address import RUN, open_run
from ganlab.ui.parts.kinds import ensembles, is_ensemble


def page() -> None:
    """Show the run that the address names, or the form for a new one above all ensembles."""
    run = _named()
    if run is not None:
        ensembles_run.show(run)
        return
    st.title(t("ensembles.title"))
    st.caption(t("ensembles.about"))
    ensembles_form.show(open_run)
    train_list.show(ensembles, "ensembles.no_runs", open_run, told)
    parts.looking(t("ensembles.what_told"))
    parts.go_on_when_ready()


def told(spec: MemberSpec | EnsembleSpec) -> str:
    """Return what an ensemble asks for, in a few words."""
    return t("ensembles.told", method=spec.method, network=spec.network, dataset=parts.plain(spec.dataset))


def _named() -> runs.Run | None:
    name = st.query_params.get(RUN)
    if name is None:
        return None
    try:
        run = runs.find(name)
    except GanlabError as error:
        parts.complain(error)
        return None
    if is_ensemble(run):
        return run
    parts.complain(t("ensembles.is_none", name=name))
    return None
