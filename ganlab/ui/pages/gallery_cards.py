"""The cards of the gallery; they need no torch as long as previews are stored."""

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ganlab.errors import GanlabError
from ganlab.members import preview
from ganlab.members.store import Entry
from ganlab.ui import engine, parts
from ganlab.ui.i18n import t
from ganlab.ui.pages import gallery_facts, gallery_member
from ganlab.ui.parts import numbers

_COLUMNS, _FEW = 4, 4


def show(entries: Sequence[Entry]) -> None:
    """Lay out the cards, then draw the previews that are not stored yet."""
    chosen = _filtered(entries)
    if not chosen:
        st.info(t("gallery.none_left"))
        return
    missing = []
    for start in range(0, len(chosen), _COLUMNS):
        for offset, (column, entry) in enumerate(zip(st.columns(_COLUMNS), chosen[start:], strict=False)):
            with column, st.container(border=True, height="stretch"):
                with st.container(key=f"gallery_preview_{start + offset}"):
                    slot = st.empty()
                if data := preview.find(entry):
                    _picture(slot, entry, data)
                else:
                    missing.append((slot, entry))
                _card(entry)
    _draw(missing)


def _filtered(entries: Sequence[Entry]) -> list[Entry]:
    """Offer a choice wherever many members differ."""
    if len(entries) <= _FEW:
        return list(entries)
    facts = {"dataset": lambda card: card.dataset, "kind": lambda card: card.kind, "network": lambda card: card.network}
    labels = {"dataset": t("facts.dataset"), "kind": t("facts.kind"), "network": t("facts.network")}
    offered = {}
    for name, fact in facts.items():
        values = sorted({value for entry in entries if (value := fact(entry.card)) is not None})
        if len(values) > 1:
            offered[name] = values
    left = list(entries)
    with st.container(horizontal=True, gap="small"):
        for name, values in offered.items():
            wanted = st.selectbox(
                labels[name],
                values,
                index=None,
                placeholder=t("gallery.any", what=labels[name]),
                label_visibility="collapsed",
                key=f"gallery.only_{name}",
                bind="query-params",
                width=170,
            )
            left = [entry for entry in left if wanted is None or facts[name](entry.card) == wanted]
    return left


def _card(entry: Entry) -> None:
    st.markdown(f"**{parts.plain(entry.name)}**  \n{gallery_facts.headline(entry)}")
    measured = gallery_facts.measured(entry.card)
    # A number is never alone: what it was measured with stands below it.
    with_what = measured and numbers.question(gallery_facts.usual(entry.card))
    st.caption("  \n".join(filter(None, [gallery_facts.short(entry.card), measured, with_what])))
    if measured is None:
        parts.link("compare", t("facts.not_measured"), {"compare.members": [entry.name]})
    st.button(
        t("gallery.open", name=entry.name),
        key=f"gallery.open.{entry.name}",
        on_click=gallery_member.go_to,
        args=(entry.name,),
        width="stretch",
    )


def _draw(missing: list[tuple[DeltaGenerator, Entry]]) -> None:
    ready = parts.engine_ready()
    for slot, _ in missing:
        slot.skeleton(height=120)
    for slot, entry in missing if ready else ():
        try:
            data = preview.draw(engine.member(entry.name, parts.chosen_device(), entry.card))
        except GanlabError as error:
            slot.warning(parts.spoken(error))
            continue
        preview.remember(entry, data)
        _picture(slot, entry, data)


def _picture(slot: DeltaGenerator, entry: Entry, data: bytes) -> None:
    with slot:
        parts.image_grid(data, t("gallery.preview_alt", name=entry.name))
