"""Pictures on a page: grids at their own pixels, enlarged by the browser without blurring."""

from typing import TYPE_CHECKING

import streamlit as st

from ganlab.images import grid, png, to_uint8
from ganlab.ui import engine

if TYPE_CHECKING:
    from torch import Tensor


def png_of(images: "Tensor", columns: int | None = None, recipe: dict | None = None) -> bytes:
    """Return float [N, C, H, W] pictures as one PNG sheet at native size, with its recipe inside."""
    return png(grid(to_uint8(images), columns), recipe)


def image_grid(sheet: bytes, alt: str, width: int | None = None) -> None:
    """Show a PNG sheet with sharp pixels.

    Args:
        sheet: The file.
        alt: What it shows, for screen readers.
        width: Widest it may become, in CSS pixels; the column's width by default.
    """
    address = engine.publish(sheet, "image/png")
    limit = f"max-width:{width}px;" if width else ""
    # Own markup, our own values: alt is escaped, the address is a hash.
    st.html(f'<img src="{address}" alt="{_escaped(alt)}" style="width:100%;{limit}image-rendering:pixelated;display:block">')


def _escaped(text: str) -> str:
    from html import escape

    return escape(text, quote=True)
