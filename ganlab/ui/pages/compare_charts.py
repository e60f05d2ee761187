"""Charts of measured numbers, by Plotly, in the theme's own colours."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import streamlit as st

from ganlab.members.card import Measurement, Number
from ganlab.ui.i18n import t
from ganlab.ui.pages import compare_table
from ganlab.ui.parts import numbers
from ganlab.ui.parts.roles import MEMBERS, ROLES

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

_QUIET = {"displayModeBar": False, "scrollZoom": False}
_FONT = 15  # pixels: a class reads it from the last row
_SYMBOLS = ("circle", "square", "triangle-up", "cross", "star", "hexagon", "x", "triangle-down", "bowtie")
_FAR = 50  # times as long: one member that is so far off would press all others flat


def show(figure: "Figure", alt: str, key: str) -> None:
    """Show a chart as wide as its place."""
    st.plotly_chart(figure, config=_QUIET, alt=alt, key=key)


def bars(
    values: Mapping[str, Number], colours: Sequence[str], floor: tuple[str, float] | None = None, unit: str = ""
) -> "Figure":
    """Return a bar a value with its interval; a floor, with its name, is a dashed line."""
    from plotly import graph_objects as go

    found = list(values.values())
    ends = {
        "array": [0 if number.high is None else number.high - number.value for number in found],
        "arrayminus": [0 if number.low is None else number.value - number.low for number in found],
    }
    figure = go.Figure(
        go.Bar(
            x=[number.value for number in found],
            y=[f"{name}  <b>{numbers.figure(number.value)}{unit}</b>" for name, number in values.items()],
            orientation="h",
            marker_color=list(colours),
            error_x={"type": "data", "symmetric": False, "thickness": 2, "width": 6, "color": "#808080"} | ends,
            hovertext=[numbers.interval(number) + unit for number in found],
            hoverinfo="text",
        )
    )
    lengths = [number.value for number in found] + ([floor[1]] if floor else [])
    longest, far = max(lengths), min(lengths) > 0 and max(lengths) > _FAR * min(lengths)
    if far:
        figure.update_xaxes(type="log", range=[math.log10(min(lengths) / 2), math.log10(longest * 2)], dtick=1)
        figure.update_xaxes(title_text=t("compare.logarithmic"), title_font_size=_FONT - 2)
    if floor is not None:
        name, value = floor
        figure.add_vline(value, line={"dash": "dash", "width": 2, "color": ROLES["real"]})
        figure.add_annotation(
            text=t("compare.floor", what=name, value=numbers.figure(value)),
            x=math.log10(value) if far else value,  # on such axes Plotly places lines by value, texts by exponent
            y=1,
            yref="paper",
            xanchor="left" if value <= longest / 2 else "right",
            yanchor="bottom",
            showarrow=False,
            font={"size": _FONT - 1, "color": ROLES["real"]},
        )
    figure.update_layout(height=90 + 44 * len(found), margin={"l": 0, "r": 12, "t": 34, "b": 30}, font_size=_FONT)
    figure.update_yaxes(autorange="reversed", tickfont_size=_FONT, ticksuffix="  ")
    figure.update_xaxes(tickfont_size=_FONT - 2, nticks=6, ticksuffix=unit)
    return figure


def plane(answers: Mapping[str, Measurement], order: Sequence[str]) -> "Figure":
    """Return precision against recall, a point a member, and that of real pictures."""
    from plotly import graph_objects as go

    figure = go.Figure()
    for name, answer in answers.items():
        place = order.index(name)
        both = [answer.numbers.get(measure) for measure in ("recall", "precision")]
        if None not in both:
            recall, precision = both
            figure.add_scatter(
                x=[recall.value],
                y=[precision.value],
                name=name,
                mode="markers",
                marker={"size": 15, "color": colour(place), "symbol": _SYMBOLS[place % len(_SYMBOLS)]},
                error_x=ends(recall),
                error_y=ends(precision),
                hovertext=t(
                    "compare.point", name=name, precision=numbers.interval(precision), recall=numbers.interval(recall)
                ),
                hoverinfo="text",
            )
    floor = [compare_table.floor_of(measure, answers) for measure in ("recall", "precision")]
    if None not in floor:
        figure.add_scatter(
            x=floor[:1],
            y=floor[1:],
            name=t("compare.real"),
            mode="markers",
            marker={"size": 17, "color": ROLES["real"], "symbol": "diamond-open", "line": {"width": 3}},
            hovertext=t(
                "compare.point",
                name=t("compare.real"),
                precision=numbers.figure(floor[1]),
                recall=numbers.figure(floor[0]),
            ),
            hoverinfo="text",
        )
    figure.update_layout(
        height=300 + 12 * len(figure.data),  # two names a row below: the plane keeps its size, its titles their place
        margin={"l": 0, "r": 12, "t": 10, "b": 0},
        font_size=_FONT,
        legend={"orientation": "h", "y": -0.22, "yanchor": "top", "x": 0, "font": {"size": _FONT}},
        showlegend=True,
    )
    for axes, name in ((figure.update_xaxes, "recall"), (figure.update_yaxes, "precision")):
        axes(title_text=numbers.title(name), title_font_size=_FONT, tickfont_size=_FONT - 2, nticks=6)
    return figure


def histogram(answer: Measurement, place: int, top: float) -> "Figure":
    """Return the shares of classes up to ``top``: bars of what was drawn, lines where real pictures stand."""
    from plotly import graph_objects as go

    names = [str(name) for name in numbers.class_names(answer)]
    figure = go.Figure()
    figure.add_bar(x=names, y=answer.class_shares, marker_color=colour(place), name=t("compare.drawn"))
    figure.add_scatter(
        x=names,
        y=answer.real_shares,
        mode="markers",
        marker={"symbol": "line-ew", "size": 14, "line": {"width": 3, "color": ROLES["real"]}},
        name=t("compare.real"),
    )
    figure.update_layout(height=170, margin={"l": 0, "r": 0, "t": 6, "b": 0}, showlegend=False, bargap=0.25)
    figure.update_xaxes(type="category", tickfont_size=_FONT - 2, tickangle=0 if max(map(len, names)) < 3 else -60)
    figure.update_yaxes(tickformat=".0%", nticks=4, range=[0, 1.08 * top], tickfont_size=_FONT - 3)
    return figure


def roc(
    curves: Mapping[str, tuple[Sequence[float], Sequence[float]]], places: Sequence[int], dashed: set[str]
) -> "Figure":
    """Return ROC curves by name, in the colours of members at these places, and the line of a guess."""
    from plotly import graph_objects as go

    figure = go.Figure()
    figure.add_scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        name=t("compare.roc_guess"),
        line={"color": "#808080", "width": 1.5, "dash": "dot"},
        hoverinfo="skip",
    )
    for (name, (alarms, found)), place in zip(curves.items(), places, strict=True):
        line = {"color": colour(place), "width": 3, "dash": "dash" if name in dashed else "solid"}
        figure.add_scatter(x=alarms, y=found, mode="lines", name=name, line=line)
    figure.update_layout(
        height=340 + 24 * len(curves),
        margin={"l": 0, "r": 12, "t": 10, "b": 0},
        font_size=_FONT,
        legend={"orientation": "h", "y": -0.2, "yanchor": "top", "x": 0, "font": {"size": _FONT - 1}},
        showlegend=True,
    )
    for axes, title in ((figure.update_xaxes, "compare.roc_alarms"), (figure.update_yaxes, "compare.roc_found")):
        axes(title_text=t(title), title_font_size=_FONT, tickfont_size=_FONT - 2, tickformat=".0%", range=[-0.01, 1.01])
    return figure


def colour(place: int) -> str:
    """Return the colour of the member at a place, the same in all charts."""
    return MEMBERS[place % len(MEMBERS)]


def ends(number: Number) -> dict | None:
    """Return how far the ends of an interval are, as Plotly wants it, or None where there is none."""
    if number.low is None or number.high is None:
        return None
    both = {"array": [number.high - number.value], "arrayminus": [number.value - number.low]}
    return {"type": "data", "symmetric": False, "thickness": 1.5, "width": 4} | both
