"""The four stages of a VAE-GAN as a film: the same latents and the same pictures at the end of each."""

from typing import TYPE_CHECKING

import streamlit as st

from ganlab import runs
from ganlab.errors import GanlabError
from ganlab.members.store import Entry
from ganlab.runs.folder import LIVE
from ganlab.spec import MemberSpec
from ganlab.ui import deeds, parts, rights
from ganlab.ui.i18n import t
from ganlab.ui.pages import versus_film, versus_real
from ganlab.ui.pages.train_estimate import told_estimate
from ganlab.ui.pages.train_presets import of_kind
from ganlab.ui.pages.versus_choose import Chosen
from ganlab.ui.parts import address
from ganlab.ui.parts.kinds import trainings
from ganlab.ui.parts.run_live import run_live

if TYPE_CHECKING:
    pass

_RUN = "versus.run"
_SMALL = "digits"


def show(chosen: Chosen) -> None:
    """Show the film of a run, or train a small one here."""
    found = staged()
    asked = _asked(found, chosen)
    if asked is None:
        st.markdown(t("versus.stages_none"))
        _train()
        return
    run, spec = asked
    state = run.state()
    if state.state in (*LIVE, "queued"):
        st.info(t("versus.stages_wait", name=parts.plain(run.name)), icon=":material/hourglass_empty:")
        run_live([(run, spec)], state.state, key=f"versus.stages.{run.name}")
        return
    ended = stages_of(run)
    if len(ended) < 2:
        st.info(t("versus.stages_few", name=parts.plain(run.name)), icon=":material/info:")
        _train()
        return
    pictures = versus_real.choose(spec.dataset, spec.shape, drawing=False)
    if pictures is None:
        return
    versus_film.show(ended, pictures, spec.steps)
    with st.expander(t("versus.stages_curves"), icon=":material/show_chart:"):
        run_live([(run, spec)], state.state, key=f"versus.stages.{run.name}")


def staged() -> dict[str, tuple[runs.Run, MemberSpec]]:
    """Return the runs that go through the stages of a VAE-GAN by name, the newest first."""
    found = {}
    for run in reversed(trainings()):
        try:
            spec = run.spec()
        except GanlabError:
            continue
        if isinstance(spec, MemberSpec) and spec.kind == "vaegan" and len(spec.shape) == 3:
            found[run.name] = run, spec
    return found


def stages_of(run: runs.Run) -> dict[str, Entry]:
    """Return the member at the end of each stage that a run went through, in order; the last one is the run's own."""
    told = [row["name"] for row in run.history() if row["event"] == "stage"]
    found = {stage: run.member("last" if stage == told[-1] else stage) for stage in dict.fromkeys(told)}
    return {stage: entry for stage, entry in found.items() if entry is not None}


def _asked(found: dict[str, tuple[runs.Run, MemberSpec]], chosen: Chosen) -> tuple[runs.Run, MemberSpec] | None:
    """Ask which run: by default the newest of the dataset that is looked at, else the newest."""
    if not found:
        if wanted := address.asked(_RUN):
            address.ignore(_RUN, t("versus.no_such", value=wanted[0], known=t("versus.none_such")))
        return None
    dataset = next(iter(chosen.entries.values())).card.dataset
    usual = next((name for name, (_, spec) in found.items() if spec.dataset == dataset), next(iter(found)))
    if (wanted := address.asked(_RUN)) and wanted[0] in found:
        st.session_state[_RUN] = wanted[0]
    elif wanted:
        address.ignore(_RUN, t("versus.no_such", value=wanted[0], known=", ".join(found)))
    if st.session_state.get(_RUN) not in found:
        st.session_state[_RUN] = usual
    name = st.selectbox(
        t("versus.run"),
        list(found),
        format_func=lambda name: t("versus.run_told", name=name, dataset=found[name][1].dataset),
        key=_RUN,
        on_change=address.follow,
        args=(_RUN,),
        persist_state="session",
        width=360,
    )
    address.keep(_RUN, [name], [usual])
    return found[name]


def _train() -> None:
    if reason := rights.why_not("train"):
        st.info(reason, icon=":material/visibility:")
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button(
            t("versus.stages_train"),
            key="versus.stages_train",
            type="primary",
            icon=":material/stairs:",
            on_click=_start,
        )
        told_estimate(MemberSpec(**of_kind("vaegan", _SMALL)))


def _start() -> None:
    def make() -> None:
        made = deeds.train(MemberSpec(**of_kind("vaegan", _SMALL)), parts.chosen_device(), label="stages-digits")
        st.session_state[_RUN] = made.name
        st.query_params[_RUN] = made.name

    parts.done(make)
