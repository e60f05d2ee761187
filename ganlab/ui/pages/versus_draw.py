"""Samples of the three from the same latents, as long as the slider makes them, and a walk between two of them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from ganlab.errors import GanlabError, SpecError
from ganlab.images import to_uint8
from ganlab.members.store import Entry
from ganlab.ui import engine, frames, parts
from ganlab.ui.i18n import t
from ganlab.ui.pages import versus_choose, versus_numbers, versus_questions
from ganlab.ui.pages.versus_choose import Chosen
from ganlab.ui.parts import address
from ganlab.ui.parts.component import component
from ganlab.ui.parts.roles import KINDS

if TYPE_CHECKING:
    from ganlab.members.member import Member

PICTURES, COLUMNS, MOST_REACH, _MOST_SEED = 24, 6, 4.0, 2**31 - 1
_REACH, _SEED, _PREDICT = "versus.reach", "versus.seed", "versus.predict"
_STYLE = Path(__file__).parents[1] / "web" / "versus.css"


def show(chosen: Chosen) -> None:
    """Show samples, walks and numbers; where a prediction is asked for, numbers only after it."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        seed = int(st.number_input(t("versus.seed"), 0, _MOST_SEED, 0, key=_SEED, bind="query-params", width=150))
        st.button(t("versus.new"), icon=":material/casino:", key="versus.new", on_click=_next_seed)
        asks = predicts()
    members = opened(chosen)
    if not members:
        return
    above, below = st.container(), st.container()
    with below:
        question, answers = versus_numbers.choose(chosen)
    with above:
        told = versus_questions.of_samples(answers, members) if asks else True
        _pictures(chosen, members, seed, _real(answers), told=told)
        st.caption(t("versus.draw_told"))
    if told:
        with below:
            versus_numbers.show(chosen, question, answers)


def predicts() -> bool:
    """Ask whether to ask before numbers are shown."""
    return st.toggle(t("versus.predict"), key=_PREDICT, bind="query-params", help=t("versus.predict_help"))


def opened(chosen: Chosen) -> "dict[str, Member]":
    """Return the members by kind; for one that cannot be opened, say why."""
    found = {}
    for kind, entry in chosen.entries.items():
        try:
            found[kind] = engine.member(entry.name, parts.chosen_device(), entry.card)
        except GanlabError as error:
            parts.complain(error)
    return found


def drawer(members: "Sequence[Member]", seed: int) -> frames.Draw:
    """Return what draws a frame: for each member its samples, then its walk, from latents ``reach`` times as long.

    Told of each member: how sharp its samples are, and how bright a pixel is from 0 to 1, on average.
    """

    def draw(asked: Mapping[str, Any]) -> frames.Frame:
        from ganlab.metrics.pixels import sharpness

        reach = asked.get("reach")
        if isinstance(reach, bool) or not isinstance(reach, int | float) or not 0 <= reach <= MOST_REACH:
            raise SpecError(f"reach is {reach!r}; allowed: a number from 0 to {MOST_REACH:g}.")
        drawn = [to_uint8(member.generate(latents(member, seed, reach))) for member in members]
        samples = [images[:PICTURES] for images in drawn]
        told = {
            "sharpness": [float(sharpness(images).mean()) for images in samples],
            "ink": [float(images.mean()) / 255 for images in samples],
            "length": float(np.linalg.norm(members[0].latents(PICTURES, seed, reach), axis=1).mean()),
        }
        return frames.Frame(np.concatenate(drawn), told)

    return draw


def latents(member: "Member", seed: int, reach: float) -> np.ndarray:
    """Return those of the samples and of the walk from the first to the second, [PICTURES + COLUMNS, latent_dim]."""
    from ganlab import seeds

    z = member.latents(PICTURES, seed, reach)
    steps = (seeds.slerp(z[:1], z[1:2], t, width=member.walk_dim) for t in np.linspace(0, 1, COLUMNS))
    return np.concatenate([z, *steps])


def _pictures(chosen: Chosen, members: "dict[str, Member]", seed: int, real: float | None, told: bool) -> None:
    way = drawer(list(members.values()), seed)
    names = [chosen.entries[kind] for kind in members]
    stamps = [(entry.name, entry.card.digest()) for entry in names]
    channels, height, width = names[0].card.shape
    mount = component("versus", '<div class="versus">\n</div>', css=_STYLE.read_text(encoding="utf-8"))
    mount(
        key="versus.pictures",
        data={
            "address": frames.offer(way, "versus", stamps, parts.chosen_device(), seed),
            "reach": _reach(),
            "most": MOST_REACH,
            "samples": PICTURES,
            "columns": COLUMNS,
            "shape": [height, width, channels],
            "members": [_facts(kind, chosen.entries[kind], seed) for kind in members],
            "real": real,
            "told": told,
            "text": {
                name: t(f"versus.js_{name}")
                for name in ("reach", "length", "usual", "walk", "sharpness", "of_real", "ink", "failed")
            },
        },
        on_reach_change=_follow_reach,
        on_again_change=lambda: None,  # the server has forgotten how to draw: the rerun offers it anew
    )


def _facts(kind: str, entry: Entry, seed: int) -> dict[str, str]:
    return {
        "title": versus_choose.title(kind),
        "name": entry.name,
        "colour": KINDS[kind],
        "alt": t("versus.samples_alt", name=entry.name, n=PICTURES, seed=seed),
        "walk_alt": t("versus.walk_alt", name=entry.name, n=COLUMNS),
    }


def _real(answers: Mapping[str, Any]) -> float | None:
    """Return the sharpness of real pictures, where it stands on a card."""
    return next((each.floors["sharpness"] for each in answers.values() if "sharpness" in each.floors), None)


def _reach() -> float:
    """Return how long latents are, as the address or the slider says."""
    if wanted := address.asked(_REACH):
        try:
            value = float(wanted[0])
        except ValueError:
            value = -1.0
        if 0 <= value <= MOST_REACH:
            st.session_state[_REACH] = f"{value:g}"
        else:
            address.ignore(_REACH, t("versus.no_such_reach", value=wanted[0], most=f"{MOST_REACH:g}"))
    st.session_state.setdefault(_REACH, "1")
    address.keep(_REACH, [st.session_state[_REACH]], ["1"])
    return float(st.session_state[_REACH])


def _follow_reach() -> None:
    told = st.session_state["versus.pictures"].get("reach")
    if isinstance(told, int | float) and 0 <= told <= MOST_REACH:
        st.session_state[_REACH] = f"{told:g}"
        address.follow(_REACH)


def _next_seed() -> None:
    st.session_state[_SEED] = (int(st.session_state.get(_SEED, 0)) + 1) % (_MOST_SEED + 1)
