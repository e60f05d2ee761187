"""What a page's address carries, and what of it was ignored: the one way to tell it, for all pages.

Streamlit binds widgets to the address, and passes over what they cannot show without a word; choices with titles,
which people translate, are bound by hand.  A page takes its ``wishes`` before its widgets correct the address, notes
reasons of its own with ``ignore``, and ends with ``tell``.
"""

import contextlib
import math
from collections.abc import Mapping, Sequence

import streamlit as st
from streamlit.errors import StreamlitAPIException

from ganlab.members.store import catalogue
from ganlab.ui.i18n import t
from ganlab.ui.parts.text import spoken

_MOST = 8  # reasons told


def wishes(page: str) -> dict[str, list[str]]:
    """Return what the address asks of a page and was not answered yet, before any widget corrects it."""
    found = _address(page)
    if found == st.session_state.get(f"{page}.answered"):
        return {}
    if endless := {key: values[0] for key, values in found.items() if any(map(_endless, values))}:
        for key, value in endless.items():
            ignore(key, t("app.ignored", name=key, value=value))
            with contextlib.suppress(StreamlitAPIException):  # a widget that is there already has not taken it
                st.query_params.pop(key)
        st.rerun()  # Streamlit reads the address as a run begins, and breaks on such a number
    return found


def _endless(value: str) -> bool:
    """Whether a text is a number that is none, or infinite; members may be called so."""
    try:
        return not math.isfinite(float(value)) and value not in catalogue()
    except ValueError:
        return False


def answer(page: str) -> None:
    """Remember the address as one that the page has answered."""
    st.session_state[f"{page}.answered"] = _address(page)


def asked(key: str) -> list[str]:
    """Return what the address asks, if that is not what is shown already; for choices bound by hand."""
    st.session_state.setdefault(_by_hand(key), set()).add(key)
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
    forget(key)
    if value:
        st.query_params[key] = value
    else:
        st.query_params.pop(key, None)


def ignore(key: str, reason: str) -> None:
    """Note why what the address asks of a key was ignored; it is told until the visitor chooses something else."""
    told = st.session_state.setdefault(_ignored(key), [])
    if (key, reason) not in told and len(told) < _MOST:
        told.append((key, reason))


def forget(page: str) -> None:
    """Clear what was told."""
    st.session_state.pop(_ignored(page), None)


def tell(page: str, asked_for: Mapping[str, Sequence[str]] | None = None, by_page: Sequence[str] | None = None) -> None:
    """Say what a page ignored: what was noted, and each wish whose widget shows something else.

    Args:
        page: Its name, with which its keys begin.
        asked_for: What ``wishes`` returned before the widgets were made.
        by_page: Keys that the page reads itself; given, all others that no widget shows are told, too.
    """
    noted = {key for key, _ in st.session_state.get(_ignored(page), ())}
    elsewhere = noted | st.session_state.get(_by_hand(page), set())
    for key, values in (asked_for or {}).items():
        shown = st.session_state.get(key, ...)
        absent = shown is ...
        if key in elsewhere or isinstance(shown, list) or (absent and (by_page is None or key in by_page)):
            continue
        if absent or not any(_same(value, shown) for value in values):
            ignore(key, t("app.ignored", name=key, value=values[0]))
    answer(page)
    if told := st.session_state.get(_ignored(page)):
        st.warning("  \n".join(spoken(reason) for _, reason in told), icon=":material/link_off:")


def _same(value: str, shown: object) -> bool:
    """Whether a widget shows what the address asks: a number, a text, or a switch."""
    try:
        return float(value.lower().replace("true", "1").replace("false", "0")) == float(shown)
    except (TypeError, ValueError):
        return value == shown


def _address(page: str) -> dict[str, list[str]]:
    return {key: st.query_params.get_all(key) for key in st.query_params if key.startswith(f"{page}.")}


def _ignored(key: str) -> str:
    return f"{key.partition('.')[0]}.ignored"


def _by_hand(key: str) -> str:
    return f"{key.partition('.')[0]}.by_hand"
