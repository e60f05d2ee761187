"""The form of a training: presets, the few choices that matter, the rest under "More"."""

import re
from collections.abc import Callable
from typing import Any, get_args

import streamlit as st

from ganlab.data import DATASETS, FOLDER, facts_of
from ganlab.errors import GanlabError
from ganlab.members import origins
from ganlab.networks import NETWORKS
from ganlab.objectives import OBJECTIVES
from ganlab.spec import EnsembleSpec, MemberSpec
from ganlab.ui import deeds, parts, rights
from ganlab.ui.i18n import t, texts
from ganlab.ui.i18n.families import about
from ganlab.ui.i18n.sentences import said
from ganlab.ui.pages import train_data, train_fields
from ganlab.ui.pages.train_address import DATASET, KIND
from ganlab.ui.pages.train_estimate import told_estimate
from ganlab.ui.pages.train_presets import ICONS, PRESETS, of_kind

_FOLDER = FOLDER.removesuffix(":")
_RATES = ("learning_rate_generator", "learning_rate_critic")
_GENERAL = ("start", "teacher", "batch_size", "latent_dim", "n_critic", "ema", "augment", "conditional", "precision")
_GENERAL += ("log_every", "preview_every", "checkpoint_every", "score_every", "target_fid", "patience")
_PRESETS_A_ROW = 3  # more, and a projector cuts their names off
_CHOICES = ("augment", "precision", "likelihood", "diffaugment")
_OF_PICTURES = ("augment", "diffaugment", "target_fid", "patience")
_MAY_BE_OPEN = ("preview_every", "checkpoint_every", "score_every", "target_fid", "patience")


def show(opened: Callable[[str], None]) -> None:
    """Show the form; make a run when Train was pressed and every value is allowed, and let ``opened`` go to it."""
    _take_link()
    if reason := rights.why_not("train"):
        st.info(f"{reason} {t('rights.watch')}", icon=":material/visibility:")
        return
    train_fields.begin(PRESETS["first"])
    presets(
        "train",
        {name: (ICONS[name], lambda values=values: train_fields.fill(values)) for name, values in PRESETS.items()},
    )
    spec, fault = asked()
    offer("train.start", spec, fault, opened, lambda: told_estimate(spec))


def _take_link() -> None:
    """Fill the form as a link of another page says, once: with a kind of member and what it shall learn from."""
    kind, dataset = (st.query_params.pop(key, None) for key in (KIND, DATASET))
    if kind is None:
        return
    try:
        train_fields.fill(of_kind(kind, dataset or "digits"))
    except (GanlabError, KeyError):
        parts.complain(t("train.no_such_link", kind=kind, dataset=dataset))


def offer(
    key: str,
    spec: MemberSpec | EnsembleSpec | None,
    fault: str | None,
    opened: Callable[[str], None],
    estimate: Callable[[], None],
    *,
    on: str | None = None,
) -> None:
    """Offer to train what was asked for, beside what is wrong with it or how long it will take.

    Args:
        key: Of the button.
        spec: What was asked for.
        fault: What is wrong with it, as a sentence.
        opened: Makes the address name a run.
        estimate: Says how long it will take.
        on: The cluster that shall train it, if not this machine.
    """
    left, right = st.columns([1, 3], vertical_alignment="center")
    pressed = left.button(t("train.start"), type="primary", icon=":material/play_arrow:", key=key, width="stretch")
    with right:
        if fault:
            parts.complain(fault)
        elif pressed:
            _start(spec, opened, on)
        else:
            estimate()


def _start(spec: MemberSpec | EnsembleSpec, opened: Callable[[str], None], on: str | None) -> None:
    """Make a run of a spec and go to it; where it cannot be made, say why."""
    try:
        with st.spinner(t("train.starting")):
            device = parts.chosen_device() if parts.engine_ready() and not on else "auto"
            made = deeds.train(spec, device, on=on)
    except GanlabError as error:
        parts.complain(error)
        return
    opened(made.name)
    st.rerun()


def asked() -> tuple[MemberSpec | None, str | None]:
    """Show the fields of a training; return the spec, or the sentence that says why there is none."""
    values = _few()
    with st.expander(t("train.more"), icon=":material/tune:"):
        values |= _more(values)
    return _read(values)


def _read(values: dict[str, Any]) -> tuple[MemberSpec | None, str | None]:
    """Return the spec, or the sentence that says why there is none."""
    try:
        spec = MemberSpec.read(values)
        if not spec.dataset.startswith(FOLDER):
            spec.check_batch(facts_of(spec.dataset)["train"])
        origins.check_origins(spec)
    except GanlabError as error:
        return None, labelled(said(error))
    return spec, train_data.fault(spec.dataset)


