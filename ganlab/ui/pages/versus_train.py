"""Train the three side by side: equal networks, an equal budget, curves in one figure; then into the columns."""

import streamlit as st

from ganlab import runs
from ganlab.data import DATASETS
from ganlab.errors import GanlabError
from ganlab.members import store
from ganlab.runs.folder import LIVE
from ganlab.spec import MemberSpec
from ganlab.ui import deeds, parts, rights
from ganlab.ui.i18n import t
from ganlab.ui.pages import gallery_facts, train_data, train_keep, versus_choose
from ganlab.ui.pages.train_estimate import seconds, spoken
from ganlab.ui.pages.train_presets import of_kind
from ganlab.ui.pages.versus_choose import Chosen
from ganlab.ui.parts import address
from ganlab.ui.parts.groups import groups
from ganlab.ui.parts.roles import KINDS
from ganlab.ui.parts.run_live import run_live

RUNS = "versus.runs"
_DATA, _BUDGET, _AMOUNT, _SEED = "versus.train_data", "versus.budget", "versus.amount", "versus.train_seed"
_AMOUNTS = {"steps": (500, 1_000, 1_500, 3_000, 5_000, 10_000), "seconds": (15, 30, 60, 120, 300, 600)}
_USUAL = {"steps": 1_500, "seconds": 30}
_LATENTS, _FEW = {8: 16}, 64  # numbers of noise by the side of the pictures, and of all others
_LEAST, _LOOK, _MOST_SEED = 20, 1_000, 2**31 - 1  # steps of the shortest training; steps that are estimated
_QUICK = "digits"
_REFRESH = 2.0  # seconds, while something is going on

Three = list[tuple[runs.Run, MemberSpec]]


def show(chosen: Chosen | None) -> None:
    """Watch the runs that the address names, or ask for three; also where there is nothing to compare yet."""
    found = _named()
    if found:
        _watch(found)
    else:
        _ask(chosen)


