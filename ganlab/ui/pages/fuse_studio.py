"""The studio on the page: members around their fusion, a component that paints while the pointer moves.

Members' pictures go to the browser once, as bytes with their hash in the address.  Rules that are arithmetic on
pictures are painted there; for others the browser asks ``frames`` for the newest weights only.
"""

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from ganlab.fusion import RULES
from ganlab.images import to_uint8
from ganlab.members.sheet import sheet
from ganlab.ui import engine, frames, parts
from ganlab.ui.i18n import language, t, texts
from ganlab.ui.i18n.families import title
from ganlab.ui.pages import fuse_numbers, fuse_setting, fuse_weights, fuse_words, gallery_facts
from ganlab.ui.pages.fuse_draw import Drawn, Wish, draw, weighed
from ganlab.ui.parts import numbers
from ganlab.ui.parts.roles import MEMBERS

KEY = "fuse.studio"
# What web/studio_paint.js can do; a test compares it with the library, pixel by pixel.
PAINTED = (
    *("average", "weighted_average", "weighted_sum", "majority", "median"),
    *("maximum", "minimum", "mixture"),
)
_STYLE = Path(__file__).parents[1] / "web" / "studio.css"


def show(wish: Wish, drawn: Drawn, device: str) -> None:
    """Show members and fusion.

    Args:
        wish: With the weights as the page knows them.
        drawn: What the members draw; without a fused member where the rule has to learn first.
        device: Where it is drawn.
    """
    mount = parts.component("studio", '<div class="studio">\n</div>', css=_STYLE.read_text("utf-8"), isolate=False)
    names = [entry.name for entry in wish.members]

    def taken() -> None:
        weights = _weights(_said("setting"), len(names))
        if weights is not None and RULES[wish.rule].facts["weighs"]:
            fuse_weights.keep(names, weights)

    def restored() -> None:
        with suppress(ValueError):  # what a browser sends is no more than what anybody could send
            held = {name: value for name, value in _said("restore").items() if name in ("rule", "weights", "options")}
            fuse_setting.take(wish.recipe() | held)

    mount(key=KEY, data=scene(wish, drawn, device), on_setting_change=taken, on_restore_change=restored)


def locked() -> list[int]:
    """Return the places of the members whose weights are locked."""
    return [place for place in _said("setting").get("locked", ()) if isinstance(place, int)]


def _said(what: str) -> Mapping[str, Any]:
    found = (st.session_state.get(KEY) or {}).get(what)
    return found if isinstance(found, Mapping) else {}


def _weights(setting: Mapping[str, Any], count: int) -> tuple[float, ...] | None:
    told = setting.get("weights")
    if not isinstance(told, list) or not all(isinstance(each, int | float) for each in told):
        return None
    return fuse_weights.read(fuse_weights.line(told), count)


def scene(wish: Wish, drawn: Drawn, device: str) -> dict[str, Any]:
    """Return all that the component is told."""
    facts, points = RULES[wish.rule].facts, len(wish.members[0].card.shape) != 3
    painted = wish.rule in PAINTED and not points
    pixels = [_pixels(pictures, drawn.reach) for pictures in drawn.pictures]
    addresses = [engine.publish(each.tobytes(), "application/octet-stream") for each in pixels]
    names = [entry.name for entry in wish.members]
    weights = fuse_weights.current(names)
    coins = _coins(drawn) if wish.rule == "mixture" else []
    made_of = (addresses, wish.rule, sorted(wish.options.items()), coins)
    return {
        "scene": hashlib.sha256(repr(made_of).encode()).hexdigest()[:16],
        "shape": list(pixels[0].shape),
        "members": [_member(wish, place, addresses[place]) for place in range(len(names))],
        "rule": wish.rule,
        "title": title("rule", wish.rule),
        "painted": painted,
        "points": points,
        "weighs": facts["weighs"],
        "as_is": fuse_words.as_they_are(wish.rule),
        "weights": list(weights),
        "turn": fuse_weights.turn(),
        "coins": coins,
        "frames": None if painted or drawn.member is None else _offer(wish, device),
        "numbers": None if drawn.member is None or points else fuse_numbers.offer(wish, device),
        "options": wish.options,
        "alt": t("fuse.alt", n=wish.n, names=", ".join(names), rule=title("rule", wish.rule), seed=wish.seed),
        "text": texts("studio") | {"split": numbers.split("test")},
        "language": language(),
    }


def _pixels(pictures: "np.ndarray", reach: float | None) -> np.ndarray:
    """Return pictures as bytes [n, H, W, C]; points as one picture of all of them."""
    return to_uint8(pictures) if pictures.ndim == 4 else sheet(pictures, reach=reach)[None]


def _coins(drawn: Drawn) -> list[float]:
    """Return the uniform number that decides each picture of a mixture."""
    import torch

    return [round(coin, 6) for coin in torch.special.ndtr(drawn.extra[:, 0]).tolist()]


def _member(wish: Wish, place: int, address: str) -> dict[str, Any]:
    entry = wish.members[place]
    measured = gallery_facts.usual(entry.card)
    fid = measured.numbers.get("fid") if measured is not None else None
    return {
        "name": entry.name,
        "url": address,
        "colour": MEMBERS[place],
        "alt": t("fuse.member_alt", name=entry.name, n=wish.n, seed=wish.seed),
        "about": entry.name,
        "number": t("fuse.member_fid", value=numbers.figure(fid.value)) if fid is not None else t("fuse.unmeasured"),
        "number_about": numbers.question(measured) if fid is not None else "",
    }


def _offer(wish: Wish, device: str) -> str:
    """Let the browser ask for this fusion with other weights."""
    asked_for = replace(wish, weights=())
    who = tuple((entry.name, entry.card.digest()) for entry in wish.members)
    latents = (wish.pictures, wish.seed, wish.to, wish.t, wish.label)
    key = ("fuse", who, wish.rule, sorted(wish.options.items()), latents, device)
    return frames.offer(lambda asked: frame(asked_for, asked, device), *key)


def frame(wish: Wish, asked: Mapping[str, Any], device: str) -> frames.Frame:
    """Return the fusion of a wish with the weights asked for.

    Raises:
        FusionError: Those are no weights.
    """
    drawn = draw(weighed(wish, asked), device)
    pictures, told = drawn.explained()
    return frames.Frame(_pixels(pictures, drawn.reach), told)
