"""Parameters on the page: how far others enter from coarse to fine, what that changes, and the barrier between two."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import streamlit as st

from ganlab.fusion import misfit
from ganlab.members.store import Entry
from ganlab.ui import jobs, parts
from ganlab.ui.i18n import t
from ganlab.ui.pages import fuse_options
from ganlab.ui.pages.fuse_draw import Wish, draw
from ganlab.ui.parts.jobs_shown import job_asked
from ganlab.ui.parts.roles import MEMBERS

if TYPE_CHECKING:
    import plotly.graph_objects as go

RULE, FORCED = "parameters", {"force": 1.0}
# How far the others enter where the map is coarsest, half way, and at the picture.
CURVES = {"flat": (1.0, 1.0, 1.0), "up": (0.0, 0.5, 1.0), "down": (1.0, 0.5, 0.0), "middle": (0.0, 1.0, 0.0)}
_BLOCKS = ("coarse", "middle", "fine")
_SHOWN = 8


def curves() -> None:
    """Offer the named curves; the sliders show what each means."""
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.caption(t("fuse.curve"), width="content")
        for name, values in CURVES.items():
            st.button(
                t(f"fuse.curve_{name}"),
                key=f"fuse.curve_{name}",
                on_click=fuse_options.put,
                args=(dict(zip(_BLOCKS, values, strict=True)), _BLOCKS),
            )


def effects(wish: Wish, device: str) -> None:
    """Show, folded away, what the others change in each part of the network: pictures with it minus without it."""
    with st.expander(t("fuse.effects"), icon=":material/layers:", key="fuse.effects", on_change="rerun") as section:
        if not section.open:
            return
        st.caption(t("fuse.effects_about"))
        for column, block in zip(st.columns(len(_BLOCKS)), _BLOCKS, strict=True):
            with column:
                _effect(wish, block, device)


def _effect(wish: Wish, block: str, device: str) -> None:
    sheet, change = effect(wish, block, device)
    title = t(f"fuse.option.{block}")
    st.markdown(f"**{title}**: {t('fuse.effect_size', change=change)}")
    parts.image_grid(sheet, t("fuse.effect_alt", block=title))


def effect(wish: Wish, block: str, device: str) -> tuple[bytes, float]:
    """Return the differences that a part of the network makes, as PNG, and their mean size in grey levels of 255.

    Mid grey is no difference; lighter is what the others add there, darker what they take away, twice as strong.
    """
    wish = replace(wish, pictures=_SHOWN)
    with_it = draw(wish, device).fused()
    without = draw(replace(wish, options=wish.options | {block: 0.0}), device).fused()
    change = (with_it - without) / 2
    return parts.png_of((2 * change).clamp(-1, 1), columns=4), float(change.abs().mean()) * 255


def barrier(entries: Sequence[Entry]) -> None:
    """Show, folded away, how much worse what lies between the first two members is than they are; a job's work."""
    if len(entries[0].card.shape) != 3 or misfit(RULE, [entry.card for entry in entries[:2]], options=FORCED):
        return
    names = [entry.name for entry in entries[:2]]
    asked = jobs.verb("barrier", *names, "--json", "--progress", "json")
    with st.expander(t("fuse.barrier"), icon=":material/landscape:", key="fuse.barrier", on_change="rerun") as section:
        if not section.open:
            return
        st.caption(t("fuse.barrier_about", one=parts.plain(names[0]), other=parts.plain(names[1])))
        label, doing = t("fuse.barrier_now"), t("fuse.barrier_walking")
        answer = job_asked(asked, label, doing, "fuse.barrier_now", icon="landscape")
        if answer is not None:
            _barrier(json.loads(answer), names)


def _barrier(told: dict[str, Any], names: Sequence[str]) -> None:
    st.plotly_chart(_line(told, names), key="fuse.barrier_chart", config={"displaylogo": False})
    kin = t("fuse.barrier_kin") if told["relatives"] else t("fuse.barrier_strangers")
    about = {name: told[name] for name in ("extractor", "n_fake", "n_real", "seed")}
    st.caption(f"{kin} {t('fuse.barrier_told', height=told['height']['fid'], **about)}")


def _line(told: dict[str, Any], names: Sequence[str]) -> "go.Figure":
    import plotly.graph_objects as go

    x, values = told["positions"], told["curve"]["fid"]
    figure = go.Figure()
    figure.add_scatter(x=x, y=values, name=t("fuse.barrier_between"), mode="lines+markers", line={"color": MEMBERS[1]})
    ends = {"x": [x[0], x[-1]], "y": [values[0], values[-1]]}
    figure.add_scatter(**ends, name=t("fuse.barrier_none"), mode="lines", line={"color": MEMBERS[6], "dash": "dash"})
    figure.update_layout(
        height=280,
        margin={"l": 10, "r": 10, "t": 10, "b": 10},
        legend={"orientation": "h", "y": 1.2},
        yaxis={"title": t("facts.measure.fid"), "rangemode": "tozero"},
        xaxis={"tickvals": [x[0], x[-1]], "ticktext": list(names)},
    )
    return figure
