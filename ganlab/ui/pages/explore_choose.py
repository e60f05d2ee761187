"""Whose latent space is walked through: up to eight members of one dataset of pictures."""

import streamlit as st

from ganlab.errors import GanlabError
from ganlab.members.store import Catalogue, Entry
from ganlab.spec.walk import MOST_MEMBERS
from ganlab.ui import parts
from ganlab.ui.i18n import t
from ganlab.ui.pages import explore_address as address
from ganlab.ui.parts import address as notes
from ganlab.ui.parts.groups import groups

_DATASET = "explore.dataset"


def members(shelf: Catalogue) -> list[Entry] | None:
    """Let the visitor choose; None where there is nobody to choose, which the page then says."""
    together = {group: own for group, own in groups(shelf).items() if len(own[0].card.shape) == 3}
    if not together:
        st.info(t("explore.none"), icon=":material/info:")
        parts.link("train", t("explore.to_train"))
        return None
    group_of = {entry.name: group for group, entries in together.items() for entry in entries}
    if (wanted := st.query_params.get_all(address.MEMBERS)) and wanted != st.session_state.get(address.MEMBERS):
        _adopt(wanted, group_of, shelf)
    chosen = [name for name in st.session_state.get(address.MEMBERS, ()) if name in group_of]
    group = group_of[chosen[0]] if chosen else st.session_state.get(_DATASET)
    group = group if group in together else next(iter(together))
    if not chosen and (address.MEMBERS not in st.session_state or st.session_state[address.MEMBERS]):
        chosen = usual(together[group])
    st.session_state[address.MEMBERS], st.session_state[_DATASET] = chosen, group
    place = st.container()
    if len(together) > 1:
        left, place = st.columns([1, 3])
        left.selectbox(t("explore.dataset"), list(together), key=_DATASET, on_change=_change_group, args=(together,))
    chosen = place.multiselect(
        t("explore.members", most=MOST_MEMBERS),
        [entry.name for entry in together[group]],
        max_selections=MOST_MEMBERS,
        key=address.MEMBERS,
        placeholder=t("explore.members_hint"),
        on_change=_follow,
        persist_state="session",
    )
    _follow()
    return [shelf[name] for name in chosen]


def usual(entries: list[Entry]) -> list[str]:
    """Return a first choice: a member that draws by noise alone, and where there is one, another of another kind."""
    plain = [entry for entry in entries if not entry.card.conditional] or entries
    other = next((each.name for each in plain if each.card.kind in ("vae", "gan") and _differ(each, plain[0])), None)
    return [plain[0].name, *([other] if other else [])]


def _differ(one: Entry, other: Entry) -> bool:
    return one.card.kind != other.card.kind


def _adopt(wanted: list[str], group_of: dict[str, str], shelf: Catalogue) -> None:
    """Take from the address who goes together, and say of the others why not."""
    group = next((group_of[name] for name in wanted if name in group_of), None)
    fitting = list(dict.fromkeys(name for name in wanted if group_of.get(name, "") == group))[:MOST_MEMBERS]
    for name in wanted:
        if name not in fitting:
            notes.ignore(address.MEMBERS, _why_not(name, shelf))
    if fitting:
        st.session_state[address.MEMBERS] = fitting


def _why_not(name: str, shelf: Catalogue) -> str:
    try:
        shelf[name]
    except GanlabError as error:
        return str(error)
    return t("explore.apart", name=name)


def _follow() -> None:
    chosen = st.session_state[address.MEMBERS]
    if st.query_params.get_all(address.MEMBERS) != chosen:
        if chosen:
            st.query_params[address.MEMBERS] = chosen
        else:
            st.query_params.pop(address.MEMBERS, None)


def _change_group(together: dict[str, list[Entry]]) -> None:
    st.session_state[address.MEMBERS] = usual(together[st.session_state[_DATASET]])
    address.forget()
    _follow()
