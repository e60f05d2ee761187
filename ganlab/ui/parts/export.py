"""A member as a file to take along."""

import tempfile
from pathlib import Path

import streamlit as st

from ganlab.members import store
from ganlab.ui.i18n import t


def export_button(name: str, key: str) -> None:
    """Offer a stored member as a zip, packed when it is asked for."""
    st.download_button(
        t("app.export"),
        data=lambda: _zip(name),
        file_name=f"{name}.zip",
        mime="application/zip",
        icon=":material/folder_zip:",
        key=key,
        on_click="ignore",
    )


def _zip(name: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "member.zip"
        store.pack(name, path)
        return path.read_bytes()
