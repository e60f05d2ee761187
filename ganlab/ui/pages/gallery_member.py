"""One member at work: samples by seed, truncation and number, its facts, and what may be done with it."""

import json

import streamlit as st

from ganlab.members import preview
from ganlab.members.sheet import amount
from ganlab.members.store import Catalogue, Entry
from ganlab.ui import engine, parts
from ganlab.ui.i18n import t
from ganlab.ui.pages import fuse_choose, fuse_link, gallery_facts, gallery_fit, gallery_measured, gallery_own

ADDRESS = "gallery.member"
_SEED, _MOST_SEED = "gallery.seed", 2**31 - 1
_SIZES = (4, 9, 16, 25, 36, 64)


def go_to(name: str | None) -> None:
    """Make the page's address name a member, or none: the cards."""
    st.query_params.pop(ADDRESS, None)
    if name is not None:
        st.query_params[ADDRESS] = name


def show(entry: Entry, shelf: Catalogue) -> None:
    """Show a member's samples beside its facts."""
    st.button(t("gallery.back"), icon=":material/arrow_back:", key="gallery.back", on_click=go_to, args=(None,))
    _studio(entry, shelf)
    st.subheader(t("gallery.more"))
    left, right = st.columns(2)
    with left, st.container(key="gallery_facts"):
        st.markdown(
            "| | |\n|---|---|\n" + "\n".join(f"| {what} | {text} |" for what, text in gallery_facts.rows(entry))
        )
    with left:
        gallery_fit.show(entry, shelf)
    with right:
        gallery_measured.show(entry, shelf)
        if entry.card.recipe is not None:
            _recipe(entry)
        if entry.card.spec is not None:
            with st.expander(t("gallery.spec")):
                st.code(entry.card.spec.model_dump_json(indent=2, exclude_none=True), "json")


@parts.fragment
def _studio(entry: Entry, shelf: Catalogue) -> None:
    """Draw what was asked for; only this part runs again when it changes."""
    picture, controls = st.columns([5, 4], gap="medium")
    with controls:
        st.title(entry.name)
        lines = gallery_facts.headline(entry), gallery_facts.short(entry.card), gallery_facts.measured(entry.card)
        st.caption("  \n".join(filter(None, lines)))
        with st.container(horizontal=True, vertical_alignment="bottom"):
            seed = int(st.number_input(t("gallery.seed"), 0, _MOST_SEED, 0, key=_SEED, bind="query-params", width=170))
            st.button(t("gallery.new"), icon=":material/casino:", key="gallery.new", on_click=_next_seed)
        truncation = st.slider(
            t("gallery.truncation"),
            *(0.0, 1.0, 1.0, 0.05),
            key="gallery.truncation",
            help=t("gallery.truncation_help"),
            bind="query-params",
        )
        pictures = st.select_slider(
            t("gallery.pictures"), _SIZES, value=16, key="gallery.pictures", bind="query-params"
        )
        label = parts.class_choice(entry.card.classes, "gallery.label")
        with st.container(horizontal=True, gap="xsmall"):
            download = st.empty()
            gallery_own.actions(entry)
        _partner(entry, shelf)
    n = amount(entry.card.shape, pictures)
    with picture:
        if not parts.engine_ready():
            st.caption(t("app.waiting"))
            if stored := preview.find(entry):
                parts.image_grid(stored, t("gallery.preview_alt", name=entry.name))
            return
        with st.container(key="gallery_picture"):
            sheet = _draw(entry, n, seed, truncation, label)
            parts.image_grid(sheet, t("gallery.alt", n=n, name=entry.name, seed=seed), moving=True)
    download.download_button(
        t("gallery.download"),
        data=lambda: sheet,
        file_name=f"{entry.name}-seed{seed}.png",
        mime="image/png",
        icon=":material/download:",
        key="gallery.download",
        on_click="ignore",
        help=t("gallery.download_help"),
    )


def _draw(entry: Entry, n: int, seed: int, truncation: float, label: int | None) -> bytes:
    device = parts.chosen_device()
    member = engine.member(entry.name, device, entry.card)
    z = member.latents(n, seed, truncation)
    unusual = {"truncation": truncation} if truncation != 1 else {}
    if label is not None:
        z, unusual = member.asked(z, label), unusual | {"label": label}
    recipe = {"member": entry.name, "n": n, "seed": seed} | unusual
    return parts.png_of(engine.pictures(entry.name, device, z, entry.card), recipe=recipe)


def _next_seed() -> None:
    st.session_state[_SEED] = (st.session_state.get(_SEED, 0) + 1) % (_MOST_SEED + 1)


def _recipe(entry: Entry) -> None:
    """Show what a fused member is made of."""
    recipe = entry.card.recipe
    st.markdown(t("gallery.recipe"))
    st.code(json.dumps(recipe.model_dump(mode="json"), indent=2), "json")
    if 2 <= len(recipe.members) <= fuse_choose.MOST:
        parts.link("fuse", t("gallery.open_recipe"), fuse_link.query(recipe.model_dump()))


def _partner(entry: Entry, shelf: Catalogue) -> None:
    """Lead on to the fusion, with the first member that could go along."""
    for other in shelf:
        if other.name != entry.name and (other.card.dataset, other.card.shape) == (
            entry.card.dataset,
            entry.card.shape,
        ):
            parts.link("fuse", t("gallery.fuse", other=other.name), {"fuse.members": [entry.name, other.name]})
            return
