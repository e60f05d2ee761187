"""What a rule takes beside weights: one control an option, in the address like all others."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from ganlab.fusion import OPTIONS, RULES, misfit
from ganlab.fusion.options import Option, Value
from ganlab.members.store import Entry
from ganlab.ui.i18n import t
from ganlab.ui.i18n.families import about

MANY, _BESIDE = 2, 6  # options below each other, and more than that beside each other


def show(
    entries: Sequence[Entry], rule: str, page: str = "fuse", moved: Callable[[], None] | None = None
) -> dict[str, Value]:
    """Offer a rule's options; returns those that were set to something unusual.

    Args:
        entries: The members.
        rule: Its name.
        page: Whose address holds them.
        moved: Called when one of them changes.
    """
    offered = fitting(entries, rule)
    if not any(offered.values()):
        return {}
    found: dict[str, Value] = {}
    shown = [name for name, members in offered.items() if members]
    columns = st.columns(min(_BESIDE, len(shown))) if len(shown) > MANY else [st.container()]
    for place, name in enumerate(shown):
        option = OPTIONS[name]
        with columns[place % len(columns)]:
            value = _control(name, option, offered[name], {"key": _key(name, page), "on_change": moved})
        if value != option.usual:
            found[name] = value
    return found


def put(values: Mapping[str, Value], only: Sequence[str] | None = None, page: str = "fuse") -> None:
    """Set options of a page, and all others back to what is usual; or only some of them."""
    for name, option in OPTIONS.items():
        if only is not None and name not in only:
            continue
        if name in values or _key(name, page) in st.session_state:
            value = values.get(name, option.usual)
            st.session_state[_key(name, page)] = (value or None) if option.names_member else value


def fitting(entries: Sequence[Entry], rule: str) -> dict[str, list[str]]:
    """Return a rule's options, each with the members that it may name here, or itself; without any it has no place."""
    return {name: _fitting(entries, rule, name) for name in RULES[rule].facts["options"]}


def _fitting(entries: Sequence[Entry], rule: str, name: str) -> list[str]:
    """Return the members that an option may name here; for a number, that it may be set."""
    if not OPTIONS[name].names_member:
        return [name]  # nobody has to fit
    cards = [entry.card for entry in entries]
    return [card.name for card in cards if misfit(rule, cards, options={name: card.name}) is None]


def _control(name: str, option: Option, members: list[str], place: dict[str, Any]) -> Value:
    if option.names_member:
        return _member(name, members, place)
    return _number(name, option, place) if option.is_number else _word(name, option, place)


def _word(name: str, option: Option, place: dict[str, Any]) -> str:
    # What the address shall hold is the word itself, which no title can stand for.
    return st.selectbox(
        t(f"fuse.option.{name}"),
        option.choices,
        index=option.choices.index(option.usual),
        help=about("option", name),
        bind="query-params",
        **place,
    )


def _member(name: str, members: list[str], place: dict[str, Any]) -> str:
    if st.session_state.get(place["key"]) not in (None, *members):
        st.session_state[place["key"]] = None
    # Nobody is no option: its title would stand in the address.
    chosen = st.selectbox(
        t(f"fuse.option.{name}"),
        members,
        index=None,
        placeholder=t("fuse.first_member" if name == "low" else "fuse.nobody"),
        help=about("option", name),
        bind="query-params",
        **place,
    )
    return chosen or ""


def _number(name: str, option: Option, place: dict[str, Any]) -> float:
    kind = int if option.whole else float
    return st.slider(
        t(f"fuse.option.{name}"),
        *(kind(each) for each in (option.low, option.high, option.usual, option.step)),
        help=about("option", name),
        bind="query-params",
        **place,
    )


def _key(name: str, page: str = "fuse") -> str:
    return f"{page}.{name}"
