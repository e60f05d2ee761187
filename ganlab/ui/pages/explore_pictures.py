"""Pictures that are corners of a walk: kept in the workspace by what they show, so that a link can name them."""

import base64
import contextlib
import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import streamlit as st

from ganlab import files
from ganlab.images import png
from ganlab.ui import deeds
from ganlab.ui.i18n import t
from ganlab.ui.pages import explore_address as address
from ganlab.ui.parts import address as notes

LETTERS = "abcd"
_MOST = 500  # in the workspace; the oldest go first
_NAME = re.compile(r"[0-9a-f]{20}")


def keep(picture: np.ndarray) -> str:
    """Keep a picture uint8 [H, W, C] and return its name."""
    data = png(picture)
    name = hashlib.sha256(data).hexdigest()[:20]
    path = _path(name)
    if not path.exists():
        deeds.leave(path, data, _MOST)
    return name


def find(name: str, shape: Sequence[int]) -> str | None:
    """Return a kept picture as PNG in base64, or None where there is none of that name and shape (C, H, W)."""
    from PIL import Image

    if not _NAME.fullmatch(name):
        return None
    with contextlib.suppress(OSError), Image.open(_path(name)) as image:
        if (len(image.getbands()), image.height, image.width) == tuple(shape):
            return base64.b64encode(_path(name).read_bytes()).decode()
    return None


def key(letter: str) -> str:
    """Return the key of a corner's picture, in the session and in the address."""
    return f"explore.picture_{letter}"


def of(letter: str, shape: Sequence[int]) -> str | None:
    """Return the picture that stands at a corner, as PNG in base64; what a link asks for in vain is told."""
    place = key(letter)
    name = st.query_params.get(place) or st.session_state.get(place)
    if not name:
        return None
    found = find(name, shape)
    if found is None:
        if place in st.query_params:
            notes.ignore(place, t("explore.no_picture", letter=letter.upper()))
        take(letter)
        return None
    put(letter, name)
    return found


def put(letter: str, name: str) -> None:
    """Let a picture stand at a corner."""
    st.session_state[key(letter)] = name
    address.keep(key(letter), name, "")


def take(letter: str) -> None:
    """Take a corner's picture away: its seed stands there again."""
    st.session_state.pop(key(letter), None)
    st.query_params.pop(key(letter), None)


def _path(name: str) -> Path:
    return files.home() / "pictures" / f"{name}.png"
