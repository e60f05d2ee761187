"""The fields of the training form: one widget each, labelled, explained, and kept while one looks at a run."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from ganlab.networks import NETWORKS
from ganlab.objectives import OBJECTIVES
from ganlab.spec import MemberSpec
from ganlab.ui.i18n import t
from ganlab.ui.i18n.families import title

_KEY = "train.field."
_NONE_IS_OFF = ("target_fid", "patience")
_OF_THE_OPTIMIZER = ("beta1", "beta2", "momentum")


def begin(values: dict[str, Any]) -> None:
    """Fill the form once for a visitor who has not touched it."""
    if f"{_KEY}dataset" not in st.session_state:
        fill(values)


def fill(values: dict[str, Any]) -> None:
    """Set the fields of a preset to its values, and all others back to the usual ones."""
    for key in [key for key in st.session_state if str(key).startswith(_KEY)]:
        del st.session_state[key]
    for field, value in values.items():
        st.session_state[_KEY + field] = value


def forget_options() -> None:
    """Set what depends on network, objective and optimiser back to what is usual for the new one."""
    for each in (*NETWORKS, *OBJECTIVES):
        for option in each.facts["options"]:
            st.session_state.pop(_KEY + option, None)
    for field in ("latent_dim", *_OF_THE_OPTIMIZER):
        st.session_state.pop(_KEY + field, None)


def options(values: dict[str, Any]) -> list[str]:
    """Return the options that the chosen network, objective and optimiser use, as far as they change anything."""
    own = [*NETWORKS[values["network"]].facts["options"], *OBJECTIVES[values["objective"]].facts["options"]]
    standard = usual(values)
    own = [field for field in own if field not in standard.idle]
    return [*own, *(field for field in _OF_THE_OPTIMIZER if getattr(standard, field) is not None)]


def usual(values: dict[str, Any]) -> MemberSpec:
    """Return the usual values for a network, objective and optimiser, whatever else the form says."""
    dataset = "ring8" if NETWORKS[values["network"]].facts["suits"] == "points" else "digits"
    chosen = {field: values[field] for field in ("network", "objective", "optimizer") if field in values}
    return MemberSpec(dataset=dataset, **chosen).resolved()


def choice(
    field: str,
    names: list[str],
    on_change: Callable[[], None] | None = None,
    shown: Callable[[str], str] = str,
) -> str:
    """Ask for one of several names; what does not fit any more gives way to the first that does."""
    key = _KEY + field
    if st.session_state.get(key) not in names:
        info = MemberSpec.model_fields.get(field)
        st.session_state[key] = info.default if info and info.default in names else names[0]
    return st.selectbox(
        _label(field),
        names,
        format_func=shown,
        key=key,
        help=_help(field),
        on_change=on_change,
        persist_state="session",
    )


def named(field: str, names: list[str]) -> str:
    """Ask for an entry of the family that is called like the field; options of the former one are forgotten."""
    titles = {name: title(field, name) for name in names}
    return choice(field, names, on_change=forget_options, shown=titles.get)


def member(field: str, names: list[str]) -> str | None:
    """Ask for a kept member, or none."""
    return choice(field, ["", *names], shown=lambda name: name or t("train.none")) or None


def number(field: str, standard: float | None = None) -> float | None:
    """Ask for a number; which ones are allowed the spec says in a sentence."""
    key = _KEY + field
    standard = MemberSpec.model_fields[field].default if standard is None else standard
    if st.session_state.get(key) is None:
        st.session_state[key] = standard
    step = {"step": 1} if isinstance(standard, int) else {"step": _step(standard), "format": "%g"}
    return st.number_input(_label(field), **step, key=key, help=_help(field), persist_state="session")


def maybe(field: str) -> float | None:
    """Ask for a number that may be left open."""
    whole = MemberSpec.model_fields[field].annotation == int | None
    return st.number_input(
        _label(field),
        value=None,
        **({"step": 1} if whole else {"step": 0.5, "format": "%g"}),
        key=_KEY + field,
        help=_help(field),
        placeholder=t("train.none" if field in _NONE_IS_OFF else "train.usual"),
        persist_state="session",
    )


def switch(field: str, standard: bool) -> bool:
    """Ask for yes or no."""
    st.session_state.setdefault(_KEY + field, standard)
    return st.toggle(_label(field), key=_KEY + field, help=_help(field), persist_state="session")


def text(field: str) -> str:
    """Ask for a text."""
    return st.text_input(_label(field), key=_KEY + field, help=_help(field), persist_state="session")


def _step(standard: float) -> float:
    """Return by how much a press on plus or minus changes a number of this size."""
    return 1e-4 if 0 < standard < 0.005 else 0.001 if 0.99 < standard < 1 or 0 < standard < 0.05 else 0.05


def _label(field: str) -> str:
    return t(f"train.field.{field}")


def _help(field: str) -> str:
    return t(f"train.help.{field}")
