"""Weights of a mixture learned from real pictures, and what they promise; the work is a job's."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from ganlab.members.store import Entry
from ganlab.ui import jobs, parts
from ganlab.ui.i18n import t
from ganlab.ui.parts.jobs_shown import jobs_shown

_AWAITED = "fuse.learning"  # the command whose weights this visitor waits for
_STEP = 0.01  # of a slider


def command(entries: Sequence[Entry]) -> tuple[str, ...]:
    """Return the verb that learns the weights of a mixture of these members."""
    return jobs.verb("forecast", *(entry.name for entry in entries), "--json", "--progress", "json")


def take(entries: Sequence[Entry], rule: str, set_weights: Callable[[Sequence[float]], None]) -> None:
    """Give the sliders, before they are shown, the weights that this visitor asked for, once they are known."""
    if _fits(entries, rule) and st.session_state.get(_AWAITED) == command(entries) and (told := _told(entries)):
        del st.session_state[_AWAITED]
        set_weights([round(round(weight / _STEP) * _STEP, 2) for weight in told["weights"]])


def button(entries: Sequence[Entry], rule: str) -> None:
    """Offer to learn weights, where the rule is one whose weights can be learned."""
    if _fits(entries, rule):
        st.button(
            t("fuse.learned"),
            icon=":material/school:",
            key="fuse.learned",
            help=t("fuse.learned_help"),
            on_click=_ask,
            args=(command(entries),),
        )


def show(entries: Sequence[Entry], rule: str) -> None:
    """Show how far the learning is, and what was learned."""
    if not _fits(entries, rule):
        return
    jobs_shown({command(entries): t("fuse.learning")}, key="fuse.job")
    if told := _told(entries):
        like, saved = told["mean_correlation"], told["gain"]
        best = parts.plain(told["best_member"])
        alike = "" if like is None else t("fuse.alike", correlation=like) + " "
        st.caption(alike + t("fuse.promise", saved=saved, best=best))


def _fits(entries: Sequence[Entry], rule: str) -> bool:
    return rule == "mixture" and len(entries[0].card.shape) == 3


def _told(entries: Sequence[Entry]) -> dict[str, Any] | None:
    """Return what the newest job of these members has answered."""
    job = jobs.find(command(entries))
    return json.loads(job.answer) if job is not None and job.state == "done" else None


def _ask(asked: tuple[str, ...]) -> None:
    if parts.done(lambda: jobs.ask(asked)):
        st.session_state[_AWAITED] = asked
