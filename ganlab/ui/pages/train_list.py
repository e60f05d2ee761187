"""All runs: open one, or see at a glance what is going on."""

import streamlit as st

from ganlab import runs
from ganlab.errors import GanlabError
from ganlab.runs.folder import LIVE
from ganlab.ui import parts
from ganlab.ui.i18n import t
from ganlab.ui.pages.train_address import open_run
from ganlab.ui.parts.kinds import trainings

_FEW = 8  # rows shown at first
_REFRESH = 3.0  # seconds, while something is going on
_COLOURS = {"running": "primary", "finished": "green", "failed": "red", "interrupted": "orange"}


def show() -> None:
    """Show all runs, the newest first."""
    st.subheader(t("train.runs"))
    going_on = any(run.state().state in (*LIVE, "queued") for run in trainings())
    st.fragment(_rows, run_every=_REFRESH if going_on else None)()


def _rows() -> None:
    found = list(reversed(trainings()))
    if not found:
        st.info(t("train.no_runs"), icon=":material/info:")
        return
    few = found
    if len(found) > _FEW and not st.session_state.get("train.all_runs"):
        few = found[:_FEW]
    for run in few:
        _row(run)
    if len(found) > _FEW:
        st.toggle(t("train.all_runs", count=len(found)), key="train.all_runs")


def _row(run: runs.Run) -> None:
    state = run.state()
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if st.button(run.name, key=f"train.open.{run.name}", type="tertiary", help=t("train.open_help")):
            open_run(run.name)
            st.rerun()
        st.badge(t(f"train.state_{state.state}"), color=_COLOURS.get(state.state, "gray"))
        st.caption(_told(run, state), width="stretch")


def _told(run: runs.Run, state: runs.State) -> str:
    """Return what it learns from and how far it is, in one line."""
    words = [t("train.progress", step=state.step, steps=state.steps)]
    if (place := runs.position(run)) is not None:
        words.insert(0, t("train.place", place=place))
    try:
        spec = run.spec()
    except GanlabError:
        words.append(t("train.no_spec"))
    else:
        told = {name: parts.plain(getattr(spec, name)) for name in ("network", "dataset", "objective", "seed")}
        words.append(t("train.told", **told))
    if state.message and state.state in ("failed", "interrupted"):
        words.append(parts.plain(state.message, 160))
    return " · ".join(words)
