"""All runs: open one, or see at a glance what is going on."""

from collections.abc import Callable

import streamlit as st

from ganlab import runs
from ganlab.errors import GanlabError
from ganlab.runs.folder import LIVE
from ganlab.spec import EnsembleSpec, MemberSpec
from ganlab.ui import parts, rights
from ganlab.ui.i18n import t
from ganlab.ui.live import minutes_silent
from ganlab.ui.pages import train_wishes
from ganlab.ui.pages.train_address import open_run
from ganlab.ui.parts.kinds import trainings

_TOLD = ("network", "dataset", "objective", "seed")
_FEW = 8  # rows shown at first
_REFRESH = 3.0  # seconds, while something is going on
_COLOURS = {"running": "primary", "finished": "green", "failed": "red", "interrupted": "orange"}


def told_training(spec: MemberSpec | EnsembleSpec) -> str:
    """Return what a training asks for, in a few words."""
    return t("train.told", **{name: parts.plain(getattr(spec, name)) for name in _TOLD})


def show(
    of: Callable[[], list[runs.Run]] = trainings,
    none: str = "train.no_runs",
    opened: Callable[[str], None] = open_run,
    told: Callable[[MemberSpec | EnsembleSpec], str] = told_training,
) -> None:
    """Show runs, the newest first.

    Args:
        of: Which.
        none: The text that is shown where there are none.
        opened: Makes the address name one.
        told: What a spec asks for, in a few words.
    """
    st.subheader(t("train.runs"))
    going_on = any(run.state().state in (*LIVE, "queued") for run in of())

    @st.fragment(run_every=_REFRESH if going_on else None)
    def rows() -> None:
        _rows(of(), none, opened, told)

    rows()


def _rows(
    found: list[runs.Run], none: str, opened: Callable[[str], None], told: Callable[[MemberSpec | EnsembleSpec], str]
) -> None:
    found = list(reversed(found))
    if not found:
        st.info(t(none) if rights.may("train") else t("rights.nothing_yet"), icon=":material/info:")
        return
    few = found
    if len(found) > _FEW and not st.session_state.get("train.all_runs"):
        few = found[:_FEW]
    for run in few:
        _row(run, opened, told)
    if len(found) > _FEW:
        st.toggle(t("train.all_runs", count=len(found)), key="train.all_runs")


def _row(run: runs.Run, opened: Callable[[str], None], told: Callable[[MemberSpec | EnsembleSpec], str]) -> None:
    state = run.state()
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if st.button(run.name, key=f"train.open.{run.name}", type="tertiary", help=t("train.open_help")):
            opened(run.name)
            st.rerun()
        st.badge(t(f"train.state_{state.state}"), color=_COLOURS.get(state.state, "gray"))
        if state.state == "interrupted":  # nobody asked for it: the next step is at hand
            train_wishes.resume(run, f"train.resume.{run.name}")
        st.caption(_told(run, state, told), width="stretch")


def _told(run: runs.Run, state: runs.State, told: Callable[[MemberSpec | EnsembleSpec], str]) -> str:
    """Return what it learns from and how far it is, in one line."""
    words = [t("train.progress", step=state.step, steps=state.steps)]
    if (place := runs.position(run)) is not None:
        words.insert(0, t("train.place", place=place))
    try:
        spec = run.spec()
    except GanlabError:
        words.append(t("train.no_spec"))
    else:
        words.append(told(spec))
    if minutes := minutes_silent(run):
        words.insert(0, t("train.silent", minutes=minutes))
    if state.message and state.state in ("failed", "interrupted"):
        words.append(parts.spoken(state.message, 160))
    return " · ".join(words)
