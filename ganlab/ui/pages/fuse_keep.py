"""What may be done with a fusion: keep it as a member, download it, take its recipe along."""

import json

import streamlit as st

from ganlab.errors import GanlabError
from ganlab.spec import Recipe
from ganlab.ui import deeds, parts, rights
from ganlab.ui.i18n import t
from ganlab.ui.pages import fuse_recipe
from ganlab.ui.pages.fuse_draw import Drawn, Wish


def show(wish: Wish, drawn: Drawn) -> None:
    """Offer it all in one row."""
    with st.container(horizontal=True, gap="small"):
        if rights.may("keep"):
            _keep(wish, drawn)
        st.download_button(
            t("fuse.download"),
            data=drawn.sheet,
            file_name=fuse_recipe.file_name(wish),
            mime="image/png",
            icon=":material/download:",
            key="fuse.download",
            on_click="ignore",
            help=t("fuse.download_help"),
        )
        recipe = {name: value for name, value in wish.recipe().items() if name in Recipe.model_fields}
        members = [entry.name for entry in wish.members]
        parts.onnx_export(["--recipe", json.dumps(recipe)], members, "-".join([wish.rule, *members]), key="fuse.onnx")
        fuse_recipe.show(wish)


def _keep(wish: Wish, drawn: Drawn) -> None:
    with st.popover(t("fuse.keep"), icon=":material/bookmark_add:"):
        suggested = f"{wish.members[0].card.dataset}-{wish.rule}".replace("_", "-").lower()
        name = st.text_input(t("fuse.name"), suggested, max_chars=64, key="fuse.name", help=t("fuse.name_help"))
        if st.button(t("fuse.keep_now"), key="fuse.keep_now", type="primary"):
            try:
                kept = deeds.keep_fused(drawn.member, name.strip())
            except GanlabError as error:
                parts.complain(error)
            else:
                st.success(t("fuse.kept", name=kept.name), icon=":material/check:")
                parts.link("gallery", t("fuse.see_kept"), {"gallery.member": kept.name})
