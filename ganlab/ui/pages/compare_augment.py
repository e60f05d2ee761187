"""Data augmentation: whether a member's pictures help a classifier that has few real ones. The work is a job's."""

import json
from collections.abc import Sequence

import streamlit as st

from ganlab.members.card import Number
from ganlab.members.store import Entry
from ganlab.ui import deeds, jobs, parts
from ganlab.ui.i18n import t
from ganlab.ui.pages import compare_charts, gallery_facts
from ganlab.ui.parts.jobs_shown import jobs_shown

_FEW, _ADDED, _SEEDS, _LABELS = (5, 10, 20, 50, 100), (200, 500, 1_000, 2_000, 5_000), (3, 5, 10), ("few", "extractor")
_ARMS = ("few", "shifted", "added")
_BEGIN, _REPEAT = 10.0, 8.0  # seconds on two cores: to begin, and a repetition with pictures of 28x28
_ENDS = {"value": "accuracy", "low": "low", "high": "high"}


def show(entries: Sequence[Entry]) -> None:
    """Ask which member and how much, and show what came of it; points have no classes to learn."""
    if len(entries[0].card.shape) != 3:
        return
    with st.expander(t("compare.augment"), icon=":material/school:"):
        st.markdown(t("compare.augment_about"))
        command = _ask([entry.name for entry in entries], entries[0].card.shape)
        jobs_shown({jobs.verb("augment", entry.name): entry.name for entry in entries}, key="compare.augment_job")
        job = jobs.find(command)
        if job is not None and job.state == "done":
            _result(json.loads(job.answer))


def command(member: str, per_class: int, added: int, seeds: int, labels: str) -> tuple[str, ...]:
    """Return the verb that finds it out."""
    asked = {"--per-class": per_class, "--added": added, "--seeds": seeds}
    options = [str(word) for option in asked.items() for word in option]
    options += ["--labels", labels] if labels != _LABELS[0] else []  # unsaid, a conditional member is asked
    return jobs.verb("augment", member, *options, "--json", "--progress", "json")


def _ask(names: Sequence[str], shape: tuple[int, ...]) -> tuple[str, ...]:
    """Return the command of what is asked for, and start it when told to."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        member = st.selectbox(
            t("compare.augment_member"), names, key="compare.augment_member", width=220, persist_state="session"
        )
        per_class = st.select_slider(
            t("compare.per_class"),
            _FEW,
            value=20,
            key="compare.per_class",
            width=170,
            persist_state="session",
            help=t("compare.per_class_help"),
        )
        added = st.select_slider(
            t("compare.added"), _ADDED, value=1_000, key="compare.added", width=170, persist_state="session"
        )
        seeds = st.select_slider(
            t("compare.repeats"),
            _SEEDS,
            value=3,
            key="compare.repeats",
            width=130,
            persist_state="session",
            help=t("compare.repeats_help"),
        )
        labels = st.selectbox(
            t("compare.labels"),
            _LABELS,
            format_func=lambda name: t(f"compare.labels_{name}"),
            key="compare.labels",
            width=220,
            persist_state="session",
            help=t("compare.labels_help"),
        )
        asked = command(member, per_class, added, seeds, labels)
        known = jobs.find(asked)
        seconds = _BEGIN + seeds * _REPEAT * max(1, shape[-1] ** 2 / 28**2)
        st.button(
            t("compare.find_out", time=gallery_facts.duration(seconds)),
            key="compare.find_out",
            type="primary",
            icon=":material/school:",
            **parts.only(asked, known is not None and known.state in (*jobs.LIVE, "done")),
            on_click=lambda: parts.done(lambda: deeds.ask(asked)),
        )
    return asked


def _result(found: dict) -> None:
    """Show the arms as bars, and the verdict in plain words."""
    verdict = st.success if found["helps"] else st.info
    verdict(parts.spoken(found["verdict"]), icon=":material/gavel:")
    arms = {
        t(f"compare.arm_{arm}"): Number(**{end: 100 * found["arms"][arm][name] for end, name in _ENDS.items()})
        for arm in _ARMS
    }
    colours = [compare_charts.colour(place) for place in range(len(arms))]
    compare_charts.show(
        compare_charts.bars(arms, colours, unit=" %"), t("compare.augment_alt"), key="compare.augment_bars"
    )
    st.caption(
        t("compare.augment_told", n_test=found["n_test"], per_class=found["per_class"], count=len(found["seeds"]))
        + " "
        + t(f"compare.told_{found['labels']}")
    )