def labelled(fault: str) -> str:
    """Return a sentence with the form's labels in the place of the spec's names."""
    labels = texts("train")
    for field in MemberSpec.model_fields:
        if "_" in field:  # "steps" or "seed" are words of their own
            fault = re.sub(rf"\b{field}\b", labels.get(f"field.{field}", field), fault, flags=re.ASCII)
    return fault


def presets(page: str, offered: dict[str, tuple[str, Callable[[], None]]]) -> None:
    """Offer presets in rows: for each name an icon, and what fills the form.

    Args:
        page: Whose texts name them.
        offered: In the order in which they stand.
    """
    columns = [column for _ in range(0, len(offered), _PRESETS_A_ROW) for column in st.columns(_PRESETS_A_ROW)]
    for column, (name, (icon, fill)) in zip(columns, offered.items(), strict=False):
        key = f"{page}.preset.{name}"
        column.button(f"**{t(key)}**", icon=icon, key=key, width="stretch", on_click=fill)
        column.caption(t(f"{key}_help"))


def _few() -> dict[str, Any]:
    first, second, third = st.columns(3)
    with first:
        dataset = train_fields.choice("dataset", [*DATASETS.names, _FOLDER])
        st.caption(parts.plain(about("dataset", dataset)) if dataset != _FOLDER else t("train.folder_about"))
        values = _folder() if dataset == _FOLDER else {"dataset": dataset}
        if note := train_data.note(values["dataset"]):
            st.caption(f":orange[:material/download: {note}]")
    points = dataset != _FOLDER and len(DATASETS[dataset].facts["shape"]) == 1
    suited = [each.name for each in NETWORKS if (each.facts["suits"] == "points") == points]
    with second:
        values["network"] = train_fields.named("network", suited)
        st.caption(parts.plain(about("network", values["network"])))
    with third:
        values["objective"] = train_fields.named("objective", OBJECTIVES.names)
        st.caption(parts.plain(about("objective", values["objective"])))
    idle = train_fields.usual(values).idle
    fields = [field for field in ("steps", *_RATES, "seed") if field not in idle]
    for column, field in zip(st.columns(4), fields, strict=False):
        with column:
            values[field] = train_fields.number(field)
    return values


def _folder() -> dict[str, Any]:
    path = train_fields.text("folder")
    side, colour = st.columns(2)
    with side:
        size = train_fields.number("image_size", 64)
    with colour:
        channels = train_fields.choice("channels", ["3", "1"], shown=lambda name: t(f"train.channels_{name}"))
    return {"dataset": FOLDER + path.strip(), "image_size": size, "channels": int(channels)}


def _more(values: dict[str, Any]) -> dict[str, Any]:
    """Show what only some need; an option appears where the chosen network, objective or optimiser uses it."""
    columns = st.columns(4)
    with columns[0]:
        kinds = list(get_args(MemberSpec.model_fields["optimizer"].annotation))
        chosen: dict[str, Any] = {
            "optimizer": train_fields.choice("optimizer", kinds, on_change=train_fields.forget_options)
        }
    usual = train_fields.usual(values | chosen)
    images = NETWORKS[values["network"]].facts["suits"] == "images"
    fields = [*train_fields.options(values | chosen), *(field for field in _GENERAL if field not in usual.idle)]
    shape = train_data.shape(values)
    kept = {
        "start": origins.starts(values["network"], shape),
        "teacher": origins.teachers(values["dataset"], shape),
    }
    there = {"conditional": _classes(values["dataset"])} | kept
    fields = [field for field in fields if (images or field not in _OF_PICTURES) and there.get(field, True)]
    for index, field in enumerate(fields, 1):
        with columns[index % 4]:
            standard = getattr(usual, field)
            if field in kept:
                chosen[field] = train_fields.member(field, kept[field])
            elif field in _CHOICES:
                chosen[field] = train_fields.choice(field, _names(field, images))
            elif isinstance(standard, bool):
                chosen[field] = train_fields.switch(field, standard)
            elif field in _MAY_BE_OPEN:
                chosen[field] = train_fields.maybe(field)
            else:
                chosen[field] = train_fields.number(field, standard)
    return chosen


def _classes(dataset: str) -> bool:
    """Return whether a set has classes that a member could be asked for."""
    return dataset in DATASETS and bool(DATASETS[dataset].facts["classes"])


def _names(field: str, images: bool) -> list[str]:
    """Return what may be chosen for a field; points have no ink to be certain of."""
    names = [name for name in get_args(MemberSpec.model_fields[field].annotation) if name is not None]
    return names if images else [name for name in names if name != "bernoulli"]
