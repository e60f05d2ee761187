"""The gallery: all members as cards, and one of them at work."""

import streamlit as st

from ganlab.errors import GanlabError
from ganlab.members.store import Catalogue, catalogue
from ganlab.ui import parts
from ganlab.ui.i18n import t
from ganlab.ui.pages import gallery_cards, gallery_import, gallery_member
from ganlab.ui.parts import address


def page() -> None:
    """Show the member that the address names, or the cards of all."""
    shelf, wishes = catalogue(), address.wishes("gallery")
    notices = st.container()
    _shown(shelf)
    with notices:
        address.tell("gallery", wishes)
    parts.go_on_when_ready()


def _shown(shelf: Catalogue) -> None:
    if (wanted := st.query_params.get(gallery_member.ADDRESS)) is not None:
        try:
            entry = shelf[wanted]
        except GanlabError as error:
            parts.complain(error)
        else:
            gallery_member.show(entry, shelf)
            return
    _all(shelf)


def _all(shelf: Catalogue) -> None:
    st.title(t("gallery.title"))
    if shelf.entries:
        st.markdown(t("gallery.about"))
        parts.looking(t("gallery.what_told"))
        gallery_cards.show(shelf.entries)
    else:
        st.info(t("gallery.empty"), icon=":material/info:")
        parts.link("train", t("gallery.to_train"))
    gallery_import.show()
    if shelf.refused:
        count = len(shelf.refused)
        with st.expander(t("app.refused_one") if count == 1 else t("app.refused_many", count=count)):
            for broken in shelf.refused:
                st.markdown(f"**{parts.plain(broken.name)}**: {parts.spoken(broken.reason)}")
