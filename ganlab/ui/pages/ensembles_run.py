"""One ensemble on the page: how it stands, its members and their live curves, what may be done with it."""

import streamlit as st

from ganlab import ensembles, runs
from ganlab.errors import GanlabError
from ganlab.members import store
from ganlab.runs import parts as members
from ganlab.runs.folder import LIVE
from ganlab.spec import EnsembleSpec
from ganlab.ui import parts
from ganlab.ui.i18n import t
from ganlab.ui.live import minutes_silent
from ganlab.ui.pages import train_keep, train_run, train_wishes
from ganlab.ui.pages.ensembles_address import open_run
from ganlab.ui.parts.roles import RUNS
from ganlab.ui.parts.run_live import run_live

_REFRESH = 2.0  # seconds, while something is going on


def show(run: runs.Run) -> None:
    """Show an ensemble's run; it is followed by itself, and looked at again while it goes on."""
    spec = run.spec()
    with st.container(horizontal=True, vertical_alignment="center"):
        told = t("ensembles.told", method=spec.method, network=spec.network, dataset=parts.plain(spec.dataset))
        st.markdown(f"**{parts.plain(run.name)}** · {told}", width="stretch")
        st.button(t("ensembles.new"), icon=":material/add:", key="ensembles.new", on_click=open_run, args=(None,))
    ongoing = run.state().state in (*LIVE, "queued")

    @st.fragment(run_every=_REFRESH if ongoing else None)
    def watch() -> None:
        parts.told(lambda: _watch(run, spec, ongoing))

    watch()
    with st.expander(t("train.asked"), icon=":material/data_object:"):
        st.json(spec.model_dump(exclude_none=True))
    train_run.log(run)
    parts.looking(t("ensembles.what_told"))


def _watch(run: runs.Run, spec: EnsembleSpec, ongoing: bool) -> None:
    """Show what changes while it goes on; the whole page runs again when it ends, or begins anew."""
    if not run.folder.is_dir():
        st.info(t("train.gone"), icon=":material/info:")
        return
    state = run.state()
    if (state.state in (*LIVE, "queued")) != ongoing:
        st.rerun()  # with a timer, or without one
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="train_wishes"):
        train_wishes.offer_course(run, state)
        if state.state not in LIVE:
            _keep(run, spec)
            train_wishes.delete(run, open_run)
    st.progress(min(1.0, state.step / max(1, state.steps)), text=_progress(run, state))
    if state.state in ("failed", "interrupted") and state.message:
        st.warning(parts.spoken(state.message, 500), icon=":material/warning:")
    began = members.parts(run)
    if not began:
        st.info(t("ensembles.not_begun"), icon=":material/hourglass_empty:")
        return
    _table(run, spec, began)
    shown = _chosen(run, began)
    run_live([(each, each.spec()) for each in shown], shown[0].state().state, key=f"ensembles.live.{run.name}")


def _progress(run: runs.Run, state: runs.State) -> str:
    words = [t(f"train.state_{state.state}"), t("train.progress", step=state.step, steps=state.steps)]
    if (place := runs.position(run)) is not None:
        words.append(t("train.place", place=place))
    if minutes := minutes_silent(run):
        words.append(t("train.silent", minutes=minutes))
    if state.state in LIVE and state.message:
        words.append(parts.spoken(state.message, 160))
    return " · ".join(words)


def _chosen(run: runs.Run, began: list[members.Part]) -> list[members.Part]:
    """Ask whose curves to show: one member's, by default of the one that trains, or of the last ones together."""
    newest = began[-1]
    names = [t("ensembles.newest"), *([t("ensembles.together")] if len(began) > 1 else [])]
    by_name = {t("ensembles.member", number=each.number): each for each in began}
    chosen = st.segmented_control(
        t("ensembles.curves"),
        [*names, *by_name],
        default=names[0],
        required=True,
        key=f"ensembles.curves.{run.name}",
        help=t("ensembles.curves_help", count=len(RUNS)),
    )
    if chosen in by_name:
        return [by_name[chosen]]
    return [newest] if chosen == names[0] else list(reversed(began[-len(RUNS) :]))


def _table(run: runs.Run, spec: EnsembleSpec, began: list[members.Part]) -> None:
    """Show the members: how far each is, which rows it sees, what it weighs; scores where folds were compared."""
    told, found, weights = members.began(run), members.found(run), members.weights(run)
    rows = []
    for each in began:
        state = each.state()
        row = {
            t("ensembles.number"): each.number,
            t("ensembles.state"): t(f"train.state_{state.state}"),
            t("ensembles.steps"): f"{state.step:,}",
            t("ensembles.rows"): told.get(each.number, {}).get("rows", ""),
            t("ensembles.weight"): weights.get(each.number),
        }
        if "score" in found.get(each.number, {}):
            row[t("ensembles.score")] = found[each.number]["score"]
        rows.append(row)
    with st.expander(t("ensembles.members", count=len(began), all=len(ensembles.specs_of(spec))), expanded=True):
        st.dataframe(rows, hide_index=True)
        if chosen := next((row for row in found.values() if "chosen" in row), None):
            means = ", ".join(f"{mean:.3g}" for mean in chosen["means"])
            st.caption(t("ensembles.chosen", number=chosen["chosen"], measure=chosen["measure"], means=means))


def _keep(run: runs.Run, spec: EnsembleSpec) -> None:
    """Offer to keep the ensemble; once it is kept, say as what."""
    try:
        made = {number: members.part(run, number).member().card for number in members.weights(run)}
    except GanlabError as error:
        parts.complain(error)
        return
    if not made:
        return
    shelf, digests = store.catalogue(), {card.digest() for card in made.values()}
    kept = next((each for each in shelf if not each.shipped and _of(each, digests)), None)
    if kept is None:
        train_keep.ask(run, f"{train_keep.told_dataset(spec.dataset)}-{spec.method}-{run.short}", shelf)
    else:
        train_keep.told_kept(kept, shelf)


def _of(entry: store.Entry, digests: set[str]) -> bool:
    """Return whether a kept member is made of these alone."""
    card = entry.card
    return {card.digest()} == digests or (card.recipe is not None and set(card.made_of.values()) == digests)
