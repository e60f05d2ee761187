"""A setting of the fusion page as data, and the way back to it: links, undo, history, files and pasted recipes."""

import math
from collections.abc import Mapping
from typing import Any

import streamlit as st

from ganlab.members.store import catalogue
from ganlab.spec.remembered import Remembered
from ganlab.ui.pages import fuse_link, fuse_options, fuse_weights

MEMBERS, RULE, SEED, TO, T = "fuse.members", fuse_link.RULE, "fuse.seed", "fuse.to", "fuse.t"
PICTURES, LABEL = "fuse.pictures", "fuse.label"
SIZES, USUAL_SIZE, MOST_SEED = (4, 9, 16, 25, 36, 64), 16, 2**31 - 1
_RERUN = "fuse.rerun"


def take(told: Mapping[str, Any]) -> None:
    """Bring back a setting; to be called before the page's widgets are made.

    Args:
        told: A recipe with what was drawn, as ``Wish.recipe`` writes it and ``Remembered`` checked it.
    """
    found = Remembered.model_validate(dict(told))
    before = st.session_state.get(MEMBERS)
    st.session_state[MEMBERS] = list(found.members)
    if found.weights:
        fuse_weights.put(found.members, found.weights)
    put_rule(found.rule)
    fuse_options.put(found.options)
    walk = found.walk
    st.session_state[SEED] = min(found.seed or 0, MOST_SEED)
    st.session_state[TO], st.session_state[T] = (min(walk.to, MOST_SEED), walk.t) if walk else (1, 0.0)
    if found.n is not None:
        st.session_state[PICTURES] = min(SIZES, key=lambda size: abs(math.log(size / found.n)))
    classes = catalogue()[found.members[0]].card.classes
    st.session_state[LABEL] = classes[found.label] if found.label is not None and found.label < len(classes) else None
    st.session_state[_RERUN] = before != list(found.members)


def put_rule(rule: str) -> None:
    """Choose a rule; the address says it, too."""
    st.session_state[RULE] = rule
    st.query_params[RULE] = rule


def reset(count_names: list[str]) -> None:
    """Set everything but the members to what is usual."""
    fuse_weights.put(count_names, [fuse_weights.USUAL] * len(count_names))
    # Said outright: a bound widget without a value would take it from the address again.
    st.session_state.update({SEED: 0, TO: 1, T: 0.0, PICTURES: USUAL_SIZE})
    if LABEL in st.session_state:
        st.session_state[LABEL] = None
    fuse_options.put({})
    st.session_state.pop(RULE, None)
    st.query_params.pop(RULE, None)
    fuse_link.forget()


def needs_whole_page() -> bool:
    """Return, once, whether a setting came back whose members the page has yet to choose."""
    return st.session_state.pop(_RERUN, False)
