"""While the engine loads, and when something goes wrong: a page never shows a traceback."""

import logging
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import streamlit as st

from ganlab import memory
from ganlab.errors import GanlabError
from ganlab.ui import engine
from ganlab.ui.i18n import t
from ganlab.ui.parts import lesson
from ganlab.ui.parts.text import spoken

P = ParamSpec("P")
_WAITED = "app.waited"  # something on the page was left out, for want of torch


def waiting_for_engine() -> bool:
    """Return whether torch is still loading; if so, show a placeholder that goes on by itself."""
    if engine_ready():
        return False
    st.caption(t("app.waiting"))
    st.skeleton(height=240)
    go_on_when_ready()
    return True


def engine_ready() -> bool:
    """Return whether torch is loaded; a page run without our app (tests) starts it here."""
    engine.warm()
    if engine.READY.is_set():
        return True
    st.session_state[_WAITED] = True
    return False


def go_on_when_ready() -> None:
    """Run the page again once torch is loaded; for pages that show what they can before."""
    waited = st.session_state.pop(_WAITED, False)
    if engine.READY.is_set():
        if waited:  # it came while this very run was on its way, after something had been left out
            st.rerun()
        return

    @st.fragment(run_every=0.3)
    def gate() -> None:
        if engine.READY.is_set():
            st.rerun()  # the next run has no timer

    gate()


def told(page: Callable[[], None]) -> None:
    """Run a page; what a user can mend becomes its sentence, what is our fault a plain apology."""
    try:
        page()
    except GanlabError as error:
        complain(error)
    except Exception as error:
        if type(error).__module__.startswith("streamlit"):
            raise  # reruns and stops are how Streamlit works
        if memory.ran_out(error):
            complain(t("app.no_memory"))
            return
        logging.getLogger("ganlab.ui").exception("A page failed")
        st.error(t("app.fault"), icon=":material/bug_report:")


def fragment(part: Callable[P, None]) -> Callable[P, None]:
    """Make a part of a page run again alone, as ``st.fragment`` does, and keep ``told``'s promise there too."""

    @st.fragment
    @wraps(part)
    def alone(*args: P.args, **values: P.kwargs) -> None:
        lesson.hold()
        told(lambda: part(*args, **values))

    return alone


def done(what: Callable[[], object]) -> bool:
    """Do what was asked for; where it cannot be done say why, and return False."""
    try:
        what()
    except GanlabError as error:
        complain(error)
        return False
    return True


def complain(error: GanlabError | str) -> None:
    """Say what was given, what was wanted and the next step; names in it may come from anywhere."""
    st.error(spoken(error, 2_000), icon=":material/error:")
