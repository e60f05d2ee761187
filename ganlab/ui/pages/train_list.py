"""All runs: open one, or see at a glance what is going on."""

import streamlit as st

from ganlab import runs
from ganlab.errors import GanlabError
from ganlab.ui.i18n import t

_MOST = 200  # rows


def choose(current: runs.Run | None) -> str | None:
    """Show all runs, the newest first; return the name of one that was asked for."""
    st.subheader(t("train.runs"))
    found = list(reversed(runs.all_runs()))[:_MOST]
    if not found:
        st.info(t("train.no_runs"), icon=":material/info:")
        return None
    names = [run.name for run in found]
    labels = {run.name: label(run) for run in found}
    picked = st.selectbox(
        t("train.open"),
        names,
        index=names.index(current.name) if current is not None and current.name in names else None,
        format_func=lambda name: labels.get(name, name),
        placeholder=t("train.open_which"),
        key=f"train.open.{current.name if current else ''}",
    )
    return picked if picked is not None and (current is None or picked != current.name) else None


def label(run: runs.Run) -> str:
    """Return a run in one line: name, state, progress, what it learns from."""
    state = run.state()
    words = [run.name, t(f"train.state_{state.state}"), f"{state.step:,} / {state.steps:,}"]
    try:
        words.append(run.spec().objective)
    except GanlabError:
        words.append(t("train.no_spec"))
    if (place := runs.position(run)) is not None:
        words.append(t("train.place", place=place))
    return " · ".join(words)
