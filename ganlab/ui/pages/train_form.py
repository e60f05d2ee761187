"""The form of a training: presets, the few choices that matter, the rest under "More"."""

from typing import Any, get_args

import streamlit as st
from pydantic.fields import FieldInfo

from ganlab.data import DATASETS, FOLDER
from ganlab.errors import SpecError
from ganlab.family import Family
from ganlab.networks import NETWORKS
from ganlab.objectives import OBJECTIVES
from ganlab.spec import MemberSpec
from ganlab.ui import parts
from ganlab.ui.i18n import t
from ganlab.ui.pages.train_estimate import told_estimate
from ganlab.ui.pages.train_presets import PRESETS

_FOLDER = FOLDER.removesuffix(":")
_KEY = "train.field."
_MORE_GENERAL = ("optimizer", "n_critic", "latent_dim", "ema", "augment", "log_every")
_RATES = ("learning_rate_generator", "learning_rate_critic")


def form() -> MemberSpec | None:
    """Show the form; return a spec when Train was pressed and every value is allowed."""
    _presets()
    values = _few()
    with st.expander(t("train.more"), icon=":material/tune:"):
        values |= _more(values)
    try:
        spec = MemberSpec.read(values)
    except SpecError as error:
        parts.complain(error)
        st.button(t("train.start"), type="primary", icon=":material/play_arrow:", key="train.start", disabled=True)
        return None
    left, right = st.columns([1, 3], vertical_alignment="center")
    pressed = left.button(
        t("train.start"), type="primary", icon=":material/play_arrow:", key="train.start", width="stretch"
    )
    with right:
        told_estimate(spec)
    return spec if pressed else None


def _presets() -> None:
    columns = st.columns(len(PRESETS))
    for column, (name, values) in zip(columns, PRESETS.items(), strict=True):
        column.button(
            t(f"train.preset.{name}"),
            help=t(f"train.preset.{name}_help"),
            key=f"train.preset.{name}",
            width="stretch",
            on_click=_fill,
            args=(values,),
        )


def _fill(values: dict[str, Any]) -> None:
    """Set every field: those of the preset to its values, the others back to the usual ones."""
    for key in [key for key in st.session_state if str(key).startswith(_KEY)]:
        del st.session_state[key]
    network, objective = (
        values.get(field, MemberSpec.model_fields[field].default) for field in ("network", "objective")
    )
    for field, value in values.items():
        st.session_state[_key(field, network, objective)] = value


def _few() -> dict[str, Any]:
    first, second, third = st.columns(3)
    with first:
        dataset = _choice("dataset", [*DATASETS.names, _FOLDER], "digits", DATASETS)
    values: dict[str, Any] = {"dataset": dataset}
    if dataset == _FOLDER:
        values |= _folder(first)
    points = dataset != _FOLDER and len(DATASETS[dataset].facts["shape"]) == 1
    suited = [each.name for each in NETWORKS if (each.facts["suits"] == "points") == points]
    with second:
        values["network"] = _choice("network", suited, suited[0] if points else "dcgan", NETWORKS)
    with third:
        values["objective"] = _choice("objective", OBJECTIVES.names, "hinge", OBJECTIVES)
    columns = st.columns(5)
    for column, field in zip(columns, ("steps", "batch_size", *_RATES, "seed"), strict=True):
        with column:
            values[field] = _number(field, values)
    return values


def _folder(column: st.delta_generator.DeltaGenerator) -> dict[str, Any]:
    with column:
        path = st.text_input(t("train.folder"), key=f"{_KEY}folder", help=t("train.folder_help"))
        size, colour = st.columns(2)
        side = size.number_input(t("train.field.image_size"), 4, 256, 64, 4, key=f"{_KEY}image_size")
        grey = colour.checkbox(t("train.grey"), key=f"{_KEY}grey")
    return {"dataset": FOLDER + path.strip(), "image_size": side, "channels": 1 if grey else 3}


