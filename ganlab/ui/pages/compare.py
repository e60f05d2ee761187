"""Compare: what was measured of several members, side by side, and never numbers of two questions in one column."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import streamlit as st

from ganlab.members.card import Measurement
from ganlab.members.store import Entry, catalogue
from ganlab.metrics import MEASURES
from ganlab.ui import parts
from ganlab.ui.i18n import t
from ganlab.ui.pages import (
    compare_augment,
    compare_charts,
    compare_choose,
    compare_detect,
    compare_guess,
    compare_measure,
    compare_sets,
    compare_side,
    compare_table,
)
from ganlab.ui.pages.compare_address import MEASURE
from ganlab.ui.parts import address, numbers

if TYPE_CHECKING:
    from plotly.graph_objects import Figure


def page() -> None:
    """Choose members and numbers, then see them as table, charts and pictures."""
    shelf, wishes = catalogue(), address.wishes("compare")
    title, choice = st.columns([4, 8], vertical_alignment="top", gap="medium")
    title.title(t("compare.title"))
    title.caption(t("compare.about"))
    if not shelf.entries:
        st.info(t("compare.none"), icon=":material/info:")
        parts.link("train", t("compare.to_train"))
        return
    notices = st.container()
    with choice:
        chosen = compare_choose.members(shelf)
        question = compare_sets.choose(chosen) if chosen else None
    if question is None:
        st.info(t("compare.pick"), icon=":material/info:")
    else:
        _compare(chosen, question)
    with notices:
        address.tell("compare", wishes)
    parts.go_on_when_ready()


def _compare(entries: Sequence[Entry], question: compare_sets.Question) -> None:
    answers = {entry.name: answer for entry in entries if (answer := question.answer(entry.card)) is not None}
    compare_measure.going_on(entries)
    compare_measure.offer(entries, question)
    if answers:
        compare_table.show([entry.name for entry in entries], answers)
    said, doors = st.columns([7, 5], gap="medium")
    if answers:
        notes = dict.fromkeys(note for answer in answers.values() for note in answer.notes)
        said.caption("  \n".join([t("compare.table_note"), *map(parts.spoken, notes)]))
    with doors, st.container(horizontal=True, horizontal_alignment="right", gap="small"):
        compare_measure.others(entries)
        if answers:
            _download(answers, entries[0].card.dataset)
    _pictures(entries, answers, question)
    compare_augment.show(entries)
    compare_detect.show(entries)
    parts.looking(t("compare.what_told"))
    _meanings()


@parts.fragment
def _pictures(entries: Sequence[Entry], answers: Mapping[str, Measurement], question: compare_sets.Question) -> None:
    """Show charts and samples; only this part runs again when another measure is chosen."""
    measure, order = None, [entry.name for entry in entries]
    if answers:
        left, right = st.columns(2, gap="medium")
        with left:
            measure = _measure(compare_table.columns(answers))
            alt = t("compare.bars_alt", measure=numbers.title(measure))
            compare_charts.show(_bars(measure, answers, order), alt, key="compare.bars")
            st.caption(t(f"compare.better_{MEASURES[measure].facts['better'] or 'real'}"))
        if {"precision", "recall"} <= set(compare_table.columns(answers)):
            with right:
                st.markdown(f"**{t('compare.plane')}**")
                compare_charts.show(compare_charts.plane(answers, order), t("compare.plane_alt"), key="compare.plane")
    if measure is not None:
        compare_guess.ask(entries, question, measure)
    compare_side.show(entries, answers, measure)


def _bars(measure: str, answers: Mapping[str, Measurement], order: Sequence[str]) -> "Figure":
    found = {name: answer.numbers[measure] for name, answer in answers.items() if measure in answer.numbers}
    colours = [compare_charts.colour(order.index(name)) for name in found]
    floor = compare_table.floor_of(measure, answers)
    return compare_charts.bars(found, colours, None if floor is None else (compare_table.real(answers), floor))


def _measure(known: Sequence[str]) -> str:
    """Ask which measure the bars show."""
    if wanted := address.asked(MEASURE):
        if wanted[0] in known:
            st.session_state[MEASURE] = wanted[0]
        else:
            address.ignore(MEASURE, t("compare.no_such_measure", value=wanted[0], known=", ".join(known)))
    if st.session_state.get(MEASURE) not in known:
        st.session_state[MEASURE] = known[0]
    chosen = st.selectbox(
        t("compare.measure_shown"),
        known,
        format_func=numbers.title,
        key=MEASURE,
        on_change=address.follow,
        args=(MEASURE,),
        persist_state="session",
        help=t("compare.measure_shown_help"),
    )
    address.keep(MEASURE, [chosen], [known[0]])
    return chosen


def _download(answers: Mapping[str, Measurement], dataset: str) -> None:
    st.download_button(
        t("compare.csv"),
        data=lambda: compare_table.as_csv(answers),
        file_name=f"ganlab-{dataset.rsplit('/', 1)[-1]}.csv",
        mime="text/csv",
        icon=":material/download:",
        key="compare.csv",
        on_click="ignore",
        help=t("compare.csv_help"),
    )


def _meanings() -> None:
    """Say what each number means, and where it misleads."""
    with st.expander(t("compare.meanings"), icon=":material/help:"):
        st.markdown(t("compare.pitfalls"))
        for measure in MEASURES.names:
            st.markdown(f"**{numbers.title(measure)}.** {t(f'compare.meaning.{measure}')}")
