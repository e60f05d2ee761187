"""One run on the page: its live curves and pictures, what may be done with it, and what came of it."""

from collections.abc import Callable

import streamlit as st

from ganlab import runs
from ganlab.errors import GanlabError
from ganlab.members import store
from ganlab.spec import MemberSpec
from ganlab.ui import parts
from ganlab.ui.i18n import DEFAULT, t, texts
from ganlab.ui.parts.roles import ROLES

_COMPARED = 4  # further runs in one figure; more are a tangle
_CSS = """
.live { color: var(--st-text-color); font-family: var(--st-font); font-size: 0.95rem; }
.live .head { display: flex; flex-wrap: wrap; gap: 0.4rem 1rem; align-items: center; }
.live .badge { padding: 0.1rem 0.7rem; border-radius: 1rem; font-weight: 600; border: 1px solid currentColor; }
.live .bar { flex: 1 1 8rem; height: 0.6rem; accent-color: var(--st-primary-color); }
.live .message { margin-top: 0.3rem; opacity: 0.85; }
.live .body { display: grid; grid-template-columns: minmax(0, 1.7fr) minmax(0, 1fr); gap: 1.2rem; margin-top: 0.5rem; }
.live .chart { width: 100%; height: 26rem; }
.live .controls { display: flex; flex-wrap: wrap; gap: 0.3rem 1.2rem; align-items: center; }
.live .controls input[type="range"] { width: 7rem; vertical-align: middle; }
.live input { accent-color: var(--st-primary-color); }
.live :focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 2px; }
.live .picture { width: 100%; max-width: 26rem; display: block; image-rendering: pixelated; border-radius: 0.5rem;
  background: var(--st-secondary-background-color); aspect-ratio: 1; }
.live .legend { display: flex; gap: 1rem; margin-top: 0.3rem; flex-wrap: wrap; }
.live .legend i { display: inline-block; width: 0.8rem; height: 0.8rem; border-radius: 50%; margin-right: 0.35rem; }
.live .time { display: block; margin-top: 0.4rem; max-width: 26rem; }
.live .time input { width: 100%; }
@media (max-width: 640px) { .live .body { grid-template-columns: minmax(0, 1fr); } .live .chart { height: 20rem; } }
"""


def show(run: runs.Run) -> None:
    """Show a run as it goes on; the component follows it by itself, and asks for a rerun when its state changes."""
    try:
        spec = run.spec()
    except GanlabError as error:
        parts.complain(error)
        _delete(run)
        return
    state = run.state()
    st.markdown(f"**{parts.plain(run.name)}** · {parts.plain(_told(spec))}")
    others = [each for each in runs.all_runs() if each.name != run.name]
    others = [each for each in others if each.name in st.session_state.get("train.compare", [])][:_COMPARED]
    _live(run, spec, others, state.state)
    _wishes(run, state)
    if state.state in ("finished", "stopped"):
        _result(run, spec)
    _compare(run)
    with st.expander(t("train.asked"), icon=":material/data_object:"):
        st.json(spec.model_dump(exclude_none=True))
    if log := run.log_tail():
        with st.expander(t("train.log"), icon=":material/terminal:"):
            st.code(log, language=None)


def _told(spec: MemberSpec) -> str:
    return t("train.told", dataset=spec.dataset, network=spec.network, objective=spec.objective, seed=spec.seed)


def _live(run: runs.Run, spec: MemberSpec, others: list[runs.Run], state: str) -> None:
    mount = parts.component("live", '<div class="live">\n</div>', css=_CSS, isolate=False)
    mount(
        key=f"train.live.{run.name}",
        data={
            "runs": [_facts(run, spec), *(_facts(each, each.spec()) for each in others)],
            "colours": ROLES,
            "text": texts(DEFAULT, "live"),
            "state": state,
        },
        default={"state": state},
        on_state_change=lambda: None,  # the rerun is all that is wanted
    )


def _facts(run: runs.Run, spec: MemberSpec) -> dict:
    return {
        "name": run.name,
        "short": f"{run.number:04d}",
        "dataset": spec.dataset,
        "points": len(spec.shape) == 1,
        "batch_size": spec.batch_size,
    }


