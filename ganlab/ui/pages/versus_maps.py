"""Latent maps beside each other: where the encoders of all three put the same pictures, coloured by class."""

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from ganlab.data import examples
from ganlab.images import from_uint8
from ganlab.members.store import Entry
from ganlab.ui import engine, parts
from ganlab.ui.i18n import t
from ganlab.ui.pages import compare_charts, versus_choose, versus_draw, versus_real
from ganlab.ui.pages.versus_choose import Chosen
from ganlab.ui.pages.versus_real import Pictures
from ganlab.ui.parts import numbers
from ganlab.ui.parts.roles import MEMBERS

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from ganlab.members.maps import Flat
    from ganlab.members.member import Member

_POINTS = 500  # drawn; measured are all
_ALIKE = 0.04  # shares of neighbours that differ by less may do so by chance
_COLOURS = (*MEMBERS, "#009e73", "#bcbd22")  # ten classes; each is told by its sign or in words, too


def show(chosen: Chosen) -> None:
    """Show a map for each member that encodes, and say how far classes lie apart."""
    card = next(iter(chosen.entries.values())).card
    found = versus_real.choose(card.dataset, card.shape, drawing=False)
    if found is None:
        return
    names = examples.classes(card.dataset) if found.labels is not None else ()
    members = versus_draw.opened(chosen)
    able = {kind: member for kind, member in members.items() if member.encodes}
    said = []
    for column, (kind, member) in zip(st.columns(max(1, len(able)), gap="small"), able.items(), strict=False):
        entry = chosen.entries[kind]
        flat, together, length = _map(entry, member, found)
        with column:
            st.markdown(f"**{versus_choose.title(kind)}** {parts.plain(entry.name)}")
            figure = _figure(flat, None if found.labels is None else found.labels[:_POINTS], names)
            compare_charts.show(figure, t("versus.map_alt", name=entry.name), key=f"versus.map.{kind}")
            words = [t("versus.map_length", length=numbers.figure(length), usual=numbers.figure(member.walk_dim**0.5))]
            if together is not None:
                words.insert(0, t("versus.map_together", share=together))
                said.append((together, kind))
            st.caption(" ".join(words))
    for kind in members.keys() - able.keys():
        st.info(t("versus.no_encoder", name=parts.plain(chosen.entries[kind].name)), icon=":material/info:")
    if len(said) > 1:
        (least, last), (most, first) = min(said), max(said)
        told = {"first": versus_choose.title(first), "most": most, "last": versus_choose.title(last), "least": least}
        st.markdown(t("versus.said_map", **told) if most - least > _ALIKE else t("versus.said_map_alike", share=most))
    st.caption(t("versus.map_told", n=len(found.images), drawn=min(_POINTS, len(found.images))))


def _map(entry: Entry, member: "Member", found: Pictures) -> "tuple[Flat, float | None, float]":
    """Return the codes in the plane, how much classes keep together in all dimensions, and how long codes are."""

    def make() -> "tuple[Flat, float | None, float]":
        from ganlab.members import maps

        codes = maps.codes_of(member, from_uint8(found.images))
        together = None if found.labels is None else maps.together(codes, found.labels)
        return maps.flat(codes), together, float(np.linalg.norm(codes, axis=1).mean())

    encoder = entry.card.encoder and entry.card.encoder.sha256
    return engine.remembered(make, "map", entry.card.digest(), encoder, parts.chosen_device(), found.stamp)


def _figure(flat: "Flat", labels: np.ndarray | None, names: tuple[str, ...]) -> "Figure":
    """Return a plane of codes: classes of one sign are written, others are dots with a legend."""
    from plotly import graph_objects as go

    figure = go.Figure()
    signs = bool(names) and all(len(name) == 1 for name in names)
    for label in sorted(set(labels.tolist())) if labels is not None else [None]:
        rows = np.arange(len(flat.places[:_POINTS])) if label is None else np.flatnonzero(labels == label)
        name = str(names[label]) if label is not None and label < len(names) else str(label or "")
        colour = _COLOURS[(label or 0) % len(_COLOURS)]
        figure.add_scatter(
            x=flat.places[rows, 0],
            y=flat.places[rows, 1],
            mode="text" if signs else "markers",
            text=[name] * len(rows),
            textfont={"color": colour, "size": 13},
            marker={"color": colour, "size": 6},
            name=name,
            hovertemplate=f"{name}<extra></extra>",
        )
    figure.update_layout(
        height=390 if signs else 440,
        margin={"l": 0, "r": 0, "t": 6, "b": 0},
        showlegend=labels is not None and not signs,
        legend={"orientation": "h", "y": -0.18, "yanchor": "top", "font": {"size": 12}},
    )
    for axes, place in ((figure.update_xaxes, 0), (figure.update_yaxes, 1)):
        axes(title_text=t("versus.map_axis", place=place + 1, share=flat.shares[place]), nticks=5, zeroline=True)
    return figure
