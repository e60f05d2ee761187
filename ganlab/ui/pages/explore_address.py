"""What the Explore page's address carries, and what of it was ignored.

Numbers are bound by Streamlit itself; choices are kept by hand, since it would write their titles, which people
translate; the place under the pointer comes from the canvas.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from ganlab.ui.i18n import t
from ganlab.ui.parts import address

PAGE, PREFIX, MEMBERS = "explore", "explore.", "explore.members"
_PLACE = {"explore.x": 0.0, "explore.y": 0.0, "explore.truncation": 1.0, "explore.row": 0.0}
_ALONG, FARTHEST_ALONG, _MOST_ALONG = "explore.along", 6.0, 40
_FARTHEST = 1e6
_HELD = "explore.place"
READ_HERE = (MEMBERS, _ALONG, *_PLACE)  # and told here, where they are ignored


def choice(
    show: Callable[..., Any], key: str, titles: Mapping[str, str], label: str, usual: str, **options: object
) -> str:
    """Let the visitor choose among codes shown by their titles, and return the code.

    Args:
        show: ``st.segmented_control`` or ``st.selectbox``.
        key: Of the widget, and in the address.
        titles: Of each code.
        label: Of the widget.
        usual: The code that needs no words in the address.
        **options: More for the widget.
    """
    if (wanted := st.query_params.get(key)) in titles:
        st.session_state[key] = wanted
    elif st.session_state.get(key) not in titles:
        st.session_state[key] = usual
    if show is st.segmented_control:
        options["required"] = True
    chosen = show(
        label,
        list(titles),
        format_func=titles.get,
        key=key,
        on_change=_take,
        args=(key, usual),
        persist_state="session",
        **options,
    )
    keep(key, chosen, usual)
    return chosen


def keep(key: str, value: str, usual: str) -> None:
    """Let the address follow a value."""
    if value == usual:
        st.query_params.pop(key, None)
    elif st.query_params.get(key) != value:
        st.query_params[key] = value


def _take(key: str, usual: str) -> None:
    keep(key, st.session_state[key], usual)
    forget()


def place() -> dict[str, Any]:
    """Return where the visitor is: x, y, truncation, row, along; from the address, else as the canvas said last.

    ``along`` are the positions of the sliders of directions, in standard deviations; none where all stand at 0.
    """
    held = st.session_state.setdefault(_HELD, {})
    found = {}
    for key, usual in _PLACE.items():
        name = key.removeprefix(PREFIX)
        value = held.get(name, usual)
        if (text := st.query_params.get(key)) is not None:
            value = _number(key, text, value)
        found[name] = value
    found["along"] = held.get("along", [])
    if (text := st.query_params.get(_ALONG)) is not None:
        numbers = [_number(_ALONG, each, 0.0) for each in text.split(",")[:_MOST_ALONG]]
        found["along"] = [min(max(each, -FARTHEST_ALONG), FARTHEST_ALONG) for each in numbers]
    held.update(found)
    return found


def hold(told: Mapping[str, Any]) -> None:
    """Take a place that the canvas says; what is no number is left out."""
    held = st.session_state.setdefault(_HELD, {})
    for key, usual in _PLACE.items():
        name = key.removeprefix(PREFIX)
        value = told.get(name)
        if isinstance(value, int | float) and math.isfinite(value) and abs(value) <= _FARTHEST:
            held[name] = float(value)
            keep(key, f"{round(value, 4):.10g}", f"{usual:g}")
    along = told.get("along")
    if isinstance(along, list) and len(along) <= _MOST_ALONG and all(_fits(each) for each in along):
        while along and along[-1] == 0:
            along = along[:-1]
        held["along"] = [float(each) for each in along]
        keep(_ALONG, ",".join(f"{round(each, 2):g}" for each in along), "")


def _fits(value: object) -> bool:
    return isinstance(value, int | float) and math.isfinite(value) and abs(value) <= FARTHEST_ALONG


def begin_again() -> None:
    """Go back to the first corner."""
    st.session_state.pop(_HELD, None)
    for key in (*_PLACE, _ALONG):
        st.query_params.pop(key, None)


def forget() -> None:
    """Clear what was told."""
    address.forget(PAGE)


def _number(key: str, text: str, otherwise: float) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if math.isfinite(value) and abs(value) <= _FARTHEST:
        return value
    address.ignore(key, t("app.ignored", name=key, value=text))
    st.query_params.pop(key, None)
    return otherwise
