"""One run on the page: how it stands, its live curves and pictures, what may be done with it, what came of it."""

import streamlit as st

from ganlab import runs
from ganlab.errors import GanlabError
from ganlab.runs.folder import LIVE
from ganlab.spec import MemberSpec
from ganlab.ui import parts, rights
from ganlab.ui.i18n import t
from ganlab.ui.pages import train_guess, train_keep, train_wishes
from ganlab.ui.pages.train_address import COMPARED, open_run
from ganlab.ui.pages.train_list import told_training
from ganlab.ui.parts.kinds import trainings
from ganlab.ui.parts.run_live import run_live

_MOST_COMPARED = 4  # further runs in one figure; more are a tangle


def show(run: runs.Run) -> None:
    """Show a run; it is followed by itself, and this page runs again when its state changes."""
    try:
        spec = run.spec()
    except GanlabError as error:
        parts.complain(error)
        train_wishes.delete(run)
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{parts.plain(run.name)}** · {told_training(spec)}", width="stretch")
        st.button(t("train.new"), icon=":material/add:", key="train.new", on_click=open_run, args=(None,))
    above = st.container()
    others = _compared(run)
    with above:
        _watch(run, spec, others)
    with st.expander(t("train.asked"), icon=":material/data_object:"):
        st.json(spec.model_dump(exclude_none=True))
    log(run)
    parts.looking(t("train.what_told"))


def log(run: runs.Run) -> None:
    """Show, folded away, what the worker said; it names places on this machine, which are no visitor's to know."""
    if rights.may("steer"):
        with st.expander(t("train.log"), icon=":material/terminal:"):
            st.code(run.log_tail() or t("train.log_empty"), language=None)


@parts.fragment
def _watch(run: runs.Run, spec: MemberSpec, others: list[tuple[runs.Run, MemberSpec]]) -> None:
    """Show what changes with the run's state; the live view asks for another look when it does."""
    if not run.folder.is_dir():
        st.info(t("train.gone"), icon=":material/info:")
        return
    state = run.state()
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="train_wishes"):
        train_wishes.offer(run, state)
        if state.state in ("finished", "stopped"):
            train_keep.offer(run, spec)
        if state.state not in LIVE:
            train_wishes.delete(run)
    run_live([(run, spec), *others], state.state, key=f"train.live.{run.name}")
    train_guess.ask(run, spec, state)


def _compared(run: runs.Run) -> list[tuple[runs.Run, MemberSpec]]:
    """Ask which other runs to lay over the curves; the address says so too."""
    found = {each.name: each for each in reversed(trainings()) if each.name != run.name}
    if not found:
        return []
    asked = [name for name in st.query_params.get_all(COMPARED) if name in found][:_MOST_COMPARED]
    chosen = st.multiselect(
        t("train.compare"),
        list(found),
        default=asked,
        key=f"{COMPARED}.{run.name}",
        max_selections=_MOST_COMPARED,
        placeholder=t("train.compare_which"),
        help=t("train.compare_help"),
    )
    if chosen != st.query_params.get_all(COMPARED):
        st.query_params[COMPARED] = chosen
    readable = []
    for name in chosen:
        try:
            readable.append((found[name], found[name].spec()))
        except GanlabError as error:
            parts.complain(error)
    return readable
