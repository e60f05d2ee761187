"""What may be done with a member: export, and with an own one rename and delete."""

import streamlit as st

from ganlab.members import store
from ganlab.ui import deeds, parts, rights
from ganlab.ui.i18n import t

_NEW_NAME = "gallery.new_name"


def actions(entry: store.Entry) -> None:
    """Offer them; what is refused is said where it was asked for."""
    parts.export_button(entry.name, key="gallery.export")
    parts.onnx_export([entry.name], [entry.name], entry.name, key="gallery.onnx")
    if not entry.shipped and rights.may("rename"):
        _rename(entry)
    if not entry.shipped and rights.may("delete"):
        _delete(entry)


def _rename(entry: store.Entry) -> None:
    with st.popover(t("gallery.rename"), icon=":material/edit:"):
        new = st.text_input(t("gallery.new_name"), entry.name, max_chars=64, key=f"{_NEW_NAME}.{entry.name}")
        pressed = st.button(t("gallery.rename_now"), key="gallery.rename_now", type="primary")
        if pressed and parts.done(lambda: deeds.rename(entry.name, new.strip())):
            st.query_params["gallery.member"] = new.strip()
            st.rerun()


def _delete(entry: store.Entry) -> None:
    with st.popover(t("gallery.delete"), icon=":material/delete:"):
        st.markdown(t("gallery.delete_sure", name=parts.plain(entry.name)))
        pressed = st.button(t("gallery.delete_now", name=entry.name), key="gallery.delete_now", type="primary")
        if pressed and parts.done(lambda: deeds.delete(entry.name)):
            del st.query_params["gallery.member"]
            st.rerun()
