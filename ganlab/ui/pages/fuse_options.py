"""What a rule takes beside weights: one control an option, in the address like all others."""

from collections.abc import Mapping, Sequence

import streamlit as st

from ganlab.fusion import OPTIONS, RULES, misfit
from ganlab.fusion.options import Option, Value
from ganlab.members.store import Entry
from ganlab.ui.i18n import t
from ganlab.ui.i18n.families import about

MANY, _BESIDE = 2, 6  # options below each other, and more than that beside each other


def show(entries: Sequence[Entry], rule: str) -> dict[str, Value]:
    """Offer a rule's options; returns those that were set to something unusual."""
    own = RULES[rule].facts["options"]
    offered = {name: _fitting(entries, rule, name) for name in own}
    if not any(offered.values()):
        return {}
    found: dict[str, Value] = {}
    shown = [name for name, members in offered.items() if members]
    columns = st.columns(min(_BESIDE, len(shown))) if len(shown) > MANY else [st.container()]
    for place, name in enumerate(shown):
        option = OPTIONS[name]
        with columns[place % len(columns)]:
            value = _control(name, option, offered[name])
        if value != option.usual:
            found[name] = value
    return found


def put(values: Mapping[str, Value], only: Sequence[str] | None = None) -> None:
    """Set options, and all others back to what is usual; or only some of them."""
    for name, option in OPTIONS.items():
        if only is not None and name not in only:
            continue
        if name in values or _key(name) in st.session_state:
            value = values.get(name, option.usual)
            st.session_state[_key(name)] = (value or None) if option.names_member else value


def _fitting(entries: Sequence[Entry], rule: str, name: str) -> list[str]:
    """Return the members that an option may name here; for a number, that it may be set."""
    if not OPTIONS[name].names_member:
        return [name]  # nobody has to fit
    cards = [entry.card for entry in entries]
    return [card.name for card in cards if misfit(rule, cards, options={name: card.name}) is None]


def _control(name: str, option: Option, members: list[str]) -> Value:
    if option.names_member:
        return _member(name, members)
    return _number(name, option) if option.is_number else _word(name, option)


def _word(name: str, option: Option) -> str:
    # What the address shall hold is the word itself, which no title can stand for.
    return st.selectbox(
        t(f"fuse.option.{name}"),
        option.choices,
        index=option.choices.index(option.usual),
        key=_key(name),
        help=about("option", name),
        bind="query-params",
    )


def _member(name: str, members: list[str]) -> str:
    if st.session_state.get(_key(name)) not in (None, *members):
        st.session_state[_key(name)] = None
    # Nobody is no option: its title would stand in the address.
    chosen = st.selectbox(
        t(f"fuse.option.{name}"),
        members,
        index=None,
        placeholder=t("fuse.first_member" if name == "low" else "fuse.nobody"),
        key=_key(name),
        help=about("option", name),
        bind="query-params",
    )
    return chosen or ""


def _number(name: str, option: Option) -> float:
    kind = int if option.whole else float
    return st.slider(
        t(f"fuse.option.{name}"),
        *(kind(each) for each in (option.low, option.high, option.usual, option.step)),
        key=_key(name),
        help=about("option", name),
        bind="query-params",
    )


def _key(name: str) -> str:
    return f"fuse.{name}"
