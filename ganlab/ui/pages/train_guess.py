"""A question while a run goes on, which its end answers: how much of what there is will be drawn?"""

import streamlit as st

from ganlab import runs
from ganlab.data import DATASETS
from ganlab.runs.folder import LIVE
from ganlab.spec import MemberSpec
from ganlab.toys import TOYS
from ganlab.ui.i18n import t
from ganlab.ui.parts.predict import predict

_FEW, _NEARLY_ALL = 0.4, 0.9  # of what there is


def ask(run: runs.Run, spec: MemberSpec, state: runs.State) -> None:
    """Ask how many classes, or heaps of points, it will cover, from its start on; whoever guessed sees its end."""
    count, what = kinds(spec)
    key = f"train.guess.{run.name}"
    if not count or spec.score_every == 0 or (state.state not in (*LIVE, "queued") and not st.session_state.get(key)):
        return
    right, answer = [], None
    if state.state in ("finished", "stopped"):
        scores = [row for row in run.history() if row["event"] == "scored" and "modes" in row]
        if not scores:
            return
        last = scores[-1]
        right = [of(last["modes"] / count)]
        answer = t("train.guess_answer", covered=int(last["modes"]), count=count, what=what, step=last["step"])
    choices = {name: t(f"train.guess_{name}") for name in ("all", "half", "few")}
    predict(key, t("train.guess_ask", count=count, what=what), choices, right, answer)


def kinds(spec: MemberSpec) -> tuple[int, str]:
    """Return how many classes or heaps its data has, and what they are called; 0 where it has none."""
    if spec.dataset in TOYS:
        return TOYS[spec.dataset].facts["modes"], t("compare.heaps")
    classes = DATASETS[spec.dataset].facts["classes"] if spec.dataset in DATASETS else ()
    return len(classes), t("compare.classes")


def of(share: float) -> str:
    """Return the choice that a share of what there is stands for."""
    return "all" if share >= _NEARLY_ALL else "half" if share >= _FEW else "few"
