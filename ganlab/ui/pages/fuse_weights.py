"""The weights of a visit: each member's own, in the address, changed by the studio or by the page."""

import math
from collections.abc import Sequence

import streamlit as st

USUAL = 0.5
ADDRESS = "fuse.weights"
_WEIGHTS, _WRITTEN, _TURN = "fuse.weight_of", "fuse.weights_written", "fuse.turn"


def current(names: Sequence[str]) -> tuple[float, ...]:
    """Return one weight a member; an address that is not the page's own counts most."""
    asked = st.query_params.get(ADDRESS)
    if asked is not None and asked != st.session_state.get(_WRITTEN):
        st.session_state[_WRITTEN] = asked
        if (found := read(asked, len(names))) is not None:
            put(names, found)
    known = st.session_state.setdefault(_WEIGHTS, {})
    weights = tuple(known.get(name, USUAL) for name in names)
    _address(weights)
    return weights


def put(names: Sequence[str], weights: Sequence[float]) -> None:
    """Set the weights from the page: the studio's sliders follow."""
    keep(names, weights)
    st.session_state[_TURN] = turn() + 1


def keep(names: Sequence[str], weights: Sequence[float]) -> None:
    """Remember the weights as the studio has them."""
    st.session_state.setdefault(_WEIGHTS, {}).update(zip(names, map(float, weights), strict=True))
    _address(tuple(weights))


def turn() -> int:
    """Return how often the page has set weights; the studio takes them over when this changes."""
    return st.session_state.get(_TURN, 0)


def read(line: str, count: int) -> tuple[float, ...] | None:
    """Return the numbers of a line, separated by commas; None where they are not one of 0 to 1 a member."""
    try:
        found = tuple(float(word) for word in line.split(","))
    except ValueError:
        return None
    right = len(found) == count and all(math.isfinite(weight) and 0 <= weight <= 1 for weight in found)
    return found if right else None


def line(weights: Sequence[float]) -> str:
    """Return weights as the address has them."""
    return ",".join(f"{weight:g}" for weight in weights)


def _address(weights: tuple[float, ...]) -> None:
    if set(weights) <= {USUAL}:
        st.query_params.pop(ADDRESS, None)
        st.session_state[_WRITTEN] = None
    elif st.query_params.get(ADDRESS) != line(weights):
        st.query_params[ADDRESS] = line(weights)
        st.session_state[_WRITTEN] = line(weights)
