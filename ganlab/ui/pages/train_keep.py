"""What came of a run: kept as a member with one click, then renamed, exported, deleted, shown or fused."""

import streamlit as st

from ganlab import runs
from ganlab.errors import GanlabError
from ganlab.members import store
from ganlab.spec import MemberSpec
from ganlab.ui import parts
from ganlab.ui.i18n import DEFAULT, t, texts


def offer(run: runs.Run, spec: MemberSpec) -> None:
    """Offer the run's members: the last, the best, those of stages; once one is kept, what may be done with it."""
    try:
        found = run.members()
    except GanlabError as error:
        parts.complain(error)
        return
    if not found:  # stopped before its first checkpoint
        return
    at = {which: entry.card.steps for which, entry in found.items()}
    different = [which for place, which in enumerate(at) if at[which] not in list(at.values())[:place]]
    which = _chosen(run, {which: at[which] for which in different}) if len(different) > 1 else different[0]
    shelf, made = store.catalogue(), found[which].card
    kept = next((each for each in shelf if each.card.weights == made.weights and not each.shipped), None)
    if kept is None:
        _keep(run, spec, shelf, which)
    else:
        _kept(kept, shelf)


def _chosen(run: runs.Run, steps: dict[str, int]) -> str:
    """Ask which one is meant, by step and, where it was taken, FID."""
    fids = {row["step"]: row["fid"] for row in run.history() if row["event"] == "scored" and "fid" in row}

    def told(which: str) -> str:
        fid = t("train.and_fid", fid=fids[steps[which]]) if steps[which] in fids else ""
        return t("train.which_one", which=texts(DEFAULT, "train").get(which, which), step=steps[which], fid=fid)

    return st.selectbox(
        t("train.which"),
        list(steps),
        format_func=told,
        key=f"train.which.{run.name}",
        label_visibility="collapsed",
        width=290,
    )


def _keep(run: runs.Run, spec: MemberSpec, shelf: store.Catalogue, which: str) -> None:
    stage = f"-{which}" if which in spec.stages else ""
    name = st.text_input(
        t("train.name"),
        _free_name(f"{spec.dataset.rstrip('/').rsplit('/', 1)[-1]}-{spec.network}-{run.number:04d}{stage}", shelf),
        max_chars=64,
        key=f"train.name.{run.name}{stage}",
        label_visibility="collapsed",
        width=260,
    )
    pressed = st.button(t("train.keep"), type="primary", icon=":material/bookmark_add:", key="train.keep")
    if pressed and parts.done(lambda: run.keep(name.strip(), which)):
        st.rerun()


def _kept(entry: store.Entry, shelf: store.Catalogue) -> None:
    st.markdown(f":material/bookmark_added: {t('train.kept', name=parts.plain(entry.name))}", width="content")
    parts.link("gallery", t("train.to_gallery"), {"gallery.member": entry.name})
    kin = [each for each in shelf if each.name != entry.name]
    kin = [each for each in kin if (each.card.dataset, each.card.shape) == (entry.card.dataset, entry.card.shape)]
    if kin:
        parts.link("fuse", t("train.to_fusion"), {"fuse.members": [entry.name, kin[-1].name]})
    with st.popover(t("train.member"), icon=":material/more_horiz:"):
        parts.export_button(entry.name, key="train.export")
        new = st.text_input(t("train.new_name"), entry.name, max_chars=64, key=f"train.new_name.{entry.name}")
        pressed = st.button(t("train.rename"), icon=":material/edit:", key="train.rename")
        if pressed and parts.done(lambda: store.rename(entry.name, new.strip())):
            st.rerun()
        st.markdown(t("train.delete_member_sure", name=parts.plain(entry.name)))
        pressed = st.button(t("train.delete_member"), icon=":material/delete:", key="train.delete_member")
        if pressed and parts.done(lambda: store.delete(entry.name)):
            st.rerun()


def _free_name(wanted: str, shelf: store.Catalogue) -> str:
    """Return a name that may be used: lower case, nothing odd, not taken."""
    clean = "".join(sign if sign.isascii() and (sign.isalnum() or sign in "._-") else "-" for sign in wanted.lower())
    clean = clean.strip("._-")[:60] or "member"
    return (
        clean
        if clean not in shelf
        else next(name for number in range(2, 10_000) if (name := f"{clean}-{number}") not in shelf)
    )
