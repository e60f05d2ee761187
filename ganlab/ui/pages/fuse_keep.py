"""What may be done with a fusion: keep it as a member, download it, copy its recipe."""

import json

import streamlit as st

from ganlab.errors import GanlabError
from ganlab.fusion import keep
from ganlab.ui import parts
from ganlab.ui.i18n import t
from ganlab.ui.pages.fuse_draw import Drawn, Wish


def show(wish: Wish, drawn: Drawn) -> None:
    """Offer it all in one row."""
    file = f"{wish.rule}-seed{wish.seed}.png"
    with st.container(horizontal=True, gap="small"):
        _keep(wish, drawn)
        st.download_button(
            t("fuse.download"),
            data=drawn.sheet,
            file_name=file,
            mime="image/png",
            icon=":material/download:",
            key="fuse.download",
            on_click="ignore",
            help=t("fuse.download_help"),
        )
        with st.popover(t("fuse.recipe"), icon=":material/content_copy:"):
            st.markdown(t("fuse.recipe_json"))
            st.code(json.dumps(wish.recipe()), "json", wrap_lines=True)
            st.markdown(t("fuse.command_start") if wish.t else t("fuse.command"))
            st.code(wish.command(), "bash", wrap_lines=True)
            if wish.t:
                st.markdown(t("fuse.command_walk"))
                st.code(f"python -m ganlab fuse --recipe {file} --out fused.png", "bash", wrap_lines=True)
            st.caption(t("fuse.share_link"))


def _keep(wish: Wish, drawn: Drawn) -> None:
    with st.popover(t("fuse.keep"), icon=":material/bookmark_add:"):
        suggested = f"{wish.members[0].card.dataset}-{wish.rule}".replace("_", "-").lower()
        name = st.text_input(t("fuse.name"), suggested, max_chars=64, key="fuse.name", help=t("fuse.name_help"))
        if st.button(t("fuse.keep_now"), key="fuse.keep_now", type="primary"):
            try:
                kept = keep(drawn.member, name.strip())
            except GanlabError as error:
                parts.complain(error)
            else:
                st.success(t("fuse.kept", name=kept.name), icon=":material/check:")
                parts.link("gallery", t("fuse.see_kept"), {"gallery.member": kept.name})
