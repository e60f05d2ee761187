"""What may be done with a member: export, and with an own one rename and delete."""

import tempfile
from pathlib import Path

import streamlit as st

from ganlab.errors import GanlabError
from ganlab.members import store
from ganlab.ui import parts
from ganlab.ui.i18n import t

_NEW_NAME = "gallery.new_name"


def actions(entry: store.Entry) -> None:
    """Offer them; what is refused is said where it was asked for."""
    st.download_button(
        t("gallery.export"),
        data=lambda: _zip(entry.name),
        file_name=f"{entry.name}.zip",
        mime="application/zip",
        icon=":material/folder_zip:",
        key="gallery.export",
        on_click="ignore",
    )
    if not entry.shipped:
        _rename(entry)
        _delete(entry)


def _rename(entry: store.Entry) -> None:
    with st.popover(t("gallery.rename"), icon=":material/edit:"):
        new = st.text_input(t("gallery.new_name"), entry.name, max_chars=64, key=f"{_NEW_NAME}.{entry.name}")
        if st.button(t("gallery.rename_now"), key="gallery.rename_now", type="primary"):
            try:
                store.rename(entry.name, new.strip())
            except GanlabError as error:
                parts.complain(error)
            else:
                st.query_params["gallery.member"] = new.strip()
                st.rerun()


def _delete(entry: store.Entry) -> None:
    with st.popover(t("gallery.delete"), icon=":material/delete:"):
        st.markdown(t("gallery.delete_sure", name=parts.plain(entry.name)))
        if st.button(t("gallery.delete_now", name=entry.name), key="gallery.delete_now", type="primary"):
            try:
                store.delete(entry.name)
            except GanlabError as error:
                parts.complain(error)
            else:
                del st.query_params["gallery.member"]
                st.rerun()


def _zip(name: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "member.zip"
        store.pack(name, path)
        return path.read_bytes()
