"""Members out of a zip: checked whole, then in the gallery; names that others have are asked for again."""

import streamlit as st

from ganlab.errors import GanlabError, NameTaken
from ganlab.members.store import catalogue
from ganlab.ui import deeds, parts, rights
from ganlab.ui.i18n import t

_FILE, _TAKEN, _FAULT, _DONE, _NAMED = (f"gallery.import_{each}" for each in ("file", "taken", "fault", "done", "as"))
_MOST_NAMES = 12  # text boxes


def show() -> None:
    """Offer it to who may, and say what came of it."""
    if not rights.may("upload"):
        return
    with st.popover(t("gallery.import"), icon=":material/upload:"):
        st.markdown(t("gallery.import_about"))
        file = parts.file_uploader(t("gallery.import_file"), st, type=["zip"], key=_FILE, on_change=_forget)
        taken = st.session_state.get(_TAKEN, {}) if file is not None else {}
        for place, (name, suggested) in enumerate(taken.items()):
            label = t("gallery.import_as", name=parts.plain(name))
            st.text_input(label, suggested, max_chars=64, key=f"{_NAMED}.{place}")
        # To be drawn by, members need torch.
        if file is not None and not parts.waiting_for_engine():
            st.button(t("gallery.import_now"), key="gallery.import_now", type="primary", on_click=_take)
        if fault := st.session_state.pop(_FAULT, None):
            parts.complain(fault)
    if done := st.session_state.pop(_DONE, None):
        st.success(done, icon=":material/check:")


def _take() -> None:
    """Take in what was uploaded, before the page draws its cards."""
    if (file := st.session_state.get(_FILE)) is None:
        return
    asked = {name: f"{_NAMED}.{place}" for place, name in enumerate(st.session_state.get(_TAKEN, {}))}
    called = {name: st.session_state[key].strip() for name, key in asked.items() if key in st.session_state}
    try:
        arrived = deeds.receive(file.getvalue(), called)
    except NameTaken as error:
        st.session_state[_TAKEN] = {
            name: called.get(name) or _free(name) for name in (*called, *error.names)[:_MOST_NAMES]
        }
        st.session_state[_FAULT] = str(error)
    except GanlabError as error:
        st.session_state[_FAULT] = str(error)
    else:
        _forget()
        new = ", ".join(parts.plain(entry.name) for entry in arrived.entries)
        told = [t("gallery.imported", names=new)] if new else []
        if arrived.there:
            told.append(t("gallery.import_there", names=", ".join(map(parts.plain, arrived.there))))
        st.session_state[_DONE] = "  \n".join(told)


def _forget() -> None:
    """Ask for no names: another file was chosen, or none is left to choose."""
    st.session_state.pop(_TAKEN, None)


def _free(name: str) -> str:
    """Return a name like this one that nobody has."""
    shelf = catalogue()
    return next(new for number in range(2, 10_000) if (new := f"{name[:58]}-{number}") not in shelf)
