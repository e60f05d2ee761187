"""Which members are fused: two to eight of one dataset."""

import streamlit as st

from ganlab.members.store import Catalogue, Entry
from ganlab.ui import parts
from ganlab.ui.i18n import t
from ganlab.ui.pages import fuse_link
from ganlab.ui.pages.fuse_setting import MEMBERS
from ganlab.ui.parts.groups import groups

MOST = 8
_DATASET, _WERE = "fuse.dataset", "fuse.were"


def members(shelf: Catalogue) -> list[Entry] | None:
    """Let the visitor choose; None where there are no two members to choose, which the page then says."""
    together = {name: entries for name, entries in groups(shelf).items() if len(entries) > 1}
    if not together:
        _nothing(shelf)
        return None
    names = {entry.name: group for group, entries in together.items() for entry in entries}
    known = (st.session_state.get(MEMBERS), st.session_state.get(_WERE))
    if (linked := fuse_link.asked().get(MEMBERS)) and any(known) and linked not in known:
        # A link from another page counts more than what was chosen before; one without a rule means the usual.
        st.session_state.pop(MEMBERS, None)
        st.session_state.pop(fuse_link.RULE, None)
    wanted = st.session_state.get(MEMBERS, st.query_params.get_all(MEMBERS))
    group = next((names[name] for name in wanted if name in names), next(iter(together)))
    if len(together) > 1:
        left, right = st.columns([1, 3])
        left.selectbox(
            t("fuse.dataset"),
            list(together),
            index=list(together).index(group),
            key=f"{_DATASET}.{group}",  # another group is another box, so that it never contradicts the members
            on_change=_change_group,
            args=(group, {name: [entry.name for entry in entries] for name, entries in together.items()}),
        )
    else:
        right = st.container()
    options = [entry.name for entry in together[group]]
    if MEMBERS in st.session_state:
        left_over = [name for name in wanted if name in options]
        if left_over != list(wanted):  # one was deleted meanwhile
            st.session_state[MEMBERS] = left_over
    elif not set(wanted) & set(options):
        # Members that draw by noise alone: what fusion does shows best where nobody is asked for anything.
        plain = [entry.name for entry in together[group] if not entry.card.conditional]
        st.session_state[MEMBERS] = (plain + [name for name in options if name not in plain])[:2]
    chosen = right.multiselect(
        t("fuse.members"),
        options,
        max_selections=MOST,
        key=MEMBERS,
        placeholder=t("fuse.members_hint"),
        on_change=fuse_link.forget,
        bind="query-params",
    )
    st.session_state[_WERE] = list(chosen)
    return [shelf[name] for name in chosen]


def _nothing(shelf: Catalogue) -> None:
    st.info(t("fuse.none") if not shelf.entries else t("fuse.lonely"), icon=":material/info:")
    parts.link("train", t("fuse.to_train"))


def _change_group(group: str, groups: dict[str, list[str]]) -> None:
    chosen = st.session_state[f"{_DATASET}.{group}"]
    st.session_state[MEMBERS] = groups[chosen][:2]
    fuse_link.forget()
