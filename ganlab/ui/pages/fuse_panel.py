"""The part of the fusion page that runs again when a slider is released."""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from ganlab import seeds
from ganlab.errors import GanlabError, NotFittedError
from ganlab.fusion import RULES, misfit
from ganlab.members import preview
from ganlab.members.store import Entry
from ganlab.ui import parts
from ganlab.ui.i18n import t
from ganlab.ui.pages import fuse_fit, fuse_keep, fuse_learn, fuse_link, fuse_options, fuse_words
from ganlab.ui.pages.fuse_choose import USUAL_WEIGHT, weight_key
from ganlab.ui.pages.fuse_draw import Drawn, Wish, draw, shares

_RULE, _SEED, _TO, _T, _PICTURES = fuse_link.RULE, "fuse.seed", "fuse.to", "fuse.t", "fuse.pictures"
_LABEL = "fuse.label"
_DICE, _DICED, _LAST = "fuse.dice", "fuse.diced", "fuse.last"
_USUAL_RULE = "weighted_average"
_SIZES, _USUAL_SIZE, _MOST_SEED = (4, 9, 16, 25, 36, 64), 16, 2**31 - 1


@parts.fragment
def show(entries: Sequence[Entry]) -> None:
    """Show the fused picture beside its members and controls."""
    picture, controls = st.columns([5, 7], gap="medium")
    with controls:
        with st.container(key="fuse_rule", gap="small"):
            rule = _rule(entries)
            if len(RULES[rule].facts["options"]) > fuse_options.MANY:
                words, beside = st.container(), st.container()
            else:
                words, beside = st.columns([3, 2])
            with beside:
                options = fuse_options.show(entries, rule)
        fuse_learn.take(entries, rule, _set_weights)
        slots, weights = _members(entries, rule)
        _buttons(entries, rule, weighs=bool(weights))
        fuse_learn.show(entries, rule)
        wish = Wish(tuple(entries), rule, weights, **_latents(entries), options=options)
    with words:
        _explain(wish)
    with picture:
        with st.container(key="fuse_picture"):
            drawn = _draw(wish)
        if drawn is not None and drawn.fused is not None:
            fuse_keep.show(wish, drawn)
    fuse_link.answer()
    for slot, entry, sheet in zip(slots, entries, drawn.members if drawn else _stored(entries), strict=True):
        if sheet is not None:
            alt = t("fuse.member_alt", name=entry.name, n=wish.n, seed=wish.seed)
            with slot:
                parts.image_grid(sheet, alt if drawn else t("fuse.preview_alt", name=entry.name))


def _rule(entries: Sequence[Entry]) -> str:
    """Offer the rules that fit; say of the others why they do not."""
    cards = [entry.card for entry in entries]
    faults = {rule.name: misfit(rule.name, cards) for rule in RULES}
    fitting = [name for name, fault in faults.items() if fault is None]
    # Bound by hand: Streamlit would write the title, which people translate, into the address.
    if (asked := st.query_params.get(_RULE)) in fitting:
        st.session_state[_RULE] = asked
    elif st.session_state.get(_RULE) not in fitting:
        st.session_state[_RULE] = _USUAL_RULE if _USUAL_RULE in fitting else fitting[0]
    chosen = st.segmented_control(
        t("fuse.rule"),
        fitting,
        required=True,
        format_func=lambda name: RULES[name].facts["title"],
        key=_RULE,
        on_change=_take_rule,
        persist_state="session",
    )
    _address_rule(chosen)
    unfit = {name: fault for name, fault in faults.items() if fault is not None}
    if unfit:
        titles = ", ".join(RULES[name].facts["title"] for name in unfit)
        with st.popover(t("fuse.unfit", rules=titles), type="tertiary", icon=":material/block:"):
            for name, fault in unfit.items():
                st.caption(f":gray[**{RULES[name].facts['title']}**]: {parts.plain(fault)}")
    return chosen


def _members(entries: Sequence[Entry], rule: str) -> tuple[list, tuple[float, ...]]:
    """Lay out a picture's place and a slider for each member; returns the places and the weights."""
    weighs = RULES[rule].facts["weighs"]
    slots, values, told = [], [], []
    with st.container(key="fuse_members"):
        for place, (column, entry) in enumerate(zip(st.columns(len(entries)), entries, strict=True)):
            with column:
                slots.append(st.empty())
                values.append(_slider(place, entry.name, disabled=not weighs))
                with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                    told.append(st.empty())
                    st.button(
                        t("fuse.solo"),
                        key=f"fuse.solo{place}",
                        type="tertiary",
                        help=t("fuse.solo_help", name=entry.name),
                        on_click=_set_weights,
                        args=([float(other == place) for other in range(len(entries))],),
                        disabled=not weighs,
                    )
    weights = tuple(values) if weighs else ()
    for place, (slot, share) in enumerate(zip(told, shares(weights, len(entries)), strict=True)):
        as_is = weights and fuse_words.as_they_are(rule)
        slot.caption(t("fuse.factor", weight=weights[place]) if as_is else t("fuse.share", share=share))
    return slots, weights


def _slider(place: int, name: str, disabled: bool) -> float:
    return st.slider(
        f"$G_{place + 1}$ {name}",
        *(0.0, 1.0, USUAL_WEIGHT, 0.05),
        key=weight_key(place),
        disabled=disabled,
        bind="query-params",
    )


