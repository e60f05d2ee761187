"""The language of a visit: from its address, else from the browser, and the switch beside all pages."""

import streamlit as st

from ganlab.ui.i18n import DEFAULT, KEY, LANGUAGES, t

_ADDRESS, _SWITCH = "lang", "app.language_switch"


def settle() -> None:
    """Take the language from the address, or the browser's, before the first text; and let the address carry it."""
    asked = st.query_params.get(_ADDRESS)
    if asked in LANGUAGES:
        st.session_state[KEY] = asked
    elif KEY not in st.session_state:
        st.session_state[KEY] = _of_browser()
    _address()


def switch() -> None:
    """Offer the languages, each by its own name."""
    st.session_state[_SWITCH] = st.session_state[KEY]
    st.segmented_control(
        t("app.language"), list(LANGUAGES), format_func=LANGUAGES.get, key=_SWITCH, required=True, on_change=_take
    )


def _take() -> None:
    st.session_state[KEY] = st.session_state[_SWITCH]
    _address()


def _of_browser() -> str:
    browser = (st.context.locale or DEFAULT).split("-")[0].lower()
    return browser if browser in LANGUAGES else DEFAULT


def _address() -> None:
    # Without a word in the address, a browser of another language would come back to its own.
    if {st.session_state[KEY], _of_browser()} == {DEFAULT}:
        st.query_params.pop(_ADDRESS, None)
    elif st.query_params.get(_ADDRESS) != st.session_state[KEY]:
        st.query_params[_ADDRESS] = st.session_state[KEY]
