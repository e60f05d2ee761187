"""A sweep on the page: fusions along a weight, across two, or under every rule; pictures and curves; a job's work."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from ganlab import files
from ganlab.fusion import RULES
from ganlab.ui import jobs, parts
from ganlab.ui.i18n import t
from ganlab.ui.i18n.families import title
from ganlab.ui.pages.fuse_draw import Wish
from ganlab.ui.parts import numbers
from ganlab.ui.parts.jobs_shown import job_asked
from ganlab.ui.parts.roles import MEMBERS

if TYPE_CHECKING:
    import plotly.graph_objects as go

_RULES, _NOTHING, _N = "rules", "", 500
_ALONG, _ACROSS, _STEPS, _USUAL_STEPS, _FEWER = "fuse.along", "fuse.across", "fuse.steps", 11, 7
_CURVES = {"fid": MEMBERS[1], "precision": MEMBERS[0], "recall": MEMBERS[2]}


def show(wish: Wish) -> None:
    """Offer a sweep that starts from the present setting, and show the one that was made."""
    if len(wish.members[0].card.shape) != 3:
        return
    with st.expander(t("fuse.sweep"), icon=":material/grid_on:", key="fuse.sweep", on_change="rerun") as section:
        if not section.open:
            return
        st.caption(t("fuse.sweep_about", n=_N))
        asked = _form(wish)
        answer = job_asked(asked, t("fuse.sweep_now"), t("fuse.sweeping"), "fuse.sweep_now", icon="grid_on")
        if answer is not None:
            _found(json.loads(answer), _picture(asked))


def _form(wish: Wish) -> tuple[str, ...]:
    names = [entry.name for entry in wish.members]
    weighs = RULES[wish.rule].facts["weighs"]
    ways = [*names, _RULES] if weighs else [_RULES]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        along = st.selectbox(t("fuse.along"), ways, format_func=_called, key=_ALONG)
        others = [_NOTHING, *(way for way in ways if way != along)]
        across = st.selectbox(t("fuse.across"), others, format_func=_called, key=_ACROSS) or _NOTHING
        usual = _FEWER if across else _USUAL_STEPS
        steps = st.number_input(t("fuse.steps"), 2, 21, usual, key=f"{_STEPS}.{bool(across)}", width=130)
    words = wish.words()
    asked = [*words, "--along", along, *(("--across", across) if across else ())]
    asked += ["--steps", str(steps), "--n", str(_N), "--seed", str(wish.seed)]
    out = str(_place(asked))
    return jobs.verb("sweep", *asked, "--out", out, "--json", "--progress", "json")


def _called(way: str) -> str:
    if way == _NOTHING:
        return t("fuse.no_axis")
    return t("fuse.every_rule") if way == _RULES else t("fuse.share_of", name=way)


def _place(asked: Sequence[str]) -> files.Path:
    return (
        files.home() / "cache" / "sweeps" / f"{hashlib.sha256(json.dumps(list(asked)).encode()).hexdigest()[:20]}.png"
    )


def _picture(command: Sequence[str]) -> bytes | None:
    path = files.Path(command[command.index("--out") + 1])
    return path.read_bytes() if path.is_file() else None


def _found(told: Mapping[str, Any], sheet: bytes | None) -> None:
    rows = told["rows"]
    if told["extractor"]:
        about = {name: told[name] for name in ("n", "extractor", "seed", "floor")}
        st.caption(t("fuse.sweep_numbers", split=numbers.split(told["split"]), **about))
        figure = _curves(rows) if told["columns"] == len(rows) else _map(rows, told["columns"])
        st.plotly_chart(figure, key="fuse.sweep_chart", config={"displaylogo": False})
    if sheet is not None:
        parts.image_grid(sheet, t("fuse.sweep_alt", count=len(rows)))
    with st.container(horizontal=True, gap="small"):
        if sheet is not None:
            st.download_button(
                t("fuse.sweep_sheet"), sheet, "sweep.png", "image/png", on_click="ignore", icon=":material/download:"
            )
        st.download_button(
            t("fuse.sweep_table"),
            lambda: _csv(rows),
            "sweep.csv",
            "text/csv",
            on_click="ignore",
            icon=":material/table:",
        )


def _curves(rows: Sequence[Mapping[str, Any]]) -> "go.Figure":
    """Return distance on the left axis, precision and recall on the right one, with intervals."""
    import plotly.graph_objects as go

    x = [_word(row["at"][0]) for row in rows]
    figure = go.Figure()
    for name, colour in _CURVES.items():
        values = [row[name] for row in rows]
        above = [row[f"{name}_high"] - row[name] if row[name] is not None else None for row in rows]
        below = [row[name] - row[f"{name}_low"] if row[name] is not None else None for row in rows]
        bars = {"type": "data", "array": above, "arrayminus": below, "thickness": 1}
        figure.add_scatter(
            x=x, y=values, error_y=bars, name=t(f"facts.measure.{name}"), yaxis="y" if name == "fid" else "y2",
            line={"color": colour}, mode="lines+markers",
        )  # fmt: skip
    figure.update_layout(
        height=320,
        margin={"l": 10, "r": 10, "t": 10, "b": 10},
        legend={"orientation": "h", "y": 1.15},
        yaxis={"title": t("facts.measure.fid"), "rangemode": "tozero"},
        yaxis2={"overlaying": "y", "side": "right", "range": [0, 1.02], "dtick": 0.2, "showgrid": False},
    )
    return figure


def _map(rows: Sequence[Mapping[str, Any]], columns: int) -> "go.Figure":
    """Return the distances of a grid as colours, each with its number."""
    import plotly.graph_objects as go

    lines = [rows[start : start + columns] for start in range(0, len(rows), columns)]
    values = [[row["fid"] for row in line] for line in lines]
    figure = go.Figure(
        go.Heatmap(
            z=values,
            x=[_word(row["at"][0]) for row in lines[0]],
            y=[_word(line[0]["at"][1]) for line in lines],
            texttemplate="%{z:.1f}",
            colorscale="Cividis_r",
            colorbar={"title": t("facts.measure.fid")},
        )
    )
    figure.update_layout(height=90 + 34 * len(lines), margin={"l": 10, "r": 10, "t": 10, "b": 10})
    figure.update_yaxes(type="category", autorange="reversed")
    figure.update_xaxes(type="category")
    return figure


def _word(at: str) -> str:
    return title("rule", at)


def _csv(rows: Sequence[Mapping[str, Any]]) -> str:
    names = ("fid", "fid_low", "fid_high", "precision", "recall")
    lines = [",".join(["at", *names])]
    lines += [
        ",".join([" ".join(row["at"]), *("" if row[name] is None else f"{row[name]:.6g}" for name in names)])
        for row in rows
    ]
    return "\n".join(lines) + "\n"
