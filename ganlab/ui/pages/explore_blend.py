"""The fused ensemble on its way: a rule, and the weights at the left and at the right end."""

from collections.abc import Sequence

import streamlit as st

from ganlab.fusion import RULES, misfit
from ganlab.members.store import Entry
from ganlab.spec import Blend
from ganlab.ui import parts
from ganlab.ui.i18n import t
from ganlab.ui.i18n.families import title
from ganlab.ui.pages import explore_address as address
from ganlab.ui.pages import fuse_options

_USUAL_RULE, _STEP = "weighted_average", 0.05


def choose(entries: Sequence[Entry]) -> Blend | None:
    """Offer rules and weights; None where no rule fits, which is said.

    A rule that learns is fitted to its weights: its fusion is kept as a member on the Fusion page, and walked as one.
    """
    cards = [entry.card for entry in entries]
    faults = {rule.name: misfit(rule.name, cards) for rule in RULES if not rule.facts.get("fitted")}
    fitting = {name: title("rule", name) for name, fault in faults.items() if fault is None}
    if not fitting:
        parts.complain(next(iter(faults.values())))
        return None
    rule = address.choice(
        st.selectbox,
        "explore.rule",
        fitting,
        t("explore.rule"),
        _USUAL_RULE if _USUAL_RULE in fitting else next(iter(fitting)),
        help=t("explore.rule_help"),
        width=210,
    )
    options = {}
    if any(fuse_options.fitting(entries, rule).values()):
        with st.popover(t("explore.options"), icon=":material/tune:"):
            options = fuse_options.show(entries, rule, page="explore", moved=address.forget)
    if not RULES[rule].facts["weighs"]:
        return Blend(rule=rule, options=options)
    with st.popover(t("explore.weights"), icon=":material/balance:"):
        st.caption(t("explore.weights_told"))
        ends = [_weights(entries, place, end) for place, end in enumerate("ab")]
    for end, weights in zip("AB", ends, strict=True):
        if not any(weights):
            parts.complain(t("explore.no_weight", letter=end))
            return None
    return Blend(rule=rule, start=ends[0], end=ends[1], options=options)


def _weights(entries: Sequence[Entry], place: int, end: str) -> tuple[float, ...]:
    """Return the weights at one end; at first the first member alone draws A, and the last one B."""
    alone = 0 if place == 0 else len(entries) - 1
    st.markdown(f"**{t('explore.weights_at', letter=end.upper())}**")
    return tuple(
        st.slider(
            parts.plain(entry.name),
            *(0.0, 1.0, float(index == alone), _STEP),
            key=f"explore.{end}{index + 1}",
            bind="query-params",
            on_change=address.forget,
        )
        for index, entry in enumerate(entries)
    )
