"""Make a lesson link: choose what to hide and what to pin on this page as it stands; the link and its picture."""

from urllib.parse import urlencode, urlsplit

import streamlit as st

from ganlab.ui import rights
from ganlab.ui.i18n import t
from ganlab.ui.parts.lesson_controls import HIDE, PIN, of_page

_LONGEST = 1_800  # characters that a phone's camera still reads off a projector


def offer(page: str) -> None:
    """Offer it to who teaches, beside all pages."""
    controls = of_page(page)
    if not rights.may("train") or not controls:
        return
    if st.button(t("lesson.make"), icon=":material/school:", key="app.lesson_link"):
        st.dialog(t("lesson.make"), width="large", icon=":material/school:")(_make)(controls)


def _make(controls: dict[str, str]) -> None:
    """Ask what to hide and what to pin, and show the link, large enough to be read off a projector."""
    st.markdown(t("lesson.about"))
    asked, picture = st.columns([3, 2], gap="medium")
    with asked:
        hide = st.multiselect(t("lesson.hide"), list(controls), format_func=controls.get, key="lesson.hide")
        left = [name for name in controls if name not in hide]
        pin = st.multiselect(t("lesson.pin"), left, format_func=controls.get, key="lesson.pin")
        address = link(hide, pin)
        st.code(address, None, wrap_lines=True)
    if urlsplit(address).hostname in ("localhost", "127.0.0.1", "::1"):
        asked.caption(t("lesson.here_only"))
    elif len(address) <= _LONGEST:
        with picture:
            _picture(address)


def link(hide: list[str], pin: list[str]) -> str:
    """Return the address of the page as it stands, with what a lesson hides and pins."""
    told = {name: st.query_params.get_all(name) for name in st.query_params if name not in (HIDE, PIN)}
    told |= {way: ",".join(names) for way, names in ((HIDE, hide), (PIN, pin)) if names}
    address = (st.context.url or "/").split("?")[0]
    return f"{address}?{urlencode(told, doseq=True, safe=',')}" if told else address


def _picture(address: str) -> None:
    import segno

    drawn = segno.make(address, error="l", micro=False).png_data_uri(scale=6, border=3)  # black on white, for cameras
    st.image(drawn, alt=t("lesson.qr"), width="stretch")
