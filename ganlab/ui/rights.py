"""Who may do what: alone on this machine everybody may do all; in a class visitors look, and a presenter does the rest.

Whoever reaches an app that listens on this machine alone, from this machine, is *alone* and may do everything.  As soon
as there is a presenter's key, a list of presenters, another address to listen on, a proxy in front or a page's address
that is not this machine's own name, visits are *visitors* until they are the *presenter*'s.  A role is worked out anew
whenever it is asked for, from what the server knows of the visit; a browser is never asked who it is.
"""

import threading
from collections import OrderedDict
from functools import cache
from typing import Literal
from urllib.parse import urlsplit

import streamlit as st
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit.runtime.scriptrunner import get_script_run_ctx

from ganlab.errors import NotAllowed
from ganlab.ui import presenter
from ganlab.ui.i18n import t

Role = Literal["alone", "presenter", "visitor"]
# What visitors may not do; `device` is the choice of where pictures are drawn, `measure` all work of many seconds.
Right = Literal["train", "steer", "delete", "rename", "keep", "upload", "measure", "device"]
COOKIE, PASS = "ganlab_presenter", "app.pass"  # the pass, at the browser and in the session
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_PROXY = ("forwarded", "via", "x-real-ip")
_UPLOADS, _MOST_SESSIONS = "/_stcore/upload_file/", 2_000
_uploading: OrderedDict[str, None] = OrderedDict()  # sessions that may send files
_guard = threading.Lock()


def role() -> Role:
    """Return the role of the visit that asks; outside of any, that of nobody in particular."""
    if not is_class():
        return "alone"
    return "presenter" if presenter.holds(_pass()) or _is_listed() else "visitor"


def may(right: Right) -> bool:
    """Return whether this visit may do something; every visit may look, drag, sample and share."""
    return role() != "visitor"


def demand(right: Right) -> None:
    """Go on only if this visit may do something.

    Raises:
        NotAllowed: It may not.
    """
    if not may(right):
        raise NotAllowed(t(f"rights.refused.{right}"))


def why_not(right: Right) -> str | None:
    """Return the sentence that says why something is not this visit's to do, or None where it is."""
    return None if may(right) else t(f"rights.refused.{right}")


def is_class() -> bool:
    """Return whether roles differ here: others than the one at this machine may be reaching it."""
    return presenter.is_wanted() or bool(presenters()) or not _is_this_machine()


def is_open_to_presenters() -> bool:
    """Return whether anybody can become the presenter."""
    return presenter.is_usable() or bool(presenters())


def enter(key: str) -> None:
    """Make this visit the presenter's.

    Raises:
        NotAllowed: The key is another one, or too many were tried just now.
    """
    st.session_state[PASS] = presenter.enter(key)


def leave() -> None:
    """Make this visit, and all of the same browser, a visitor's again."""
    presenter.leave(_pass())
    st.session_state.pop(PASS, None)


def settle() -> None:
    """Let the server know, at the start of a run, whether this visit may send files."""
    visit = get_script_run_ctx()
    if visit is None:
        return
    allowed = may("upload")
    with _guard:
        _uploading.pop(visit.session_id, None)
        if allowed:
            _uploading[visit.session_id] = None
        while len(_uploading) > _MOST_SESSIONS:
            _uploading.popitem(last=False)


@cache
def presenters() -> frozenset[str]:
    """Return the addresses that are presenters once they are logged in: ``[ganlab] presenters`` in secrets.toml."""
    if not st.secrets.load_if_toml_exists():
        return frozenset()
    listed = st.secrets.get("ganlab", {}).get("presenters", [])
    return frozenset(each.strip().lower() for each in ([listed] if isinstance(listed, str) else listed))


def _pass() -> str | None:
    """Return the pass of this visit: given in this tab, else brought along by its browser."""
    if get_script_run_ctx(suppress_warning=True) is None:
        return None
    held = st.session_state.get(PASS)
    return held if held is not None else st.context.cookies.get(COOKIE)


def _is_listed() -> bool:
    """Return whether the visit is logged in, by OpenID Connect or by a trusted proxy, under a listed address."""
    if not presenters() or get_script_run_ctx(suppress_warning=True) is None:
        return False
    user = st.user.to_dict()
    sure = user.get("is_logged_in") is True or "email" in (st.get_option("server.trustedUserHeaders") or {}).values()
    verified = str(user.get("email_verified", True)).lower() == "true"
    return sure and verified and str(user.get("email", "")).strip().lower() in presenters()


def _is_this_machine() -> bool:
    """Return whether the app listens on this machine alone, and this visit came from it by its own name."""
    if st.get_option("server.address") not in _LOOPBACK:
        return False
    if get_script_run_ctx(suppress_warning=True) is None:
        return True
    names = [name.lower() for name in st.context.headers]
    if any(name in _PROXY or name.startswith("x-forwarded-") for name in names):
        return False  # a proxy on this machine brings others
    # A name that is not ours leads here as well if its owner wants it to: a page elsewhere could use the app with it.
    ours = all(urlsplit(f"//{host}").hostname in _LOOPBACK for host in st.context.headers.get_all("Host"))
    # Streamlit calls the address of this machine None; where there is no connection at all, as in tests, it is no text.
    return ours and not isinstance(st.context.ip_address, str)


class Uploads:
    """Between the network and Streamlit: files are taken from visits that may send some, from no others."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what is no file, and files of those who may."""
        _, found, after = scope.get("path", "").partition(_UPLOADS)
        if scope["type"] == "http" and found and scope["method"] in ("PUT", "POST", "PATCH"):
            with _guard:
                known = after.split("/")[0] in _uploading
            if not known:
                refusal = PlainTextResponse(t("rights.refused.upload"), status_code=403)
                return await refusal(scope, receive, send)
        return await self._app(scope, receive, send)
