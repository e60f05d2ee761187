"""The choice of a rule, what it does with these members, and what would do better."""

from collections.abc import Mapping, Sequence

import streamlit as st

from ganlab.fusion import RULES, misfit
from ganlab.members.card import Card
from ganlab.members.origins import are_relatives
from ganlab.ui import parts
from ganlab.ui.i18n import t
from ganlab.ui.i18n.families import title
from ganlab.ui.pages import fuse_blocks, fuse_link, fuse_options, fuse_setting, fuse_words
from ganlab.ui.pages.fuse_draw import Wish
from ganlab.ui.pages.fuse_setting import RULE

_USUAL = "weighted_average"


def faults(cards: Sequence[Card]) -> dict[str, str | None]:
    """Return for every rule why it cannot fuse these members, or None."""
    return {rule.name: misfit(rule.name, cards, options=_forced(rule.name)) for rule in RULES}


def choose(faults: Mapping[str, str | None]) -> str:
    """Offer the rules that fit."""
    fitting = [name for name, fault in faults.items() if fault is None]
    # Bound by hand: Streamlit would write the title, which people translate, into the address.
    if (asked := st.query_params.get(RULE)) in fitting:
        st.session_state[RULE] = asked
    elif st.session_state.get(RULE) not in fitting:
        st.session_state[RULE] = _USUAL if _USUAL in fitting else fitting[0]
    chosen = st.segmented_control(
        t("fuse.rule"),
        fitting,
        required=True,
        format_func=lambda name: title("rule", name),
        key=RULE,
        on_change=_take_rule,
        persist_state="session",
        label_visibility="collapsed",
    )
    _address_rule(chosen)
    return chosen


def _forced(rule: str) -> dict[str, float]:
    """Return the option by which strangers' parameters are averaged, if it is on."""
    asked = st.session_state.get("fuse.force") or st.query_params.get("fuse.force") == "1"
    return fuse_blocks.FORCED if rule == fuse_blocks.RULE and asked else {}


def _force() -> None:
    fuse_options.put(fuse_blocks.FORCED, ("force",))
    fuse_setting.put_rule(fuse_blocks.RULE)


def unfit(faults: Mapping[str, str | None], cards: Sequence[Card]) -> None:
    """Say of the other rules why they do not fit."""
    others = {name: fault for name, fault in faults.items() if fault is not None}
    if others:
        with st.popover(t("fuse.unfit", count=len(others)), type="tertiary", icon=":material/block:"):
            for name, fault in others.items():
                st.caption(f":gray[**{title('rule', name)}**]: {parts.spoken(fault)}")
            if fuse_blocks.RULE in others and misfit(fuse_blocks.RULE, cards, options=fuse_blocks.FORCED) is None:
                st.button(t("fuse.force"), key="fuse.force_now", icon=":material/warning:", on_click=_force)


def explain(wish: Wish) -> None:
    """Show the formula with the numbers in it, and what it does; a warning takes that sentence's place."""
    rule, names = RULES[wish.rule], [entry.name for entry in wish.members]
    formula = fuse_words.with_numbers(wish.rule, wish.weights, len(names))
    st.markdown(rf"$\displaystyle {formula}$", help=rf"$\displaystyle {rule.facts['formula']}$")
    warning = fuse_words.caution(wish.rule, names, wish.weights)
    told = warning or fuse_words.effect(wish.rule, wish.options.get("anchor", ""))
    blends = _blends_strangers(wish)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        marked = f":orange[:material/warning: {parts.plain(told)}]" if warning or blends else parts.plain(told)
        st.caption(marked, width="content")
        if blends:
            _better(wish)


def _blends_strangers(wish: Wish) -> bool:
    """Return whether pictures are blended that are not of one thing: members neither aligned nor relatives."""
    facts, cards = RULES[wish.rule].facts, [entry.card for entry in wish.members]
    if "anchor" not in facts["options"] or facts.get("aligned") or wish.options.get("anchor"):
        return False
    return not all(are_relatives(cards[0], card) for card in cards[1:])


def _better(wish: Wish) -> None:
    """Lead on, with one click, from a rule that blends what does not match to those that do better."""
    cards = [entry.card for entry in wish.members]
    anchor = next((card.name for card in cards if not misfit(wish.rule, cards, (), {"anchor": card.name})), None)
    if anchor is not None:
        st.button(
            t("fuse.align"),
            key="fuse.align",
            type="tertiary",
            icon=":material/join_inner:",
            help=t("fuse.align_help", name=anchor),
            on_click=fuse_options.put,
            args=({"anchor": anchor}, ("anchor",)),
        )
    st.button(
        t("fuse.mix_instead"),
        key="fuse.mix_instead",
        type="tertiary",
        icon=":material/shuffle:",
        help=t("fuse.mix_help"),
        on_click=fuse_setting.put_rule,
        args=("mixture",),
    )


def _take_rule() -> None:
    """Let the address follow the choice before the page reads it."""
    _address_rule(st.session_state[RULE])
    fuse_link.forget()


def _address_rule(rule: str) -> None:
    if rule == _USUAL:
        st.query_params.pop(RULE, None)
    elif st.query_params.get(RULE) != rule:
        st.query_params[RULE] = rule
