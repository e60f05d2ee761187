"""A picture or film that is dropped anywhere on a page brings back what it was made of."""

import base64
from collections.abc import Callable, Mapping

import streamlit as st

from ganlab.ui import rights
from ganlab.ui.i18n import t
from ganlab.ui.parts.component import component
from ganlab.ui.parts.waiting import done

_MEGABYTES = 15  # a third more in base64, and a message of Streamlit's has room for 25
_STYLE = """
.dropped { position: fixed; inset: auto 1rem 1rem; z-index: 1000; pointer-events: none; display: none;
  padding: 0.9rem 1.2rem; text-align: center; font: 1.1rem var(--st-font); color: var(--st-text-color);
  background: var(--st-secondary-background-color); border: 2px dashed var(--st-primary-color);
  border-radius: var(--st-base-radius, 0.5rem); }
.dropped[data-shown="yes"] { display: block; }
"""


def dropped(key: str, take: Callable[[str, bytes], object]) -> None:
    """Listen for a file on the whole page, of those who may send some.

    Args:
        key: Of the component.
        take: Called with its name and bytes before the page runs; a ``GanlabError`` is said.
    """
    if not rights.may("upload"):
        return
    mount = component("dropped", '<div class="dropped">\n</div>', css=_STYLE)

    def taken() -> None:
        if (found := _read(st.session_state[key].get("file"))) is not None:
            done(lambda: _taken(take, *found))

    text = {"here": t("app.drop_here"), "large": t("app.drop_large", most=_MEGABYTES)}
    mount(key=key, data={"most": _MEGABYTES * 10**6, "text": text}, height=1, on_file_change=taken)


def _taken(take: Callable[[str, bytes], object], name: str, data: bytes) -> None:
    rights.demand("upload")  # whoever no longer may has the page of before
    take(name, data)


def _read(told: object) -> tuple[str, bytes] | None:
    """Return name and bytes of what the browser says; None for anything else, which anybody could send."""
    if not isinstance(told, Mapping) or not isinstance(told.get("name"), str) or not isinstance(told.get("data"), str):
        return None
    try:
        return told["name"], base64.b64decode(told["data"], validate=True)
    except ValueError:
        return None