def _wishes(run: runs.Run, state: runs.State) -> None:
    """Offer what this state allows, in one row."""
    with st.container(horizontal=True, vertical_alignment="center"):
        if state.state == "running":
            _button(run.pause, "pause", ":material/pause:")
        if state.state in ("paused", "interrupted", "stopped", "failed"):
            _button(run.resume, "resume", ":material/play_arrow:")
        if state.state == "paused":
            for players in ("generator", "critic", "both"):
                _button(lambda players=players: run.step(players), f"step_{players}", ":material/skip_next:")
        if state.state in ("running", "paused", "queued", "interrupted"):
            _button(run.stop, "stop", ":material/stop:")
        if state.state in ("running", "paused"):
            _knobs(run, state)
        else:
            _delete(run)


def _button(wish: Callable[[], None], name: str, icon: str) -> None:
    if st.button(t(f"train.{name}"), icon=icon, key=f"train.{name}", help=t(f"train.{name}_help")):
        _try(wish)


def _try(wish: Callable[[], object]) -> None:
    """Do it; say why not where it cannot be done."""
    try:
        wish()
    except GanlabError as error:
        parts.complain(error)
    else:
        st.rerun()


def _knobs(run: runs.Run, state: runs.State) -> None:
    with st.popover(t("train.knobs"), icon=":material/tune:"):
        spec = run.spec()
        players = st.segmented_control(
            t("train.who"),
            ["both", "generator", "critic"],
            default=state.players,
            format_func=lambda name: t(f"train.who_{name}"),
            key=f"train.who.{run.name}",
            help=t("train.who_help"),
        )
        rates = {
            player: st.number_input(
                t(f"train.field.learning_rate_{player}"),
                min_value=0.0,
                max_value=1.0,
                value=getattr(spec, f"learning_rate_{player}"),
                step=1e-5,
                format="%g",
                key=f"train.rate_{player}.{run.name}",
            )
            for player in ("generator", "critic")
        }
        if st.button(t("train.apply"), type="primary", key="train.apply"):

            def apply() -> None:
                run.set_rates(**rates)
                if players is not None and players != state.players:
                    run.let_play(players)

            _try(apply)


def _delete(run: runs.Run) -> None:
    with st.popover(t("train.delete"), icon=":material/delete:"):
        st.markdown(t("train.delete_sure", name=parts.plain(run.name)))
        if st.button(t("train.delete_now"), type="primary", key="train.delete_now"):

            def delete() -> None:
                run.delete()
                st.query_params.pop("train.run", None)

            _try(delete)


def _result(run: runs.Run, spec: MemberSpec) -> None:
    """Offer the member that came of it: kept with one click, then renamed, exported or deleted."""
    try:
        made = run.member()
    except GanlabError as error:
        parts.complain(error)
        return
    if made is None:
        return
    kept = [each for each in store.catalogue() if each.card.weights == made.card.weights]
    if not kept:
        with st.container(horizontal=True, vertical_alignment="bottom"):
            usual = f"{spec.network}-{run.number:04d}"
            name = st.text_input(t("train.name"), usual, max_chars=64, key=f"train.name.{run.name}", width=280)
            if st.button(t("train.keep"), type="primary", icon=":material/bookmark_add:", key="train.keep"):
                _try(lambda: run.keep(name.strip()))
        return
    entry = kept[0]
    st.success(t("train.kept", name=parts.plain(entry.name)), icon=":material/bookmark_added:")
    with st.container(horizontal=True, vertical_alignment="center"):
        parts.link("gallery", t("train.to_gallery"), {"gallery.member": entry.name})
        parts.link("fuse", t("train.to_fusion"))


def _compare(run: runs.Run) -> None:
    names = [each.name for each in reversed(runs.all_runs()) if each.name != run.name]
    if names:
        st.multiselect(
            t("train.compare"),
            names,
            key="train.compare",
            max_selections=_COMPARED,
            placeholder=t("train.compare_which"),
            help=t("train.compare_help"),
        )
