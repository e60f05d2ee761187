"""What came of a run: kept as a member with one click, then renamed, exported, deleted, shown or fused."""

import streamlit as st

from ganlab import runs
from ganlab.errors import GanlabError
from ganlab.members import store
from ganlab.runs.folder import BEST_MEMBER, LAST_MEMBER
from ganlab.spec import MemberSpec
from ganlab.ui import deeds, parts, rights
from ganlab.ui.i18n import t


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
        ask(run, f"{told_dataset(spec.dataset)}-{spec.network}-{run.short}", shelf, which)
    else:
        told_kept(kept, shelf)


def _chosen(run: runs.Run, steps: dict[str, int]) -> str:
    """Ask which one is meant, by step and, where it was taken, FID."""
    fids = {row["step"]: row["fid"] for row in run.history() if row["event"] == "scored" and "fid" in row}

    def told(which: str) -> str:
        fid = t("train.and_fid", fid=fids[steps[which]]) if steps[which] in fids else ""
        return t("train.which_one", which=t(f"train.member_{which}"), step=steps[which], fid=fid)

    return st.selectbox(
        t("train.which"),
        list(steps),
        format_func=told,
        key=f"train.which.{run.name}",
        label_visibility="collapsed",
        width=290,
    )


def told_dataset(dataset: str) -> str:
    """Return what names call a dataset: of a folder its last part."""
    return dataset.rstrip("/").rsplit("/", 1)[-1]


def ask(run: runs.Run, wanted: str, shelf: store.Catalogue, which: str = "last") -> None:
    """Ask for a name, and keep what came of a run under it; that of a stage is wanted with its name."""
    if not rights.may("keep"):
        return
    stage = "" if which in (LAST_MEMBER, BEST_MEMBER) else f"-{which}"
    name = st.text_input(
        t("train.name"),
        free_name(wanted + stage, shelf),
        max_chars=64,
        key=f"train.name.{run.name}{stage}",
        label_visibility="collapsed",
        width=260,
    )
    pressed = st.button(t("train.keep"), type="primary", icon=":material/bookmark_add:", key="train.keep")
    if pressed and parts.done(lambda: deeds.keep_of_run(run, name.strip(), which)):
        st.rerun()


def told_kept(entry: store.Entry, shelf: store.Catalogue) -> None:
    """Say as what it was kept, and what may be done with that."""
    st.markdown(f":material/bookmark_added: {t('train.kept', name=parts.plain(entry.name))}", width="content")
    parts.link("gallery", t("train.to_gallery"), {"gallery.member": entry.name})
    kin = [each for each in shelf if each.name != entry.name]
    kin = [each for each in kin if (each.card.dataset, each.card.shape) == (entry.card.dataset, entry.card.shape)]
    if kin:
        parts.link("fuse", t("train.to_fusion"), {"fuse.members": [entry.name, kin[-1].name]})
    if not rights.may("rename"):
        parts.export_button(entry.name, key="train.export")
        return
    with st.popover(t("train.member"), icon=":material/more_horiz:"):
        parts.export_button(entry.name, key="train.export")
        new = st.text_input(t("train.new_name"), entry.name, max_chars=64, key=f"train.new_name.{entry.name}")
        pressed = st.button(t("train.rename"), icon=":material/edit:", key="train.rename")
        if pressed and parts.done(lambda: deeds.rename(entry.name, new.strip())):
            st.rerun()
        st.markdown(t("train.delete_member_sure", name=parts.plain(entry.name)))
        pressed = st.button(t("train.delete_member"), icon=":material/delete:", key="train.delete_member")
        if pressed and parts.done(lambda: deeds.delete(entry.name)):
            st.rerun()


def free_name(wanted: str, shelf: store.Catalogue) -> str:
    """Return a name that may be used: lower case, nothing odd, not taken."""
    clean = "".join(sign if sign.isascii() and (sign.isalnum() or sign in "._-") else "-" for sign in wanted.lower())
    clean = clean.strip("._-")[:60] or "member"
    return (
        clean
        if clean not in shelf
        else next(name for number in range(2, 10_000) if (name := f"{clean}-{number}") not in shelf)
    )
