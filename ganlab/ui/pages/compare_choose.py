"""Which members are compared: all of one dataset, or some of them."""

import streamlit as st

from ganlab.errors import GanlabError
from ganlab.members.store import Catalogue, Entry
from ganlab.ui.i18n import t
from ganlab.ui.pages.compare_address import MEMBERS
from ganlab.ui.parts import address
from ganlab.ui.parts.groups import groups

MOST = 12  # members at once; more are a tangle
_DATASET = "compare.dataset"


def members(shelf: Catalogue) -> list[Entry]:
    """Let the visitor choose among members that draw the same kind of thing; the store is not empty."""
    together = {group: [entry.name for entry in entries] for group, entries in groups(shelf).items()}
    group_of = {name: group for group, names in together.items() for name in names}
    if wanted := address.asked(MEMBERS):
        _adopt(wanted, group_of, shelf)
    chosen = [name for name in st.session_state.get(MEMBERS, ()) if name in group_of]
    group = group_of[chosen[0]] if chosen else st.session_state.get(_DATASET)
    group = group if group in together else next(iter(together))
    if MEMBERS not in st.session_state or (st.session_state[MEMBERS] and not chosen):
        chosen = together[group][:MOST]
    st.session_state[MEMBERS], st.session_state[_DATASET] = chosen, group
    place = st.container()
    if len(together) > 1:
        left, place = st.columns([1, 3])
        left.selectbox(t("compare.dataset"), list(together), key=_DATASET, on_change=_change_group, args=(together,))
    chosen = place.multiselect(
        t("compare.members", most=MOST),
        together[group],
        max_selections=MOST,
        key=MEMBERS,
        placeholder=t("compare.members_hint"),
        on_change=address.follow,
        args=(MEMBERS,),
        persist_state="session",
    )
    address.keep(MEMBERS, chosen, together[next(iter(together))][:MOST])
    return [shelf[name] for name in chosen]


def _adopt(wanted: list[str], group_of: dict[str, str], shelf: Catalogue) -> None:
    """Take from the address what can be compared, and say of the rest why not."""
    group = next((group_of[name] for name in wanted if name in group_of), None)
    fitting = [name for name in wanted if name in group_of and group_of[name] == group][:MOST]
    for name in wanted:
        if name not in fitting:
            address.ignore(MEMBERS, _why_not(name, group, group_of, shelf))
    if fitting:
        st.session_state[MEMBERS] = fitting


def _why_not(name: str, group: str | None, group_of: dict[str, str], shelf: Catalogue) -> str:
    try:
        shelf[name]
    except GanlabError as error:
        return str(error)
    if group_of[name] != group:
        return t("compare.other_group", name=name, own=group_of[name], group=group)
    return t("compare.too_many", name=name, most=MOST)


def _change_group(together: dict[str, list[str]]) -> None:
    st.session_state[MEMBERS] = together[st.session_state[_DATASET]][:MOST]
    address.follow(MEMBERS)
