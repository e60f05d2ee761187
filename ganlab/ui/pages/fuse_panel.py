"""The part of the fusion page that runs again when a control is let go."""

from collections.abc import Mapping, Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ganlab import seeds
from ganlab.errors import GanlabError, NotFittedError
from ganlab.fusion import RULES, misfit
from ganlab.fusion.options import Value
from ganlab.members.store import Entry
from ganlab.ui import parts
from ganlab.ui.i18n import t
from ganlab.ui.pages import (
    fuse_blocks,
    fuse_fit,
    fuse_history,
    fuse_keep,
    fuse_learn,
    fuse_link,
    fuse_numbers,
    fuse_options,
    fuse_predict,
    fuse_rules,
    fuse_setting,
    fuse_studio,
    fuse_sweep,
    fuse_weights,
)
from ganlab.ui.pages.fuse_draw import Drawn, Wish, draw, members_only
from ganlab.ui.pages.fuse_setting import LABEL, MOST_SEED, PICTURES, SEED, SIZES, TO, USUAL_SIZE, T

_DICE, _DICED = "fuse.dice", "fuse.diced"


@parts.fragment
def show(entries: Sequence[Entry]) -> None:
    """Show members and their fusion, and all that changes it."""
    if fuse_setting.needs_whole_page():
        st.rerun()
    names = [entry.name for entry in entries]
    cards = [entry.card for entry in entries]
    faults = fuse_rules.faults(cards)
    with st.container(key="fuse_rule"):
        rule = fuse_rules.choose(faults)
    if len(RULES[rule].facts["options"]) > fuse_options.MANY:
        words, beside = st.container(), st.container()
    else:
        words, beside = st.columns([7, 5], vertical_alignment="center", gap="medium")
    with beside, st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="right"):
        options = fuse_options.show(entries, rule)
        fuse_rules.unfit(faults, cards)
    if rule == fuse_blocks.RULE:
        fuse_blocks.curves()
    fuse_learn.take(entries, rule, options, lambda weights: fuse_weights.put(names, weights))
    weights = fuse_weights.current(names) if RULES[rule].facts["weighs"] else ()
    place = st.container(key="fuse_studio")
    back = _buttons(entries, rule, options)
    fuse_learn.show(entries, rule, options)
    wish = Wish(tuple(entries), rule, weights, **_latents(entries), options=options)
    with words, st.container(key="fuse_words"):
        fuse_rules.explain(wish)
    with place:
        drawn = _studio(wish)
    fuse_link.answer()
    if drawn is not None and drawn.member is not None:
        fuse_history.note(wish)
        with back:
            fuse_history.buttons()
        fuse_keep.show(wish, drawn)
        fuse_numbers.full(wish)
        if rule == fuse_blocks.RULE:
            fuse_blocks.effects(wish, parts.chosen_device())
        fuse_blocks.barrier(entries)
        fuse_sweep.show(wish)
        fuse_predict.show(wish, parts.chosen_device())
        fuse_history.show(lambda setting: fuse_numbers.known(wish, setting, parts.chosen_device()))


def _buttons(entries: Sequence[Entry], rule: str, options: Mapping[str, Value]) -> DeltaGenerator:
    """Offer what sets all weights at once; returns the place for the way back."""
    names, weighs = [entry.name for entry in entries], RULES[rule].facts["weighs"]
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="fuse_buttons"):
        back = st.container(horizontal=True, width="content", gap="small")
        st.button(
            t("fuse.random"),
            icon=":material/casino:",
            key="fuse.random",
            on_click=_throw,
            args=(names,),
            disabled=not weighs,
        )
        fuse_learn.button(entries, rule, options)
        st.button(
            t("fuse.reset"), icon=":material/restart_alt:", key="fuse.reset", on_click=fuse_setting.reset, args=(names,)
        )
        if weighs and st.session_state.get(_DICED) == fuse_weights.current(names):
            st.caption(t("fuse.diced", seed=st.session_state[_DICE]))
    return back


def _latents(entries: Sequence[Entry]) -> dict:
    """Ask which latents: the same for all members, a walk to others, and of a class where all can be asked."""
    asked = all(entry.card.conditional for entry in entries)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        seed = st.number_input(t("fuse.seed"), 0, MOST_SEED, 0, key=SEED, bind="query-params", width=130)
        st.button(t("fuse.new"), icon=":material/casino:", key="fuse.new", on_click=_next_seed)
        where = st.slider(
            t("fuse.walk"), 0.0, 1.0, 0.0, 0.05, key=T, help=t("fuse.walk_help"), bind="query-params", width=260
        )
        to = st.number_input(t("fuse.to"), 0, MOST_SEED, 1, key=TO, bind="query-params", width=130)
        pictures = st.selectbox(
            t("fuse.pictures"), SIZES, index=SIZES.index(USUAL_SIZE), key=PICTURES, bind="query-params", width=110
        )
        label = parts.class_choice(entries[0].card.classes if asked else (), LABEL)
    return {"pictures": pictures, "seed": int(seed), "to": int(to), "t": where, "label": label}


def _studio(wish: Wish) -> Drawn | None:
    """Show the studio; what cannot be drawn is said above it, and the members' own pictures stay."""
    if not parts.engine_ready():
        st.caption(t("app.waiting"))
        st.skeleton(height=400)
        return None
    device = parts.chosen_device()
    fault = misfit(wish.rule, [entry.card for entry in wish.members], wish.weights, wish.options)
    try:
        drawn = members_only(wish, device) if fault else draw(wish, device)
    except NotFittedError:
        fuse_fit.offer(wish)
        drawn = members_only(wish, device)
    except GanlabError as error:
        parts.complain(error)
        return None
    fuse_studio.show(wish, drawn, device)
    if drawn.member is not None and drawn.member.card.fit is not None:
        fuse_fit.tell(drawn.member.card.fit)
    return drawn


def _throw(names: Sequence[str]) -> None:
    """Give random weights, in twentieths, of a seed that the page shows; locked ones stay."""
    seed = st.session_state.get(_DICE, 0) + 1
    thrown = [round(0.05 * int(step), 2) for step in seeds.stream(seed, "weights").integers(0, 21, len(names))]
    if not any(thrown):
        thrown[0] = 1.0
    before = fuse_weights.current(names)
    for place in fuse_studio.locked():
        thrown[place] = before[place]
    st.session_state[_DICE], st.session_state[_DICED] = seed, tuple(thrown)
    fuse_weights.put(names, thrown)


def _next_seed() -> None:
    st.session_state[SEED] = (int(st.session_state.get(SEED, 0)) + 1) % (MOST_SEED + 1)
