"""A member as a file to take along: its folder as a zip, or its network for other programs."""

import hashlib
import json
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import streamlit as st

from ganlab import __version__, files
from ganlab.members import archive, store
from ganlab.ui import deeds, jobs
from ganlab.ui.i18n import t
from ganlab.ui.parts.jobs_shown import job_asked

_MOST_KEPT = 20  # ONNX files; the oldest go first


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


def onnx_export(words: Sequence[str], members: Sequence[str], name: str, key: str) -> None:
    """Offer a member, or a fusion, as an ONNX file, which a job writes.

    Args:
        words: That name it to the verb: a member, or ``--recipe`` and JSON.
        members: Who draws, or is fused.
        name: Of the file, without its ending.
        key: Of the popover.
    """
    with st.popover(t("app.onnx"), icon=":material/deployed_code:", key=key, on_change="rerun") as section:
        if not section.open:
            return
        st.markdown(t("app.onnx_told"), width=420)
        path = files.home() / "exports" / f"{_stamp(words, members)}.onnx"
        if not path.is_file():
            command = jobs.verb("export", *words, "--onnx", str(path), "--json")
            job_asked(command, t("app.onnx_make"), t("app.onnx_job"), f"{key}_make", icon="deployed_code", first=_tidy)
        if path.is_file():
            st.download_button(
                t("app.onnx_download", megabytes=path.stat().st_size / 1e6),
                data=path.read_bytes,
                file_name=f"{name}.onnx",
                mime="application/octet-stream",
                icon=":material/download:",
                key=f"{key}_download",
                on_click="ignore",
            )


def _stamp(words: Sequence[str], members: Sequence[str]) -> str:
    """Return what an exported file is called; another one as soon as anybody draws or encodes otherwise."""
    told = json.dumps([__version__, *words, *_digests(members)])
    return hashlib.sha256(told.encode()).hexdigest()[:24]


def _digests(members: Sequence[str]) -> Iterator[str]:
    shelf = store.catalogue()
    for name in members:
        card = shelf[name].card
        yield card.digest() + (card.encoder.sha256 if card.encoder else "")
        yield from _digests(card.recipe.members if card.recipe else ())


def _tidy() -> None:
    deeds.thin(files.home() / "exports", ".onnx", _MOST_KEPT - 1)


def _zip(name: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "member.zip"
        archive.pack([name], path)
        return path.read_bytes()
