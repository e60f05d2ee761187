"""All that was measured of a member: numbers with their intervals, beside those of real pictures."""

import streamlit as st

from ganlab.members.card import Measurement
from ganlab.members.store import Entry
from ganlab.ui import parts
from ganlab.ui.i18n import t
from ganlab.ui.pages import gallery_facts
from ganlab.ui.parts import numbers


def show(entry: Entry) -> None:
    """Show every measurement on the card, the usual one first, and lead on to the comparison."""
    first = gallery_facts.usual(entry.card)
    if first is not None:
        _measurement(first)
    for other in entry.card.metrics:
        if other is not first:
            with st.expander(numbers.question(other)):
                _measurement(other, told=False)
    label = t("gallery.measure") if first is None else t("gallery.compare")
    parts.link("compare", label, {"compare.members": [entry.name]})


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
        st.caption(f":material/info: {parts.plain(note)}")


def _classes(measured: Measurement) -> str:
    """Return the share of each class beside that of real pictures."""
    both = zip(numbers.class_names(measured), measured.class_shares, measured.real_shares, strict=False)
    told = ", ".join(t("gallery.class_share", name=parts.plain(name), fake=f, real=r) for name, f, r in both)
    return t("gallery.class_shares", told=told)
