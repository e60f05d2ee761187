"""Pictures in a row with something said below each: one line of HTML, sharp pixels, a caption a picture."""

import base64
from collections.abc import Sequence
from html import escape

import numpy as np
import streamlit as st

from ganlab.images import png


def strip(
    pictures: Sequence[np.ndarray],
    captions: Sequence[str],
    alt: str,
    *,
    columns: int | None = None,
    head: Sequence[str] = (),
    colour: str = "transparent",
) -> None:
    """Show pictures in rows, each above its caption.

    Args:
        pictures: uint8 [H, W, C] each.
        captions: Plain text below each; an empty one takes no room.
        alt: What all of them show, for screen readers; each is told with its place and caption.
        columns: Pictures a row; all by default.
        head: Plain words above them, the first one strong.
        colour: Of the mark beside the head.
    """
    cells = "".join(
        f'<figure><img src="data:image/png;base64,{base64.b64encode(png(picture)).decode()}" '
        f'alt="{escape(f"{alt}, {place}", quote=True)}">'
        + (f"<figcaption>{escape(caption)}</figcaption>" if caption else "")
        + "</figure>"
        for place, (picture, caption) in enumerate(zip(pictures, captions, strict=True), 1)
    )
    words = [f"<b>{escape(word)}</b>" if place == 0 else escape(word) for place, word in enumerate(head) if word]
    above = f'<div class="strip-head" style="border-color: {colour}">{" · ".join(words)}</div>' if words else ""
    st.html(f'{above}<div class="strip" style="--columns: {columns or len(pictures)}">{cells}</div>')
