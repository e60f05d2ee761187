"""The table of the plane that came along: members, rules, boosting and joint training, as a chart and as numbers."""

from typing import Any

import streamlit as st

from ganlab.ensembles import plane_tables
from ganlab.members.card import Number
from ganlab.ui.i18n import t
from ganlab.ui.pages import compare_charts
from ganlab.ui.pages.plane_address import Setting, one_of
from ganlab.ui.parts.roles import MEMBERS

_PERFECT, _BEST = "perfect", "best-member"
_HELPS, _HURTS, _ALONE = MEMBERS[0], MEMBERS[1], MEMBERS[6]
_MEASURES = ("high_quality", "kl", "modes")
BY = Setting("plane.by", _MEASURES[0], one_of(_MEASURES))


def show() -> None:
    """Show the table of a toy."""
    known = plane_tables.known()
    if not known:
        st.info(t("plane.no_table"), icon=":material/info:")
        return
    toy = Setting("plane.toy", known[-1], one_of(known))  # the ring, where there is one
    toy.settle()
    BY.settle()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        dataset = st.segmented_control(
            t("plane.data"),
            known,
            required=True,
            format_func=lambda name: t(f"plane.dataset.{name}"),
            key=toy.key,
            on_change=toy.follow,
        )
        by = st.segmented_control(
            t("plane.measure_by"),
            _MEASURES,
            required=True,
            format_func=lambda name: t(f"plane.{name}"),
            key=BY.key,
            on_change=BY.follow,
        )
    rows = plane_tables.shipped(dataset)
    first = rows[0]
    seeds = len(first["seeds"])
    st.caption(t("plane.table_about", n=f"{first['n']:,}", steps=f"{first['steps']:,}", seeds=seeds))
    of = {row["line"]: row for row in rows}
    st.markdown(_read(of))
    alt = t("plane.table_alt", measure=t(f"plane.{by}"), dataset=t(f"plane.dataset.{dataset}"))
    compare_charts.show(_chart(of, by), alt, "plane.table_chart")
    st.dataframe([_told(row) for row in rows], hide_index=True, key="plane.table_sheet")


def _read(of: dict[str, dict[str, Any]]) -> str:
    """Return what the numbers say, in a sentence."""
    names = {
        "long": "long-member",
        "mixture": "mixture",
        "boosting": "boosting",
        "joint": "joint",
        "selection": "selection",
        "long_selected": "long-member+selection",
        "average": "average",
    }
    values = {place: _quality(of[line]) for place, line in names.items()}
    return t("plane.table_reads", budget=of["long-member"]["budget"], **values)


def _quality(row: dict[str, Any]) -> str:
    kl = "–" if row["kl"] is None else f"{row['kl']:.3f}"
    return t("plane.table_value", quality=f"{100 * row['high_quality']:.1f} %", kl=kl)


def _chart(of: dict[str, dict[str, Any]], by: str):  # noqa: ANN202 - Plotly is loaded late
    scale, unit = (100, " %") if by == "high_quality" else (1, "")
    known = [row for row in of.values() if row[by] is not None and row["line"] != _PERFECT]
    ordered = sorted(known, key=lambda row: row[by] if by == "kl" else -row[by])
    best = of[_BEST][by]
    values, colours = {}, []
    for row in ordered:
        value, low, high = (scale * row[f"{by}{end}"] for end in ("", "_low", "_high"))
        values[t(f"plane.line.{row['line']}")] = Number(value=value, low=low, high=high)
        better = row[by] < best if by == "kl" else row[by] > best
        colours.append(_ALONE if row["line"].endswith("member") else _HELPS if better else _HURTS)
    floor = t(f"plane.line.{_BEST}"), scale * best
    return compare_charts.bars(values, colours, floor, unit)


def _told(row: dict[str, Any]) -> dict[str, Any]:
    """Return a line of the sheet."""
    told = {t("plane.line_title"): t(f"plane.line.{row['line']}"), t("plane.budget"): row["budget"]}
    for by, scale, digits in (("modes", 1, 1), ("high_quality", 100, 1), ("kl", 1, 3)):
        values = (row[f"{by}{end}"] for end in ("", "_low", "_high"))
        shown = ["–" if value is None else f"{scale * value:.{digits}f}" for value in values]
        name = t(f"plane.{by}") + (", %" if by == "high_quality" else "")
        told[name] = t("plane.interval", value=shown[0], low=shown[1], high=shown[2])
    return told
