"""All that was measured of a member: numbers with their intervals, beside those of real pictures."""

import streamlit as st

from ganlab.members.card import Measurement
from ganlab.members.store import Catalogue, Entry
from ganlab.ui import parts
from ganlab.ui.i18n import t
from ganlab.ui.pages import gallery_facts
from ganlab.ui.parts import numbers

_MOST_RIVALS = 5


def show(entry: Entry, shelf: Catalogue) -> None:
    """Show every measurement on the card, the usual one first, and lead on to a comparison with others."""
    first = gallery_facts.usual(entry.card)
    if first is not None:
        _measurement(first)
    for other in entry.card.metrics:
        if other is not first:
            with st.expander(numbers.question(other)):
                _measurement(other, told=False)
    label = t("gallery.measure") if first is None else t("gallery.compare")
    parts.link("compare", label, {"compare.members": [entry.name, *_rivals(entry, shelf)]})


def _rivals(entry: Entry, shelf: Catalogue) -> list[str]:
    """Return some measured members that draw the same kind of thing."""
    kind = (entry.card.dataset, entry.card.shape)
    others = [other for other in shelf if (other.card.dataset, other.card.shape) == kind and other.card.metrics]
    return [other.name for other in others if other.name != entry.name][:_MOST_RIVALS]


def _measurement(measured: Measurement, told: bool = True) -> None:
    if told:
        st.markdown(f"**{t('facts.measured')}**: {numbers.question(measured)}")
    rows = [t("gallery.numbers_head"), "|---|---|---|"]
    for name, number in numbers.ordered(measured):
        floor = measured.floors.get(name)
        real = "" if floor is None else numbers.figure(floor)
        rows.append(f"| {parts.plain(numbers.title(name))} | {parts.plain(numbers.interval(number))} | {real} |")
    st.markdown("\n".join(rows))
    if measured.class_shares:
        st.caption(_classes(measured))
    for note in measured.notes:
        st.caption(f":material/info: {parts.spoken(note)}")


def _classes(measured: Measurement) -> str:
    """Return the share of each class beside that of real pictures."""
    both = zip(numbers.class_names(measured), measured.class_shares, measured.real_shares, strict=False)
    told = " · ".join(t("gallery.class_share", name=parts.plain(name), fake=f, real=r) for name, f, r in both)
    return t("gallery.class_shares", told=told)