def specs(dataset: str, budget: str, amount: int, seed: int) -> dict[str, MemberSpec]:
    """Return what is trained, by kind: the same networks, latents, pictures and budget for all.

    Args:
        dataset: Of pictures.
        budget: ``steps``, or ``seconds``: as many steps as fit into them, by what is known before.
        amount: Of these, for each.
        seed: Of all chance in each.
    """
    found = {}
    side = DATASETS[dataset].facts["shape"][-1]
    for kind in KINDS:
        values = of_kind(kind, dataset) | {"latent_dim": _LATENTS.get(side, _FEW), "seed": seed, "steps": _LOOK}
        spec = MemberSpec(**values)
        steps = amount if budget == "steps" else max(_LEAST, round(amount * _LOOK / seconds(spec)))
        warmup = {"warmup": min(values["warmup"], steps // 5)} if "warmup" in values else {}
        found[kind] = MemberSpec(**(values | warmup | {"steps": steps}))
    return found


def _ask(chosen: Chosen | None) -> None:
    st.markdown(t("versus.train_told"))
    if reason := rights.why_not("train"):
        st.info(reason, icon=":material/visibility:")
        return
    sets = [each.name for each in DATASETS if len(each.facts["shape"]) == 3 and train_data.note(each.name) is None]
    own = next(iter(chosen.entries.values())).card.dataset if chosen else _QUICK
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        usual = own if own in sets and DATASETS[own].facts["embedded"] else _QUICK
        if st.session_state.get(_DATA) not in sets:
            st.session_state[_DATA] = usual
        dataset = st.selectbox(t("versus.dataset"), sets, key=_DATA, persist_state="session", width=200)
        if st.session_state.get(_BUDGET) not in _AMOUNTS:
            st.session_state[_BUDGET] = "steps"
        budget = st.segmented_control(
            t("versus.budget"),
            list(_AMOUNTS),
            format_func=lambda name: t(f"versus.budget_{name}"),
            required=True,
            key=_BUDGET,
            persist_state="session",
        )
        amount = st.select_slider(
            t("versus.amount"),
            _AMOUNTS[budget],
            value=_USUAL[budget],
            format_func=lambda amount: t(f"versus.amount_{budget}", amount=amount),
            key=f"{_AMOUNT}_{budget}",
            persist_state="session",
            width=260,
        )
        seed = int(st.number_input(t("versus.seed"), 0, _MOST_SEED, 0, key=_SEED, persist_state="session", width=130))
    asked = specs(dataset, budget, amount, seed)
    plan = [
        t("versus.plan", kind=versus_choose.title(kind), steps=spec.steps, time=spoken(seconds(spec)))
        for kind, spec in asked.items()
    ]
    st.caption(" · ".join(plan))
    if budget == "seconds":
        st.caption(t("versus.plan_seconds"))
    st.button(
        t("versus.train_now"),
        key="versus.train_now",
        type="primary",
        icon=":material/play_arrow:",
        on_click=lambda: parts.done(lambda: _start(asked)),
    )


def _start(asked: dict[str, MemberSpec]) -> None:
    made = [
        deeds.train(spec, parts.chosen_device(), label=f"{kind}-{train_keep.told_dataset(spec.dataset)}")
        for kind, spec in asked.items()
    ]
    st.query_params[RUNS] = [run.name for run in made]


def _named() -> Three:
    """Return the runs that the address names, in the order of kinds."""
    found: Three = []
    for name in st.query_params.get_all(RUNS)[: len(KINDS)]:
        try:
            run = runs.find(name)
            spec = run.spec()
            if not isinstance(spec, MemberSpec) or len(spec.shape) != 3:
                raise GanlabError(name)
            found.append((run, spec))
        except GanlabError:
            address.ignore(RUNS, t("versus.no_run", value=name))
    return sorted(found, key=lambda each: list(KINDS).index(each[1].kind))


def _watch(found: Three) -> None:
    """Show how all stand, their curves in one figure, and when all have ended the way into the columns."""
    ongoing = any(run.state().state in (*LIVE, "queued") for run, _ in found)

    @st.fragment(run_every=_REFRESH if ongoing else None)
    def lines() -> None:
        if any(run.state().state in (*LIVE, "queued") for run, _ in found) != ongoing:
            st.rerun()  # with other buttons, and without a timer
        for column, (run, spec) in zip(st.columns(len(found), gap="medium"), found, strict=True):
            with column:
                _line(run, spec)

    lines()
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if ongoing and rights.may("steer"):
            st.button(
                t("versus.stop_all"), key="versus.stop_all", icon=":material/stop:", on_click=_stop, args=(found,)
            )
        elif not ongoing:
            _end(found)
        if rights.may("train"):
            st.button(
                t("versus.train_again"),
                key="versus.train_again",
                icon=":material/add:",
                on_click=lambda: st.query_params.pop(RUNS, None),
            )
    with st.container(key="versus_live"):
        run_live(
            found,
            found[0][0].state().state,
            key=f"versus.live.{found[0][0].name}",
            colours=[KINDS[spec.kind] for _, spec in found],
            names=[versus_choose.title(spec.kind) for _, spec in found],
        )


def _line(run: runs.Run, spec: MemberSpec) -> None:
    state = run.state()
    told = t(
        "versus.line",
        kind=versus_choose.title(spec.kind),
        state=t(f"train.state_{state.state}"),
        step=state.step,
        steps=state.steps,
    )
    st.progress(min(1.0, state.step / max(1, state.steps)), text=told)
    if state.state in ("failed", "interrupted") and state.message:
        st.warning(parts.spoken(state.message, 500), icon=":material/warning:")


def _stop(found: Three) -> None:
    for run, _ in reversed(found):  # so that none of those that wait begins meanwhile
        if run.state().state in (*LIVE, "queued"):
            parts.done(lambda run=run: deeds.steer(run, "stop"))


def _end(found: Three) -> None:
    """Say how long each took, and offer to keep all and to compare them."""
    members = {spec.kind: run.member() for run, spec in found}
    members = {kind: entry for kind, entry in members.items() if entry is not None}
    if not members:
        return
    if rights.may("keep"):
        st.button(
            t("versus.keep_all"),
            key="versus.keep_all",
            type="primary",
            icon=":material/bookmark_add:",
            on_click=lambda: parts.done(lambda: _keep(found)),
        )
    took = [
        t(
            "versus.took",
            kind=versus_choose.title(kind),
            steps=entry.card.steps or 0,
            time=gallery_facts.duration(entry.card.seconds or 0),
        )
        for kind, entry in members.items()
    ]
    st.caption(" · ".join(took))


def _keep(found: Three) -> None:
    """Keep what came of the runs, as far as it is not kept yet, and go to the columns with it."""
    kept = {}
    for run, spec in found:
        shelf, entry = store.catalogue(), run.member()
        if entry is None:
            continue
        known = next((each.name for each in shelf if each.card.weights == entry.card.weights), None)
        name = f"{train_keep.told_dataset(spec.dataset)}-{spec.kind}-{run.short}"
        kept[spec.kind] = known or deeds.keep_of_run(run, train_keep.free_name(name, shelf)).name
    of = {each.name: group for group, kin in groups(store.catalogue()).items() for each in kin}
    for key, value in {
        "versus.dataset": of[next(iter(kept.values()))],
        "versus.view": "draw",
        **{f"versus.{kind}": name for kind, name in kept.items()},
    }.items():
        st.session_state[key] = value
        st.query_params[key] = value