def _more(values: dict[str, Any]) -> dict[str, Any]:
    """Show what only some need; an option appears where the chosen network, objective or optimiser uses it."""
    chosen: dict[str, Any] = {}
    with st.columns(4)[0]:
        chosen["optimizer"] = _choice(
            "optimizer", list(get_args(MemberSpec.model_fields["optimizer"].annotation)), "adam"
        )
    usual = _usual(values | chosen)
    own = [*NETWORKS[values["network"]].facts["options"], *OBJECTIVES[values["objective"]].facts["options"]]
    own += [field for field in ("beta1", "beta2", "momentum") if getattr(usual, field) is not None]
    fields = [*own, *_MORE_GENERAL[1:]]
    columns = st.columns(4)
    for index, field in enumerate(fields):
        with columns[index % 4]:
            if field == "augment":
                options = list(get_args(MemberSpec.model_fields[field].annotation))
                chosen[field] = _choice(field, options, "none")
            elif isinstance(getattr(usual, field), bool):
                key = _key(field, values["network"], values["objective"])
                chosen[field] = st.checkbox(_label(field), getattr(usual, field), key=key, help=_help(field))
            else:
                chosen[field] = _number(field, values | chosen, getattr(usual, field))
    return chosen


def _usual(values: dict[str, Any]) -> MemberSpec:
    """Return the usual values for a network, objective and optimiser, whatever else the form says."""
    dataset = "ring8" if NETWORKS[values["network"]].facts["suits"] == "points" else "digits"
    return MemberSpec(
        dataset=dataset, **{field: values[field] for field in ("network", "objective", "optimizer")}
    ).resolved()


def _choice(field: str, options: list[str], usual: str, family: Family | None = None) -> str:
    key = _KEY + field
    if st.session_state.get(key) not in options:
        st.session_state[key] = usual
    help_text = _help(field)
    if family is not None:
        help_text += "".join(f"\n- **{each.name}**: {each.help}" for each in family if each.name in options)
    return st.selectbox(_label(field), options, key=key, help=help_text)


def _number(field: str, values: dict[str, Any], usual: float | None = None) -> float:
    info = MemberSpec.model_fields[field]
    usual = info.default if usual is None else usual
    low, high = _bounds(info)
    whole = isinstance(usual, int)
    options: dict[str, Any] = {"step": 1} if whole else {"step": 10.0 ** _digits(usual), "format": "%g"}
    key = _key(field, values["network"], values["objective"])
    if key not in st.session_state:
        st.session_state[key] = usual
    kind = int if whole else float
    limits = {"min_value": None if low is None else kind(low), "max_value": None if high is None else kind(high)}
    return st.number_input(_label(field), **limits, **options, key=key, help=_help(field))


def _bounds(info: FieldInfo) -> tuple[float | None, float | None]:
    """Return the bounds a widget may hold a viewer to; what is finer the spec says in a sentence."""
    facts = [*info.metadata]
    for part in get_args(info.annotation):
        facts += getattr(part, "__metadata__", ())
    low = high = None
    for fact in facts:
        inner = [fact, *getattr(fact, "metadata", ())]
        low = next((each.ge for each in inner if hasattr(each, "ge")), low)
        high = next((each.le for each in inner if hasattr(each, "le")), high)
    return low, high if high is not None and high < 2**53 else None


def _digits(value: float) -> int:
    """Return the power of ten a press of + moves a number by."""
    return -2 if value == 0 or value >= 0.1 else -5 if value < 0.01 else -3


def _key(field: str, network: str, objective: str) -> str:
    """Return a widget's key; options that depend on a choice have one for each choice."""
    if field in NETWORKS[network].facts["options"] or field == "latent_dim":
        return f"{_KEY}{field}.{network}"
    if field in OBJECTIVES[objective].facts["options"]:
        return f"{_KEY}{field}.{objective}"
    return _KEY + field


def _label(field: str) -> str:
    return t(f"train.field.{field}")


def _help(field: str) -> str:
    return t(f"train.help.{field}")
