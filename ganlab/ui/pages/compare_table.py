"""All numbers of one question in a table that sorts, the best of each column marked, and as CSV."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import streamlit as st

from ganlab.members.card import Measurement
from ganlab.metrics import MEASURES
from ganlab.ui.i18n import t
from ganlab.ui.parts import numbers

if TYPE_CHECKING:
    import pandas as pd
    from pandas.io.formats.style import Styler

_BEST, _REAL = "background-color: rgba(0, 158, 115, 0.28)", "background-color: rgba(128, 128, 128, 0.18)"
_BARE = 115
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would work them out


def columns(answers: Mapping[str, Measurement]) -> list[str]:
    """Return the measures that some member has, in the order in which people meet them."""
    return [name for name in MEASURES.names if any(name in each.numbers for each in answers.values())]


def best(measure: str, answers: Mapping[str, Measurement]) -> list[str]:
    """Return who is best in a measure; nobody where all are alike, or where nobody can say what is better."""
    values = {name: each.numbers[measure].value for name, each in answers.items() if measure in each.numbers}
    if len(set(values.values())) < 2:
        return []
    better = MEASURES[measure].facts["better"]
    floor = floor_of(measure, answers)
    if better is None and floor is None:
        return []
    # What should be like that of real pictures is best where it is nearest to theirs.
    loss = {"lower": lambda v: v, "higher": lambda v: -v, None: lambda v: abs(v - (floor or 0.0))}[better]
    least = min(map(loss, values.values()))
    return [name for name, value in values.items() if loss(value) == least]


def floor_of(measure: str, answers: Mapping[str, Measurement]) -> float | None:
    """Return what real training pictures reach in a measure."""
    return next((each.floors[measure] for each in answers.values() if measure in each.floors), None)


def real(answers: Mapping[str, Measurement]) -> str:
    """Return what the row of floors is called."""
    points = any(map(numbers.of_points, answers.values()))
    return t("compare.real_points") if points else t("compare.real")


def show(names: Sequence[str], answers: Mapping[str, Measurement]) -> None:
    """Show members as rows, measures as columns; numbers sort as numbers whatever is written beside them."""
    shown = columns(answers)
    measures = {
        name: st.column_config.NumberColumn(
            numbers.title(name),
            help=t(f"compare.meaning.{name}"),
            alignment="left",
            width=_width(name, answers),
        )
        for name in shown
    }
    member = st.column_config.TextColumn(t("compare.member"), pinned=True)
    st.dataframe(
        styled(names, answers),
        hide_index=True,
        height="content",
        column_config={"member": member} | measures,
        alt=t("compare.table_alt", names=", ".join(names)),
        placeholder=t("compare.unmeasured"),
        key="compare.table",
    )


def styled(names: Sequence[str], answers: Mapping[str, Measurement]) -> "Styler":
    """Return the table: numbers as values, what is shown for them as their style."""
    shown = columns(answers)
    frame = table(names, answers)
    marks = {measure: best(measure, answers) for measure in shown}
    style = frame.style
    for row, name in enumerate(names):
        found = answers[name].numbers if name in answers else {}
        told = {key: _told(numbers.interval(found[key]), name in marks[key]) for key in shown if key in found}
        style = style.format(told, subset=([row], list(told)))
    floors = {
        key: _told(numbers.figure(floor), False) for key in shown if (floor := floor_of(key, answers)) is not None
    }
    style = style.format(floors, subset=([len(names)], list(floors)))

    def colours(table: "pd.DataFrame") -> "pd.DataFrame":
        css = table.astype(object).map(lambda _: "")
        css.iloc[len(names)] = _REAL
        for measure, winners in marks.items():
            css.loc[table["member"].isin(winners) & (table.index < len(names)), measure] = _BEST
        return css

    return style.apply(colours, axis=None)


def table(names: Sequence[str], answers: Mapping[str, Measurement]) -> "pd.DataFrame":
    """Return the bare numbers, a row a member and a last one of real pictures."""
    import pandas as pd

    rows = []
    for name in names:
        found = answers[name].numbers if name in answers else {}
        rows.append({"member": name} | {key: found[key].value if key in found else None for key in columns(answers)})
    rows.append({"member": real(answers)} | {key: floor_of(key, answers) for key in columns(answers)})
    frame = pd.DataFrame(rows, columns=["member", *columns(answers)])
    return frame.astype(dict.fromkeys(columns(answers), float))


def as_csv(answers: Mapping[str, Measurement]) -> bytes:
    """Return a row a member: all numbers, their ends and floors, and what makes them comparable."""
    measures = list(dict.fromkeys(name for each in answers.values() for name, _ in numbers.ordered(each)))
    heads = ["member"]
    for name in measures:
        heads += [name, f"{name}_low", f"{name}_high", f"{name}_floor"]
    asked = ("extractor", "n_fake", "n_real", "split", "seed")
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*map(_harmless, heads), *asked])
    for member, answer in answers.items():
        row: list[object] = [member]
        for name in measures:
            number = answer.numbers.get(name)
            row += [number.value, number.low, number.high] if number else [None] * 3
            row.append(answer.floors.get(name))
        row += [getattr(answer, field) for field in asked]
        writer.writerow([_harmless(each) if isinstance(each, str) else each for each in row])
    return text.getvalue().encode()


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULAS) else text


def _width(measure: str, answers: Mapping[str, Measurement]) -> int | None:
    """Return pixels for a column of bare numbers, whose head and gaps need more room than they do."""
    found = [each.numbers[measure] for each in answers.values() if measure in each.numbers]
    return _BARE if all(number.low is None for number in found) else None


def _told(text: str, best: bool) -> Callable[[float], str]:
    """Return what shows a number as this text."""
    return lambda _: f"★ {text}" if best else text
