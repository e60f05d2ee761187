"""Choices that a page's address carries, written by hand, and what of it was ignored.

Streamlit binds widgets to the address, too, but would write the titles of choices, which people translate.
"""

from collections.abc import Sequence

import streamlit as st

from ganlab.ui.parts.text import plain

_MOST = 8  # reasons told


def asked(key: str) -> list[str]:
    """Return what the address asks, if that is not what is shown already."""
    values = list(dict.fromkeys(st.query_params.get_all(key)))
    shown = st.session_state.get(key)
    return [] if values == (shown if isinstance(shown, list) else [shown]) else values


def keep(key: str, values: Sequence[str], usual: Sequence[str]) -> None:
    """Let the address follow what is shown; the usual needs no words."""
    if list(values) == list(usual) or not values:
        st.query_params.pop(key, None)
    elif st.query_params.get_all(key) != list(values):
        st.query_params[key] = list(values)


def follow(key: str) -> None:
    """Let the address follow a choice before the page reads it; for ``on_change``."""
    value = st.session_state[key]
    st.session_state.pop(_ignored(key), None)
    if value:
        st.query_params[key] = value
    else:
        st.query_params.pop(key, None)


def ignore(key: str, reason: str) -> None:
    """Note why what the address asks of a key was ignored; it is told until the visitor chooses something else."""
    told = st.session_state.setdefault(_ignored(key), [])
    if reason not in told and len(told) < _MOST:
        told.append(reason)


def tell(page: str) -> None:
    """Say what a page ignored."""
    if told := st.session_state.get(_ignored(page)):
        st.warning("  \n".join(map(plain, told)), icon=":material/link_off:")


def _ignored(key: str) -> str:
    return f"{key.partition('.')[0]}.ignored"
