"""The sidebar: the language, who visits, which device is in use, and the choice of another."""

import streamlit as st

from ganlab.ui import rights
from ganlab.ui.i18n import t
from ganlab.ui.parts import language, who
from ganlab.ui.parts.waiting import engine_ready

_KEY = "app.device"


def chosen_device() -> str:
    """Return the device this visitor draws on; the best one there is until they choose."""
    from ganlab.device import available

    chosen = st.session_state.get(_KEY) if rights.may("device") else None
    return chosen or available()[0]


def sidebar() -> None:
    """Show language and device and let the visitor choose; torch may still be loading."""
    with st.sidebar:
        language.switch()
        who.sidebar()
        if not rights.may("device"):
            return
        if not engine_ready():
            st.caption(t("app.device_loading"))
            return
        from ganlab.device import available, describe

        st.selectbox(
            t("app.device"),
            available(),
            format_func=describe,
            key=_KEY,
            help=t("app.device_help"),
            persist_state="session",
        )
