"""Who this visit is: a small place in the sidebar to become the presenter, and a mark on the page of whoever is."""

from importlib.util import find_spec

import streamlit as st

from ganlab.errors import NotAllowed
from ganlab.ui import presenter, rights
from ganlab.ui.i18n import t
from ganlab.ui.parts.component import component
from ganlab.ui.parts.text import plain

_KEY, _FAULT, _CLAIM = "app.presenter_key", "app.presenter_fault", "app.presenter_claim"


def sidebar() -> None:
    """Show, in a class, who this visit is, and the way to become the presenter or to stop being it."""
    if not rights.is_class():
        return
    claim = st.session_state.get(_CLAIM, "")
    component("who", "<div>\n</div>")(key="app.who", data={"claim": claim if presenter.awaits(claim) else ""})
    if rights.role() == "presenter":
        st.caption(f":material/co_present: {t('rights.you_present')}")
        st.button(t("rights.leave"), key="app.leave", icon=":material/logout:", on_click=_leave)
        return
    st.caption(f":material/visibility: {t('rights.you_visit')}")
    if presenter.is_usable():
        _ask_for_key()
    if rights.presenters():
        _offer_login()


def mark() -> None:
    """Mark the presenter's pages; where nobody can be the presenter, say so and how to change it."""
    if not rights.is_class():
        return
    if rights.role() == "presenter":
        with st.container(key="presenter_mark"):
            st.badge(t("rights.badge"), icon=":material/co_present:", color="violet")
    elif not rights.is_open_to_presenters():
        told = "rights.short_key" if presenter.is_wanted() else "rights.no_key"
        st.info(t(told, least=presenter.LEAST), icon=":material/lock:")


def title(name: str) -> str:
    """Return a window's title: the presenter's says so."""
    return f"{name} · {t('rights.badge')}" if rights.role() == "presenter" else name


def _ask_for_key() -> None:
    with st.popover(t("rights.title"), icon=":material/co_present:"), st.form("app.presenter", border=False):
        st.text_input(t("rights.key"), type="password", key=_KEY, help=t("rights.key_help"), autocomplete="off")
        st.form_submit_button(t("rights.enter"), type="primary", on_click=_enter)
        if fault := st.session_state.pop(_FAULT, None):
            st.error(plain(fault), icon=":material/error:")


def _enter() -> None:
    given, st.session_state[_KEY] = st.session_state[_KEY], ""
    try:
        rights.enter(given)
    except NotAllowed as error:
        st.session_state[_FAULT] = str(error)
    else:
        st.session_state[_CLAIM] = presenter.claim(st.session_state[rights.PASS])


def _leave() -> None:
    rights.leave()
    if st.user.to_dict().get("is_logged_in"):
        st.logout()


def _offer_login() -> None:
    user = st.user.to_dict()
    if user.get("is_logged_in"):
        st.caption(t("rights.logged_in_as", email=plain(user.get("email", "?"), 100)))
        st.button(t("rights.log_out"), key="app.log_out", on_click=st.logout)
    elif "is_logged_in" not in user:  # a proxy says who comes: there is nothing to log in to here
        return
    elif find_spec("authlib") is None:
        st.caption(t("rights.no_login"))
    else:
        st.button(t("rights.log_in"), key="app.log_in", icon=":material/login:", on_click=st.login)
