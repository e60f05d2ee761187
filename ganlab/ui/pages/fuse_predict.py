"""Questions before numbers: which fusion stands nearest to real pictures, and what a weight of 1 costs."""

from dataclasses import replace

import streamlit as st

from ganlab.errors import GanlabError
from ganlab.fusion import misfit
from ganlab.ui import parts
from ganlab.ui.i18n import t
from ganlab.ui.i18n.families import title
from ganlab.ui.pages import fuse_numbers
from ganlab.ui.pages.fuse_draw import Wish
from ganlab.ui.parts import numbers
from ganlab.ui.parts.predict import predict

_RIVALS = ("weighted_average", "mixture")
_ALONE, _UP, _DOWN, _SAME = "alone", "up", "down", "same"


def show(wish: Wish, device: str) -> None:
    """Ask, folded away; what is answered is measured when it is revealed."""
    cards = [entry.card for entry in wish.members]
    if any(misfit(rule, cards) for rule in _RIVALS) or not fuse_numbers.measurable(wish, device):
        return
    with st.expander(t("fuse.predict"), icon=":material/psychology_alt:"):
        try:
            _nearest(wish, device)
            _recall(wish, device)
        except GanlabError as error:
            parts.complain(error)


def _nearest(wish: Wish, device: str) -> None:
    key = f"fuse.predict_nearest.{_who(wish)}"
    choices = {rule: title("rule", rule) for rule in _RIVALS} | {_ALONE: t("fuse.predict_alone")}
    right, answer = [], ""
    if st.session_state.get(f"{key}.revealed"):
        found = {rule: fuse_numbers.of_fusion(_even(wish, rule), device)["fid"] for rule in _RIVALS}
        alone = [fuse_numbers.of_member(wish, place, device)["fid"] for place in range(len(wish.members))]
        found[_ALONE] = min(alone, key=lambda number: number.value)
        least = min(found.values(), key=lambda number: number.value)
        right = [name for name, number in found.items() if number.low <= least.high]  # what intervals cannot tell apart
        told = ", ".join(f"{choices[name]} {numbers.interval(number)}" for name, number in found.items())
        answer = t("fuse.predict_nearest_answer", told=parts.plain(told, 300), n=fuse_numbers.N)
    predict(key, t("fuse.predict_nearest"), choices, right, answer)


def _recall(wish: Wish, device: str) -> None:
    key, first = f"fuse.predict_recall.{_who(wish)}", wish.members[0].name
    choices = {name: t(f"fuse.predict_{name}") for name in (_UP, _SAME, _DOWN)}
    right, answer = [], ""
    if st.session_state.get(f"{key}.revealed"):
        even = fuse_numbers.of_fusion(_even(wish, "mixture"), device)["recall"]
        alone = fuse_numbers.of_member(wish, 0, device)["recall"]
        apart = even.high < alone.low or alone.high < even.low
        right = [_SAME] if not apart else [_UP if alone.value > even.value else _DOWN]
        answer = t(
            "fuse.predict_recall_answer",
            even=numbers.interval(even),
            alone=numbers.interval(alone),
            name=parts.plain(first),
            n=fuse_numbers.N,
        )
    predict(key, t("fuse.predict_recall", name=parts.plain(first)), choices, right, answer)


def _even(wish: Wish, rule: str) -> Wish:
    return replace(wish, rule=rule, weights=(0.5,) * len(wish.members), options={})


def _who(wish: Wish) -> str:
    return ",".join(entry.name for entry in wish.members)
