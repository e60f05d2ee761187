"""Weights learned from real pictures, of a mixture or of averaged parameters, and what they promise; a job's work."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from ganlab import files
from ganlab.fusion.options import Value
from ganlab.members.store import Entry
from ganlab.ui import deeds, jobs, parts, rights
from ganlab.ui.i18n import t
from ganlab.ui.pages.fuse_draw import written
from ganlab.ui.parts.jobs_shown import jobs_shown

_AWAITED = "fuse.learning"  # the command whose weights this visitor waits for
_LEARNED = ("mixture", "parameters")
_STEP = 0.01  # of a slider


def command(entries: Sequence[Entry], rule: str, options: Mapping[str, Value]) -> tuple[str, ...]:
    """Return the verb that learns the weights of a rule for these members."""
    names = [entry.name for entry in entries]
    if rule == "mixture":
        return jobs.verb("forecast", *names, "--json", "--progress", "json")
    chosen = [word for name, value in options.items() for word in ("--option", f"{name}={written(value)}")]
    asked = ["fuse", *names, "--rule", rule, "--weights", "learned", *chosen]
    # What it draws is not looked at: the verb wants to be told to do something.
    return jobs.verb(
        *asked, "--n", "1", "--out", str(files.home() / "cache" / "learned.png"), "--json", "--progress", "json"
    )


def take(
    entries: Sequence[Entry], rule: str, options: Mapping[str, Value], set_weights: Callable[[Sequence[float]], None]
) -> None:
    """Give the sliders, before they are shown, the weights that this visitor asked for, once they are known."""
    if not _fits(entries, rule):
        return
    asked = command(entries, rule, options)
    if st.session_state.get(_AWAITED) == asked and (told := _told(asked)):
        del st.session_state[_AWAITED]
        set_weights([round(round(weight / _STEP) * _STEP, 2) for weight in told["weights"]])


def button(entries: Sequence[Entry], rule: str, options: Mapping[str, Value]) -> None:
    """Offer to learn weights, where the rule is one whose weights can be learned."""
    if rights.may("measure") and _fits(entries, rule):
        st.button(
            t("fuse.learned"),
            icon=":material/school:",
            key="fuse.learned",
            help=t(f"fuse.learned_help_{rule}"),
            on_click=_ask,
            args=(command(entries, rule, options),),
        )


def show(entries: Sequence[Entry], rule: str, options: Mapping[str, Value]) -> None:
    """Show how far the learning is, and what was learned."""
    if not _fits(entries, rule):
        return
    asked = command(entries, rule, options)
    jobs_shown({asked: t("fuse.learning")}, key="fuse.job")
    told = _told(asked)
    if told and rule == "mixture":
        like, saved = told["mean_correlation"], told["gain"]
        best = parts.plain(told["best_member"])
        alike = "" if like is None else t("fuse.alike", correlation=like) + " "
        st.caption(alike + t("fuse.promise", saved=saved, best=best))


def _fits(entries: Sequence[Entry], rule: str) -> bool:
    return rule in _LEARNED and len(entries[0].card.shape) == 3


def _told(asked: tuple[str, ...]) -> dict[str, Any] | None:
    """Return what the newest job of a command has answered of weights."""
    job = jobs.find(asked)
    if job is None or job.state != "done":
        return None
    told = json.loads(job.answer)
    return told.get("learned", told)


def _ask(asked: tuple[str, ...]) -> None:
    if parts.done(lambda: deeds.ask(asked)):
        st.session_state[_AWAITED] = asked
