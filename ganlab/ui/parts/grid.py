"""What members drew, on a page: at its own pixels, enlarged by the browser without blurring."""

import base64
from typing import TYPE_CHECKING

import streamlit as st

from ganlab.images import png
from ganlab.members.sheet import sheet

if TYPE_CHECKING:
    from torch import Tensor

_MOVING, _STAYING = 100_000, 0  # bytes of the largest picture that travels with its message


def png_of(
    drawn: "Tensor", columns: int | None = None, recipe: dict | None = None, reach: float | None = None
) -> bytes:
    """Return pictures [N, C, H, W] or points [N, 2] as one PNG sheet at native size, with its recipe inside."""
    return png(sheet(drawn, columns, reach), recipe)


def image_grid(sheet: bytes, alt: str, width: int | None = None, moving: bool = False) -> None:
    """Show a PNG sheet with sharp pixels (``web/ganlab.css`` forbids smoothing).

    ``st.image`` keeps its element while the picture changes, so nothing flickers or jumps.

    Args:
        sheet: The file.
        alt: What it shows, for screen readers.
        width: In CSS pixels; the column's width by default.
        moving: Another one follows with each slider: it travels with the message, so that the browser need
            not ask for it (a third of the way from release to paint).  Others are sent once and kept.
    """
    shown = sheet
    if len(sheet) <= (_MOVING if moving else _STAYING):
        shown = f"data:image/png;base64,{base64.b64encode(sheet).decode()}"
    st.image(shown, alt=alt, width=width or "stretch", output_format="PNG")