def _buttons(entries: Sequence[Entry], rule: str, weighs: bool) -> None:
    count = len(entries)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button(
            t("fuse.equal"),
            icon=":material/balance:",
            key="fuse.equal",
            on_click=_set_weights,
            args=([USUAL_WEIGHT] * count,),
            disabled=not weighs,
        )
        st.button(
            t("fuse.random"),
            icon=":material/casino:",
            key="fuse.random",
            on_click=_throw,
            args=(count,),
            disabled=not weighs,
        )
        fuse_learn.button(entries, rule)
        st.button(t("fuse.reset"), icon=":material/restart_alt:", key="fuse.reset", on_click=_reset, args=(count,))
        now = [st.session_state.get(weight_key(place)) for place in range(count)]
        if weighs and st.session_state.get(_DICED) == now:
            st.caption(t("fuse.diced", seed=st.session_state[_DICE]))


def _latents(entries: Sequence[Entry]) -> dict:
    """Ask which latents: the same for all members, a walk to others, and of a class where all can be asked."""
    asked = all(entry.card.conditional for entry in entries)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        seed = st.number_input(t("fuse.seed"), 0, _MOST_SEED, 0, key=_SEED, bind="query-params", width=130)
        st.button(t("fuse.new"), icon=":material/casino:", key="fuse.new", on_click=_next_seed)
        where = st.slider(t("fuse.walk"), 0.0, 1.0, 0.0, 0.05, key=_T, help=t("fuse.walk_help"), bind="query-params")
        to = st.number_input(t("fuse.to"), 0, _MOST_SEED, 1, key=_TO, bind="query-params", width=130)
        pictures = st.selectbox(
            t("fuse.pictures"), _SIZES, index=_SIZES.index(_USUAL_SIZE), key=_PICTURES, bind="query-params", width=110
        )
        label = parts.class_choice(entries[0].card.classes if asked else (), _LABEL)
    return {"pictures": pictures, "seed": int(seed), "to": int(to), "t": where, "label": label}


def _draw(wish: Wish) -> Drawn | None:
    """Draw into the open container; what cannot be drawn is said, below the last picture that could.

    Returns what was drawn; without a fused picture where the weights allow none.
    """
    names = [entry.name for entry in wish.members]
    alt = t("fuse.alt", n=wish.n, names=", ".join(names), rule=RULES[wish.rule].facts["title"], seed=wish.seed)
    if not parts.engine_ready():
        st.caption(t("app.waiting"))
        st.skeleton(height=400)
        return None
    fault = misfit(wish.rule, [entry.card for entry in wish.members], wish.weights, wish.options)
    try:
        drawn = draw(replace(wish, weights=()) if fault else wish, parts.chosen_device())
    except NotFittedError:
        fuse_fit.offer(wish)
        return None
    except GanlabError as error:
        drawn, fault = None, str(error)
    if fault:
        if last := st.session_state.get(_LAST):
            parts.image_grid(*last, moving=True)
        parts.complain(fault)
        return replace(drawn, fused=None) if drawn else None
    st.session_state[_LAST] = (drawn.fused, alt)
    parts.image_grid(drawn.fused, alt, moving=True)
    if drawn.member.card.fit is not None:
        fuse_fit.tell(drawn.member.card.fit)
    return drawn


def _stored(entries: Sequence[Entry]) -> list[bytes | None]:
    """Return the members' previews, for as long as nothing can be drawn."""
    return [preview.find(entry) for entry in entries]


def _explain(wish: Wish) -> None:
    """Show the formula with the numbers in it, and what it does; a warning takes that sentence's place."""
    rule, names = RULES[wish.rule], [entry.name for entry in wish.members]
    formula = fuse_words.with_numbers(wish.rule, wish.weights, len(names))
    st.markdown(rf"$\displaystyle {formula}$", help=rf"$\displaystyle {rule.facts['formula']}$")
    if warning := fuse_words.caution(wish.rule, names, wish.weights):
        st.caption(f":orange[:material/warning: {parts.plain(warning)}]")
    else:
        st.caption(parts.plain(fuse_words.effect(wish.rule, wish.options.get("anchor", ""))))


def _set_weights(weights: Sequence[float]) -> None:
    for place, weight in enumerate(weights):
        st.session_state[weight_key(place)] = weight


def _throw(count: int) -> None:
    """Give random weights, in steps of a slider, of a seed that the page shows."""
    seed = st.session_state.get(_DICE, 0) + 1
    thrown = [round(0.05 * int(step), 2) for step in seeds.stream(seed, "weights").integers(0, 21, count)]
    if not any(thrown):
        thrown[0] = 1.0
    st.session_state[_DICE], st.session_state[_DICED] = seed, thrown
    _set_weights(thrown)


def _take_rule() -> None:
    """Let the address follow the choice before the page reads it."""
    _address_rule(st.session_state[_RULE])
    fuse_link.forget()


def _address_rule(rule: str) -> None:
    if rule == _USUAL_RULE:
        st.query_params.pop(_RULE, None)
    elif st.query_params.get(_RULE) != rule:
        st.query_params[_RULE] = rule


def _reset(count: int) -> None:
    _set_weights([USUAL_WEIGHT] * count)
    # Said outright: a bound widget without a value would take it from the address again.
    st.session_state.update({_SEED: 0, _TO: 1, _T: 0.0, _PICTURES: _USUAL_SIZE})
    if _LABEL in st.session_state:
        st.session_state[_LABEL] = t("app.any_class")
    fuse_options.reset()
    for key in (_RULE, _DICE, _DICED):
        st.session_state.pop(key, None)
    st.query_params.pop(_RULE, None)
    fuse_link.forget()


def _next_seed() -> None:
    st.session_state[_SEED] = (int(st.session_state.get(_SEED, 0)) + 1) % (_MOST_SEED + 1)
