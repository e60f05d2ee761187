"""Which rules help: the table that came along, as a chart; what lies left of the dashed line beats the best member."""

from typing import Any

import streamlit as st

from ganlab.errors import GanlabError
from ganlab.fusion import tables
from ganlab.members.card import Number
from ganlab.ui.i18n import t
from ganlab.ui.pages import compare_charts
from ganlab.ui.parts.roles import MEMBERS

_BEST = "best-member"
_HELPS, _HURTS, _ALONE = MEMBERS[0], MEMBERS[1], MEMBERS[6]


def show(dataset: str) -> None:
    """Show the table of a dataset, folded away; nothing where none came along."""
    try:
        rows = tables.shipped(dataset)
    except GanlabError:
        return
    with st.expander(t("fuse.table"), icon=":material/leaderboard:"):
        first = rows[0]
        n, seeds, members = first["n"], len(first["seeds"]), ", ".join(_of(rows, "mean-member")["members"])
        st.markdown(t("fuse.table_about", members=members, n=n, n_real=first["n_real"], seeds=seeds))
        chosen = st.segmented_control(
            t("fuse.table_by"),
            first["extractors"],
            default=first["extractors"][0],
            required=True,
            key="fuse.table_by",
        )
        _chart(rows, "fid" if chosen == first["extractors"][0] else "fid_second", chosen)
        _sheet(rows)


def _chart(rows: list[dict[str, Any]], by: str, extractor: str) -> None:
    ordered = sorted(rows, key=lambda row: row[by])
    best = _of(rows, _BEST)[by]
    values = {row["rule"]: _number(row, by) for row in ordered}
    colours = [_ALONE if row["rule"].endswith("member") else _HELPS if row[by] < best else _HURTS for row in ordered]
    figure = compare_charts.bars(values, colours, (_BEST, best))
    compare_charts.show(figure, t("fuse.table_alt", extractor=extractor), "fuse.table_chart")


def _sheet(rows: list[dict[str, Any]]) -> None:
    numbers = ("fid", "fid_second", "kid", "precision", "recall", "recall_second", "coverage")
    shown = [{"rule": row["rule"]} | {name: row[name] for name in (*numbers, "candidates_per_image")} for row in rows]
    st.dataframe(shown, hide_index=True, key="fuse.table_sheet")


def _number(row: dict[str, Any], by: str) -> Number:
    return Number(value=row[by], low=row["fid_low"], high=row["fid_high"]) if by == "fid" else Number(value=row[by])


def _of(rows: list[dict[str, Any]], name: str) -> dict[str, Any]:
    return next(row for row in rows if row["rule"] == name)
