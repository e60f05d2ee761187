"""What came of a run: kept as a member with one click, then renamed, exported, deleted, shown or fused."""

import streamlit as st

from ganlab import runs
from ganlab.errors import GanlabError
from ganlab.members import store
from ganlab.spec import MemberSpec
from ganlab.ui import parts
from ganlab.ui.i18n import t


def offer(run: runs.Run, spec: MemberSpec) -> None:
    """Offer the run's member, the last or the best; once it is kept, what may be done with it."""
    try:
        last, best = run.member(), run.member(best=True)
    except GanlabError as error:
        parts.complain(error)
        return
    if last is None:  # stopped before its first checkpoint
        return
    made = last if best is None or best.card.steps == last.card.steps else _chosen(run, last, best)
    shelf = store.catalogue()
    kept = next((each for each in shelf if each.card.weights == made.card.weights and not each.shipped), None)
    if kept is None:
        _keep(run, spec, shelf, best=made is not last)
    else:
        _kept(kept, shelf)


def _chosen(run: runs.Run, last: store.Entry, best: store.Entry) -> store.Entry:
    """Ask which of the two is meant."""
    fids = {row["step"]: row["fid"] for row in run.history() if row["event"] == "scored"}
    labels = {
        "last": t("train.last", step=last.card.steps),
        "best": t("train.best", step=best.card.steps, fid=fids.get(best.card.steps, float("nan"))),
    }
    which = st.segmented_control(
        t("train.which"),
        list(labels),
        default="last",
        required=True,
        format_func=labels.__getitem__,
        key=f"train.which.{run.name}",
        label_visibility="collapsed",
    )
    return best if which == "best" else last


def _keep(run: runs.Run, spec: MemberSpec, shelf: store.Catalogue, best: bool) -> None:
    name = st.text_input(
        t("train.name"),
        _free_name(f"{spec.dataset.rstrip('/').rsplit('/', 1)[-1]}-{spec.network}-{run.number:04d}", shelf),
        max_chars=64,
        key=f"train.name.{run.name}",
        label_visibility="collapsed",
        width=260,
    )
    pressed = st.button(t("train.keep"), type="primary", icon=":material/bookmark_add:", key="train.keep")
    if pressed and parts.done(lambda: run.keep(name.strip(), best)):
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
