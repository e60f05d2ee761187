"""What the Compare page's address carries, and what of it was ignored.

Streamlit would write the titles of choices, which people translate, into the address; so it is kept by hand.
"""

from collections.abc import Sequence

import streamlit as st

from ganlab.ui.parts.text import plain

MEMBERS, SET, MEASURE = "compare.members", "compare.set", "compare.measure"
_IGNORED, _MOST = "compare.ignored", 8


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
    st.session_state.pop(_IGNORED, None)
    if value:
        st.query_params[key] = value
    else:
        st.query_params.pop(key, None)


def ignore(reason: str) -> None:
    """Note why something was ignored; it is told until the visitor chooses something else."""
    told = st.session_state.setdefault(_IGNORED, [])
    if reason not in told and len(told) < _MOST:
        told.append(reason)


def tell() -> None:
    """Say what was ignored."""
    if told := st.session_state.get(_IGNORED):
        st.warning("  \n".join(map(plain, told)), icon=":material/link_off:")
