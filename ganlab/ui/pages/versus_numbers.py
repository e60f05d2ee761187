"""The numbers of the three from their cards, all to one question, and the ways to measure them again."""

from collections.abc import Mapping

import streamlit as st

from ganlab.members.card import Measurement
from ganlab.ui import parts
from ganlab.ui.i18n import t
from ganlab.ui.pages import compare_measure, compare_sets, compare_table, versus_choose
from ganlab.ui.pages.compare_sets import Question
from ganlab.ui.pages.versus_choose import Chosen
from ganlab.ui.parts import numbers

SET = "versus.set"
MEASURES = ("sharpness", "diversity", "fid", "precision", "recall", "reconstruction")

Answers = Mapping[str, Measurement]


def choose(chosen: Chosen) -> tuple[Question, dict[str, Measurement]]:
    """Ask which numbers to show; return the question, and the answers on the cards by kind."""
    question = compare_sets.choose(list(chosen.entries.values()), SET)
    found = {kind: question.answer(entry.card) for kind, entry in chosen.entries.items()}
    return question, {kind: answer for kind, answer in found.items() if answer is not None}


def show(chosen: Chosen, question: Question, answers: Answers) -> None:
    """Show the numbers, what they say in words, and how to get others."""
    entries = list(chosen.entries.values())
    compare_measure.going_on(entries)
    compare_measure.offer(entries, question)
    if answers:
        st.markdown(_table(chosen, answers))
        if said := sentences(answers):
            st.markdown(" ".join(said))
        notes = dict.fromkeys(note for answer in answers.values() for note in answer.notes)
        st.caption("  \n".join([t("versus.table_note"), *map(parts.spoken, notes)]))
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        compare_measure.others(entries, SET)
        parts.link("compare", t("versus.to_compare"), {"compare.members": chosen.names})


def sentences(answers: Answers) -> list[str]:
    """Return in words what the numbers say of sharpness, of distance to real pictures and of rebuilding."""
    said = []
    floor = compare_table.floor_of("sharpness", answers)
    if floor and (sharp := _values("sharpness", answers)):
        shares = t("versus.and").join(
            t("versus.share_of", kind=versus_choose.title(kind), share=value / floor) for kind, value in sharp.items()
        )
        said.append(t("versus.said_sharpness", shares=shares))
        if len(sharp) > 1 and min(sharp, key=sharp.get) == "vae":
            said.append(t("versus.why_soft"))
    return [*said, *_ends("fid", "versus.said_fid", answers), *rebuilding(answers)]


def rebuilding(answers: Answers) -> list[str]:
    """Return in words who rebuilds real pictures best, and by what that was measured."""
    return _ends("reconstruction", "versus.said_reconstruction", answers)


def _ends(measure: str, text: str, answers: Answers) -> list[str]:
    """Return a sentence of the lowest and the highest number, where there are two."""
    values = _values(measure, answers)
    if len(values) < 2:
        return []
    first, last = min(values, key=values.get), max(values, key=values.get)
    told = {"best": versus_choose.title(first), "worst": versus_choose.title(last)}
    return [t(text, **told, low=numbers.figure(values[first]), high=numbers.figure(values[last]))]


def _values(measure: str, answers: Answers) -> dict[str, float]:
    return {kind: each.numbers[measure].value for kind, each in answers.items() if measure in each.numbers}


def _table(chosen: Chosen, answers: Answers) -> str:
    """Return a table in Markdown: a row a measure, a column a kind, and one of real pictures."""
    heads = [f"{versus_choose.title(kind)}" for kind in chosen.entries]
    rows = ["| " + " | ".join(["", *heads, compare_table.real(answers)]) + " |", "|" + "---|" * (len(heads) + 2)]
    for measure in MEASURES:
        if not any(measure in each.numbers for each in answers.values()):
            continue
        best = compare_table.best(measure, answers)
        cells = [_cell(answers.get(kind), measure, kind in best) for kind in chosen.entries]
        floor = compare_table.floor_of(measure, answers)
        cells.append("" if floor is None else parts.plain(numbers.figure(floor)))
        rows.append("| " + " | ".join([f"**{parts.plain(numbers.title(measure))}**", *cells]) + " |")
    return "\n".join(rows)


def _cell(answer: Measurement | None, measure: str, best: bool) -> str:
    if answer is None or measure not in answer.numbers:
        return "–"
    told = parts.plain(numbers.interval(answer.numbers[measure]))
    return f"★ **{told}**" if best else told
