"""Lesson links: ``?hide=fuse.rule,fuse.weights&pin=fuse.seed`` leaves a class only what the lesson is about.

What is hidden is not shown, what is pinned is shown and cannot be moved; both keep the value that the link gave them,
whatever else on the page would change it, as long as the visit lasts.  This is for teaching, not for safety: whoever
opens the plain address has all controls again.
"""

from contextlib import suppress
from copy import copy
from typing import Any

import streamlit as st
from streamlit.errors import StreamlitAPIException

from ganlab.ui.i18n import t
from ganlab.ui.parts.component import component
from ganlab.ui.parts.lesson_controls import CONTROLS, HIDE, PIN, in_session, selectors
from ganlab.ui.parts.text import plain

_LESSON, _PAGE, _MOST = "lesson.asked", "lesson.page", 40


def settle(page: str) -> None:
    """Take the lesson from the address, or keep the one that this visit has; let the address carry it.

    Args:
        page: The name of the one that is about to run.
    """
    st.session_state[_PAGE] = page
    asked = {way: _read(way) for way in (HIDE, PIN)}
    if any(asked.values()) and asked != _lesson()["asked"]:
        known = {way: [name for name in names if name in CONTROLS] for way, names in asked.items()}
        unknown = [name for names in asked.values() for name in names if name not in CONTROLS]
        st.session_state[_LESSON] = {"asked": asked, "values": {}, "unknown": unknown} | known
    for way, names in _lesson()["asked"].items():
        if names and _read(way) != names:
            st.query_params[way] = ",".join(names)
    hold()


def show() -> None:
    """Hide and pin, and say which names mean nothing here."""
    lesson = _lesson()
    hidden = ", ".join(each for name in lesson[HIDE] for each in selectors(name, beside=True))
    pinned = ", ".join(each for name in lesson[PIN] for each in selectors(name))
    beside = ", ".join(each for name in lesson[PIN] for each in selectors(name, beside=True)[len(selectors(name)) :])
    rules = [f"{hidden} {{ display: none !important; }}"] if hidden else []
    rules += [f"{beside} {{ display: none !important; }}"] if beside else []
    rules += [f"{pinned} {{ pointer-events: none; opacity: 0.65; }}"] if pinned else []
    if rules:
        st.html(f"<style>{' '.join(rules)}</style>")
        component("lesson", "<div>\n</div>")(key="app.lesson", data={"pinned": pinned})
    if lesson["unknown"]:
        st.warning(t("lesson.unknown", names=plain(", ".join(lesson["unknown"]), 300)), icon=":material/link_off:")


def hold() -> None:
    """Give held controls their values back, before they are shown again."""
    for name, (value, said) in _lesson()["values"].items():
        if name.startswith(f"{st.session_state.get(_PAGE)}."):
            with suppress(StreamlitAPIException):  # the address of a widget that is bound to it follows by itself
                if st.session_state.get(in_session(name)) != value:
                    st.session_state[in_session(name)] = copy(value)
                _say(name, said)


def keep() -> None:
    """Remember the values that the link gave to what it holds; for the end of a run."""
    lesson = _lesson()
    for name in (*lesson[HIDE], *lesson[PIN]):
        if in_session(name) in st.session_state and name not in lesson["values"]:
            lesson["values"][name] = copy(st.session_state[in_session(name)]), st.query_params.get_all(name)


def _say(name: str, said: list[str]) -> None:
    """Let the address say what it said at first."""
    if st.query_params.get_all(name) == said:
        return
    if said:
        st.query_params[name] = said
    else:
        st.query_params.pop(name, None)


def _read(way: str) -> list[str]:
    told = ",".join(st.query_params.get_all(way)).split(",")
    return list(dict.fromkeys(name.strip()[:60] for name in told if name.strip()))[:_MOST]


def _lesson() -> dict[str, Any]:
    nothing = {"asked": {HIDE: [], PIN: []}, HIDE: [], PIN: [], "values": {}, "unknown": []}
    return st.session_state.get(_LESSON, nothing)
