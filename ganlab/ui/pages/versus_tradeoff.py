"""The trade-off in one chart: how well real pictures are rebuilt against how real drawn ones are, of all members."""

from typing import TYPE_CHECKING

import streamlit as st

from ganlab.members.card import Measurement
from ganlab.members.store import Entry
from ganlab.metrics.front import undominated
from ganlab.ui import parts
from ganlab.ui.i18n import t
from ganlab.ui.pages import compare_charts, compare_measure, compare_sets, versus_choose, versus_numbers
from ganlab.ui.pages.compare_sets import Question
from ganlab.ui.pages.versus_choose import Chosen
from ganlab.ui.parts import numbers
from ganlab.ui.parts.roles import KINDS, ROLES

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

BOTH = ("reconstruction", "fid")
_OTHER = "#7f7f7f"
_SIDES = {"top center": (0, 1), "bottom center": (0, -1), "middle right": (1, 0), "middle left": (-1, 0)}
_LETTER = 0.0085  # of the chart's width
_SYMBOLS = {"vae": "circle", "gan": "square", "vaegan": "diamond"}


def show(chosen: Chosen) -> None:
    """Show the chart, who is beaten by nobody, and who is not in it."""
    kin = [entry for entry in chosen.kin if entry.card.encodes]
    if not kin:
        st.info(t("versus.nobody_encodes", group=parts.plain(chosen.group)), icon=":material/info:")
        return
    question = compare_sets.choose(kin, versus_numbers.SET)
    compare_measure.going_on(kin)
    found = measured(kin, question)
    if found:
        figure = _figure(found, set(chosen.names))
        compare_charts.show(figure, t("versus.tradeoff_alt", names=", ".join(e.name for e, _ in found)), "versus.both")
        for sentence in _said(found):
            st.markdown(sentence)
    compare_measure.offer(kin, question)
    st.caption(t("versus.tradeoff_told"))


def measured(kin: list[Entry], question: Question) -> list[tuple[Entry, Measurement]]:
    """Return the members that have both numbers to a question, with what stands on their cards."""
    answers = [(entry, question.answer(entry.card)) for entry in kin]
    return [(entry, each) for entry, each in answers if each is not None and set(BOTH) <= each.numbers.keys()]


def _said(found: list[tuple[Entry, Measurement]]) -> list[str]:
    """Return in words who is first in which, and who is beaten by nobody in both."""
    if len(found) < 2:
        return []
    losses = [[answer.numbers[name].value for name in BOTH] for _, answer in found]
    names = [parts.plain(entry.name) for entry, _ in found]
    rebuilds, draws = (min(range(len(found)), key=lambda place: losses[place][axis]) for axis in (0, 1))
    values = {"error": numbers.figure(losses[rebuilds][0]), "fid": numbers.figure(losses[draws][1])}
    said = [t("versus.said_density", name=names[k]) for k, (each, _) in enumerate(found) if each.card.density]
    if rebuilds == draws:
        return [t("versus.said_one", name=names[draws], **values), *said]
    front = ", ".join(f"**{names[place]}**" for place in undominated(losses))
    return [
        t("versus.said_two", rebuilds=names[rebuilds], draws=names[draws], **values),
        t("versus.front", names=front),
    ]


def _places(points: list[tuple[float, ...]], names: list[str]) -> list[str]:
    """Return on which side of its point each name stands, so that names lie over each other as little as may be."""
    spans = [max(values) - min(values) or 1.0 for values in zip(*points, strict=True)]
    at = [[value / span for value, span in zip(point, spans, strict=True)] for point in points]
    taken = [(x - 0.015, x + 0.015, y - 0.03, y + 0.03) for x, y in at]
    chosen = []
    for (x, y), name in zip(at, names, strict=True):
        boxes = {}
        for side, (right, up) in _SIDES.items():
            width = _LETTER * len(name)
            left = x - width / 2 + right * (width / 2 + 0.02)
            boxes[side] = (left, left + width, y + up * 0.07 - 0.03, y + up * 0.07 + 0.03)
        best = min(boxes, key=lambda side: sum(_over(boxes[side], other) for other in taken))
        taken.append(boxes[best])
        chosen.append(best)
    return chosen


def _over(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    """Return the area in which two boxes (left, right, low, high) lie over each other."""
    width = min(one[1], other[1]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[2], other[2])
    return max(0.0, width) * max(0.0, height)


def _figure(found: list[tuple[Entry, Measurement]], chosen: set[str]) -> "Figure":
    from plotly import graph_objects as go

    figure = go.Figure()
    shown = set()
    points = [tuple(answer.numbers[name].value for name in BOTH) for _, answer in found]
    places = _places(points, [entry.name for entry, _ in found])
    for place, (entry, answer) in zip(places, found, strict=True):
        kind = entry.card.kind
        error, fid = (answer.numbers[name] for name in BOTH)
        figure.add_scatter(
            x=[error.value],
            y=[fid.value],
            mode="markers+text",
            cliponaxis=False,
            text=[f"<b>{entry.name}</b>" if entry.name in chosen else entry.name],
            textposition=place,
            textfont={"size": 14},
            marker={
                "size": 17 if entry.name in chosen else 11,
                "color": KINDS.get(kind, _OTHER),
                "symbol": _SYMBOLS.get(kind, "circle"),
            },
            error_x=compare_charts.ends(error),
            error_y=compare_charts.ends(fid),
            name=versus_choose.title(kind) if kind in KINDS else kind,
            legendgroup=kind,
            showlegend=kind not in shown,
            hovertext=t(
                "versus.tradeoff_point",
                name=entry.name,
                error=numbers.interval(error),
                fid=numbers.interval(fid),
            ),
            hoverinfo="text",
        )
        shown.add(kind)
    floor = next((answer.floors["fid"] for _, answer in found if "fid" in answer.floors), None)
    if floor is not None:
        figure.add_hline(floor, line={"dash": "dash", "width": 2, "color": ROLES["real"]})
    figure.update_layout(
        height=460,
        margin={"l": 0, "r": 12, "t": 24, "b": 0},
        font_size=15,
        legend={"orientation": "h", "y": -0.16, "yanchor": "top", "font": {"size": 15}},
    )
    low, high = min(x for x, _ in points), max(x for x, _ in points)
    room = 0.14 * (high - low) or 0.2 * high  # for names of points at the sides
    figure.update_xaxes(
        title_text=t("versus.axis_error"), title_font_size=15, nticks=6, range=[low - room, high + room]
    )
    figure.update_yaxes(title_text=t("versus.axis_fid"), title_font_size=15, nticks=6, rangemode="tozero")
    return figure
