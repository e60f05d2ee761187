"""A walk as data put back on the page: every control as it was when it was told."""

import base64
import contextlib
import io
import warnings

import numpy as np
import streamlit as st
from streamlit.errors import StreamlitAPIException

from ganlab.errors import DataError, FusionError
from ganlab.fusion import misfit
from ganlab.members.store import catalogue
from ganlab.spec import Walk
from ganlab.ui import deeds
from ganlab.ui.i18n import t
from ganlab.ui.pages import explore_address as address
from ganlab.ui.pages import explore_pictures, fuse_options

_MOST_SEED, _MOST_SIDE = 2**31 - 1, 1024  # of the page's boxes; pixels of what a member draws
_USUAL = {"explore.kind": "line", "explore.curve": "spherical", "explore.how": "beside", "explore.tour": "loop"}


def restore(walk: Walk) -> None:
    """Set all that a walk says; to be called before the widgets are shown.

    Raises:
        GanlabError: A member is not here, or a picture cannot be read.
    """
    shelf = catalogue()
    entries = [shelf[name] for name in walk.members]
    blend = walk.blend
    for weights in (blend.start, blend.end) if blend else ():
        if fault := misfit(blend.rule, [entry.card for entry in entries], weights, blend.options):
            raise FusionError(fault)
    pictures = {letter: _picture(each.picture) for letter, each in _corners(walk) if each.picture is not None}
    _set(address.MEMBERS, list(walk.members))
    _choose("explore.kind", walk.kind)
    _choose("explore.curve", "spherical" if walk.spherical else "linear")
    _choose("explore.how", "fused" if walk.blend else "beside")
    _choose("explore.tour", walk.tour)
    _set("explore.n", walk.n)
    _set("explore.tour_seed", min(walk.tour_seed, _MOST_SEED))
    classes = entries[0].card.classes
    _set("explore.label", classes[walk.label] if walk.label is not None and walk.label < len(classes) else None)
    for letter, corner in _corners(walk):
        _set(f"explore.{letter}", min(corner.seed, _MOST_SEED))
        explore_pictures.take(letter)
        if letter in pictures:
            explore_pictures.put(letter, explore_pictures.keep(pictures[letter]))
    if walk.blend is not None:
        _set("explore.rule", walk.blend.rule)
        for end, weights in zip("ab", (walk.blend.start, walk.blend.end), strict=True):
            most = max(1.0, *weights) if weights else 1.0  # the sliders end at 1
            for place, weight in enumerate(weights, 1):
                _set(f"explore.{end}{place}", weight / most)
        fuse_options.put(walk.blend.options, page="explore")
    x, y = walk.place
    address.begin_again()
    address.hold({"x": x, "y": y, "truncation": walk.truncation, "along": _along(walk)})
    address.forget()


def _corners(walk: Walk) -> list:
    return list(zip(explore_pictures.LETTERS, walk.corners, strict=False))


def _set(key: str, value: object) -> None:
    """Set a widget, and the address where the widget is not on the page yet; else Streamlit lets it follow."""
    st.session_state[key] = value
    with contextlib.suppress(StreamlitAPIException):
        if value is None:
            st.query_params.pop(key, None)
        else:
            st.query_params[key] = [*value] if isinstance(value, list) else f"{value}"


def _choose(key: str, code: str) -> None:
    st.session_state[key] = code
    address.keep(key, code, _USUAL[key])


def _along(walk: Walk) -> list[float]:
    """Return the sliders for a walk's shift: it becomes a direction of its own, kept for the first member."""
    length = float(np.linalg.norm(walk.shift)) if walk.shift else 0.0
    if length == 0:
        return []
    from ganlab.members.directions import COUNT, kept

    card = catalogue()[walk.members[0]].card
    name = t("explore.from_file", stamp=f"{abs(hash(walk.shift)) % 1000:03}")
    deeds.keep_direction(card, name, walk.shift)
    place = [each.name for each in kept(card)].index(name)
    return [0.0] * (COUNT + place) + [min(length, address.FARTHEST_ALONG)]


def _picture(text: str) -> np.ndarray:
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(base64.b64decode(text)), formats=["PNG"]) as image:
                if max(image.size) <= _MOST_SIDE:
                    pixels = np.array(image.convert("L" if len(image.getbands()) == 1 else "RGB"))
                    return pixels[:, :, None] if pixels.ndim == 2 else pixels
    except Exception:  # Pillow raises whatever broken bytes lead it to
        raise DataError(t("explore.no_corner_picture")) from None
    raise DataError(t("explore.no_corner_picture"))
