"""Principal directions of the first member's latent space: sliders on the canvas, and mixtures of them under a name."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import streamlit as st

from ganlab.errors import GanlabError
from ganlab.members.store import Entry
from ganlab.ui import deeds, engine, parts, rights
from ganlab.ui.i18n import t
from ganlab.ui.pages import explore_address as address


@dataclass(frozen=True)
class Axes:
    """Directions with a slider each: first the principal ones, then those that were named.

    Attributes:
        titles: What a slider is called.
        rows: Unit directions of the noise, float32 [k, walk_dim].
    """

    titles: list[str] = field(default_factory=list)
    rows: np.ndarray = field(default_factory=lambda: np.zeros((0, 0), np.float32))

    @property
    def digest(self) -> str:
        """What stands for the directions."""
        return hashlib.sha256(self.rows.tobytes()).hexdigest()

    def shift(self, along: Sequence[float]) -> np.ndarray | None:
        """Return what sliders add to the noise, [walk_dim]; None where they add nothing."""
        amounts = np.array(along[: len(self.rows)], np.float32)
        return amounts @ self.rows[: len(amounts)] if amounts.any() else None


NO_AXES = Axes()


def axes(entry: Entry, label: int | None) -> Axes:
    """Return a member's directions; none as long as the engine loads, or where it has none, which ``show`` says."""
    if not parts.engine_ready():
        return NO_AXES
    from ganlab.members.directions import kept, principal

    device = parts.chosen_device()
    card = entry.card
    try:
        member = engine.member(card.name, device, card)
        key = ("directions", card.digest(), device, label)
        found = engine.remembered(lambda: principal(member, label=label), *key)
    except GanlabError:
        return NO_AXES
    own = [each for each in kept(card) if len(each.axis) == member.walk_dim]
    titles = [f"{place} · {share:.1%}" for place, share in enumerate(found.explained, 1)]
    rows = np.concatenate([found.axes, *(np.array([each.axis], np.float32) for each in own)])
    return Axes([*titles, *(each.name for each in own)], rows)


def show(entry: Entry, axes: Axes) -> None:
    """Say what the sliders are, and keep a mixture of them under a name."""
    from ganlab.members.directions import LONGEST_NAME, kept

    name = parts.plain(entry.name)
    if not axes.titles:
        st.info(t("explore.no_directions", name=name), icon=":material/info:")
        return
    st.caption(t("explore.directions_about", name=name))
    if not rights.may("keep"):
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input(t("explore.direction_name"), key="explore.direction_name", max_chars=LONGEST_NAME, width=260)
        st.button(
            t("explore.keep_direction"),
            key="explore.keep_direction",
            icon=":material/bookmark_add:",
            help=t("explore.keep_direction_help"),
            on_click=_keep,
            args=(entry, axes),
        )
        for place, each in enumerate(kept(entry.card)):
            st.button(
                t("explore.drop_direction", name=parts.plain(each.name)),
                key=f"explore.drop_direction{place}",
                type="tertiary",
                icon=":material/delete:",
                on_click=_drop,
                args=(entry, each.name),
            )


def _keep(entry: Entry, axes: Axes) -> None:
    name = st.session_state["explore.direction_name"]
    shift = axes.shift(address.place()["along"])
    if parts.done(lambda: deeds.keep_direction(entry.card, name, np.zeros(1) if shift is None else shift)):
        st.session_state["explore.direction_name"] = ""
        address.hold({"along": []})  # the new slider stands for all of them


def _drop(entry: Entry, name: str) -> None:
    if parts.done(lambda: deeds.drop_direction(entry.card, name)):
        address.hold({"along": []})
