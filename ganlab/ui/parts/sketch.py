"""A sheet to draw on, by mouse, finger or pen; what is drawn comes back as a small picture."""

from typing import Any

import numpy as np
import streamlit as st

from ganlab.data.sketch import FILL, sketched
from ganlab.ui.i18n import t
from ganlab.ui.parts.component import component

_MOST_POINTS = 4_000  # a browser sends what it likes; ten digits are a tenth of this
_STYLE = """
.sketch { font-family: var(--st-font); color: var(--st-text-color); width: fit-content; max-width: 100%; }
.sketch canvas { display: block; width: 15rem; max-width: 100%; aspect-ratio: 1; touch-action: none; cursor: crosshair;
  background: #000; border: 1px solid var(--st-border-color); border-radius: var(--st-base-radius, 0.5rem); }
.sketch .buttons { display: flex; gap: 0.5rem; margin-top: 0.4rem; }
.sketch button { font: inherit; color: inherit; background: none; cursor: pointer; padding: 0.25rem 0.8rem;
  border: 1px solid var(--st-border-color); border-radius: var(--st-button-radius, 0.5rem); }
.sketch button:disabled { opacity: 0.4; cursor: default; }
.sketch button:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 2px; }
"""


def sketch(key: str, size: int = 28, fill: float = FILL) -> np.ndarray | None:
    """Offer a sheet, and return what was drawn on it, uint8 [size, size, 1], white on black; None while it is empty.

    The drawing stays as long as the visit, also while another page is open.

    Args:
        key: Of the component.
        size: Side of the picture in pixels.
        fill: Share of it that the drawing fills, as in MNIST if not given; 1 for sets that fill their pictures.
    """
    mount, kept = component("sketch", '<div class="sketch">\n</div>', css=_STYLE), f"{key}.kept"

    def keep() -> None:
        st.session_state[kept] = _read(st.session_state[key].get("strokes"))

    mount(
        key=key,
        data={
            "strokes": st.session_state.get(kept, []),
            "text": {"sheet": t("sketch.sheet"), "clear": t("sketch.clear"), "undo": t("sketch.undo")},
        },
        on_strokes_change=keep,
    )
    return sketched(st.session_state.get(kept, []), size, fill)


def _read(strokes: Any) -> list[list[list[float]]]:
    """Return strokes of points within the sheet; what a browser sends that is none of them is left out."""
    read, left = [], _MOST_POINTS
    for stroke in strokes if isinstance(strokes, list) else []:
        points = [point for point in (stroke if isinstance(stroke, list) else []) if _is_point(point)][:left]
        left -= len(points)
        read += [[[float(x), float(y)] for x, y in points]] if points else []
    return read


def _is_point(point: Any) -> bool:
    if not isinstance(point, list) or len(point) != 2:
        return False
    return all(isinstance(each, int | float) and 0 <= each <= 1 for each in point)
