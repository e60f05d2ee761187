"""The film of a VAE-GAN's stages: the same latents and the same pictures at the end of each, between their numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from ganlab.images import from_uint8, to_uint8
from ganlab.members.store import Entry
from ganlab.ui import engine, parts
from ganlab.ui.i18n import t
from ganlab.ui.pages import compare_charts
from ganlab.ui.pages.versus_real import Pictures
from ganlab.ui.parts import address, numbers
from ganlab.ui.parts.roles import ROLES, RUNS
from ganlab.ui.parts.strip import strip

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

_STAGE = "versus.stage"
_PICTURES, _MEASURED, _COLUMNS = 28, 256, 14
_TIE = 1.02  # errors that differ by less are one


@dataclass(frozen=True)
class Frame:
    """What there is of a stage.

    Attributes:
        stage: Its name.
        steps: At which it ended.
        samples: uint8 [n, H, W, C] from the same latents in all stages.
        rebuilt: uint8 [n, H, W, C] of the same pictures.
        errors: Of these.
        error: Mean over more of them.
        sharpness: Mean over more samples.
    """

    stage: str
    steps: int
    samples: np.ndarray
    rebuilt: np.ndarray
    errors: list[float]
    error: float
    sharpness: float


def show(ended: Mapping[str, Entry], pictures: Pictures, steps: int) -> None:
    """Show the stage that the slider is at, between its bands and its numbers.

    Args:
        ended: The member at the end of each stage, in order.
        pictures: What is rebuilt.
        steps: Of the whole run.
    """
    from ganlab.metrics.pixels import sharpness

    frames = [_frame(stage, entry, pictures) for stage, entry in ended.items()]
    real = float(sharpness(pictures.images[:_MEASURED]).mean())
    names = [frame.stage for frame in frames]
    frame = frames[names.index(_stage(names))]
    compare_charts.show(
        _bands(frames, frame, real, steps),
        t("versus.stages_alt", stages=", ".join(_title(name) for name in names)),
        key="versus.bands",
    )
    st.markdown(f"**{_title(frame.stage)}.** {t(f'versus.stage_told_{frame.stage}')}")
    words = [t("versus.stage_sharpness", value=frame.sharpness, share=frame.sharpness / real if real else 0.0)]
    alt = t("versus.stage_samples", stage=_title(frame.stage), n=_PICTURES)
    strip(list(frame.samples), [""] * len(frame.samples), alt, columns=_COLUMNS, head=[alt, *words])
    heading = t(f"versus.heading_{pictures.source}")
    shown = list(pictures.images[:_COLUMNS])
    strip(shown, [""] * len(shown), heading, columns=_COLUMNS, head=[heading])
    head = [t("versus.stage_rebuilt"), t("versus.mean_error", error=numbers.figure(frame.error))]
    captions = [f"{error:.3f}" for error in frame.errors]
    strip(list(frame.rebuilt), captions, t("versus.stage_rebuilt"), columns=_COLUMNS, head=head)
    sharpest, least = max(frames, key=lambda each: each.sharpness), min(each.error for each in frames)
    closest = next(each for each in frames if each.error <= _TIE * least)  # the first that came so far
    st.markdown(
        t(
            "versus.said_stages",
            closest=_title(closest.stage),
            error=numbers.figure(closest.error),
            sharpest=_title(sharpest.stage),
            sharpness=numbers.figure(sharpest.sharpness),
            last=_title(frames[-1].stage),
            last_error=numbers.figure(frames[-1].error),
            last_sharpness=numbers.figure(frames[-1].sharpness),
        )
    )
    st.caption(t("versus.stages_told", n=min(_MEASURED, len(pictures.images))))


def _frame(stage: str, entry: Entry, pictures: Pictures) -> Frame:
    device = parts.chosen_device()

    def make() -> Frame:
        import torch

        from ganlab.fusion.stored import open_plain
        from ganlab.members.rebuild import rebuilt
        from ganlab.metrics.pixels import sharpness

        member = open_plain(entry, torch.device(device))
        drawn = to_uint8(member.sample(_MEASURED, 0))
        again, errors = rebuilt(member, from_uint8(pictures.images[:_MEASURED]))
        return Frame(
            stage,
            entry.card.steps or 0,
            drawn[:_PICTURES],
            to_uint8(again[:_COLUMNS]),
            errors[:_COLUMNS].tolist(),
            float(errors.mean()),
            float(sharpness(drawn).mean()),
        )

    return engine.remembered(make, "stage", stage, entry.card.digest(), device, pictures.stamp)


def _stage(names: Sequence[str]) -> str:
    """Ask for a stage by a slider; the last one at first."""
    if (wanted := address.asked(_STAGE)) and wanted[0] in names:
        st.session_state[_STAGE] = wanted[0]
    elif wanted:
        address.ignore(_STAGE, t("versus.no_such", value=wanted[0], known=", ".join(names)))
    if st.session_state.get(_STAGE) not in names:
        st.session_state[_STAGE] = names[-1]
    stage = st.select_slider(
        t("versus.stage"),
        names,
        format_func=_title,
        key=_STAGE,
        on_change=address.follow,
        args=(_STAGE,),
        persist_state="session",
    )
    address.keep(_STAGE, [stage], [names[-1]])
    return stage


def _title(stage: str) -> str:
    return t(f"live.stage_{stage}")


def _bands(frames: Sequence[Frame], now: Frame, real: float, steps: int) -> "Figure":
    """Return the stages as bands over the steps, and both numbers at the end of each."""
    from plotly import graph_objects as go

    figure, begins = go.Figure(), 0
    for place, frame in enumerate(frames):
        figure.add_vrect(
            begins,
            frame.steps,
            fillcolor=RUNS[place % len(RUNS)],
            opacity=0.28 if frame is now else 0.08,
            line_width=0,
            annotation_text=_title(frame.stage),
            annotation_position="top left",
            annotation_font_size=14,
            annotation_yshift=-17 * (place % 3),  # a short stage's name reaches into the next one
        )
        begins = frame.steps
    at = [frame.steps for frame in frames]
    lines = (
        ("error", "versus.axis_stage_error", "y", "circle", ROLES["real"]),
        ("sharpness", "versus.axis_stage_sharpness", "y2", "diamond", ROLES["generator"]),
    )
    for name, title, axis, symbol, colour in lines:
        values = [getattr(frame, name) / (real or 1.0 if name == "sharpness" else 1.0) for frame in frames]
        figure.add_scatter(
            x=at,
            y=values,
            name=t(title),
            yaxis=axis,
            mode="lines+markers",
            line={"color": colour, "width": 3, "dash": "solid" if axis == "y" else "dot"},
            marker={"size": 11, "symbol": symbol, "color": colour},
        )
    figure.add_vline(now.steps, line={"width": 2, "dash": "dash", "color": "#808080"})
    figure.update_layout(
        height=270,
        margin={"l": 0, "r": 0, "t": 24, "b": 0},
        font_size=14,
        legend={"orientation": "h", "y": -0.28, "yanchor": "top", "font": {"size": 14}},
        xaxis={"title": t("versus.axis_steps"), "range": [0, max(steps, begins)]},
        yaxis={"title": t("versus.axis_stage_error"), "rangemode": "tozero", "nticks": 5},
        yaxis2={
            "title": t("versus.axis_stage_sharpness"),
            "overlaying": "y",
            "side": "right",
            "rangemode": "tozero",
            "tickformat": ".0%",
            "showgrid": False,
            "nticks": 5,
        },
    )
    return figure
