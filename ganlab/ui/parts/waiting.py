"""While the engine loads, and when something goes wrong: a page never shows a traceback."""

import logging
from collections.abc import Callable

import streamlit as st

from ganlab.errors import GanlabError
from ganlab.ui import engine
from ganlab.ui.i18n import t


def waiting_for_engine() -> bool:
    """Return whether torch is still loading; if so, show a placeholder that goes on by itself."""
    engine.warm()  # a page run without our app (tests) starts it here
    if engine.READY.is_set():
        return False

    @st.fragment(run_every=0.3)
    def gate() -> None:
        if engine.READY.is_set():
            st.rerun()  # the next run has no timer
        st.caption(t("app.waiting"))
        st.skeleton(height=240)

    gate()
    return True


def told(page: Callable[[], None]) -> None:
    """Run a page; what a user can mend becomes its sentence, what is our fault a plain apology."""
    try:
        page()
    except GanlabError as error:
        st.error(str(error), icon=":material/error:")
    except Exception as error:
        if type(error).__module__.startswith("streamlit"):
            raise  # reruns and stops are how Streamlit works
        logging.getLogger("ganlab.ui").exception("A page failed")
        st.error(t("app.fault"), icon=":material/bug_report:")
