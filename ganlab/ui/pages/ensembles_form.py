"""The form of an ensemble: presets, how members differ, and below it the form of a training, for what they share."""

from collections.abc import Callable
from typing import Any, get_args

import streamlit as st

from ganlab import ensembles
from ganlab.ensembles import METHODS
from ganlab.ensembles.variants import read_variant
from ganlab.errors import GanlabError, SpecError
from ganlab.fusion.selection import OF_REAL
from ganlab.runs import cluster
from ganlab.spec import EnsembleSpec, MemberSpec
from ganlab.ui import parts, rights
from ganlab.ui.i18n import t
from ganlab.ui.i18n.families import about, title
from ganlab.ui.i18n.sentences import said
from ganlab.ui.pages import train_fields, train_form
from ganlab.ui.pages.ensembles_presets import PRESETS
from ganlab.ui.pages.train_estimate import told_estimate

_KEY = "ensembles.field."
_CHOICES = {
    "split": [each for each in get_args(EnsembleSpec.model_fields["split"].annotation) if each is not None],
    "ratio": [*OF_REAL],
}
_FRACTIONS = ("share", "passed", "diversity", "softness")


def show(opened: Callable[[str], None]) -> None:
    """Show the form; make a run when Train was pressed and every value is allowed, and let ``opened`` go to it."""
    if reason := rights.why_not("train"):
        st.info(f"{reason} {t('rights.watch')}", icon=":material/visibility:")
        return
    if f"{_KEY}method" not in st.session_state:
        _fill("specialists")
    train_form.presets(
        "ensembles", {name: (icon, lambda name=name: _fill(name)) for name, (icon, _, _) in PRESETS.items()}
    )
    options, fault = _options()
    st.markdown(f"**{t('ensembles.members_are')}**")
    base, base_fault = train_form.asked()
    fault = fault or base_fault
    asked = None
    if not fault:
        asked, fault = _checked(options, base)
    on = _where(asked)
    train_form.offer(
        "ensembles.start", asked, fault, opened, lambda: told_estimate(base, sum(ensembles.lengths(asked))), on=on
    )


def _where(asked: EnsembleSpec | None) -> str | None:
    """Ask whose machines shall train, where there is a cluster; return its address, or None for this machine."""
    address = cluster.given()
    if address is None:
        return None
    names = {"here": t("ensembles.where_here"), "cluster": t("ensembles.where_cluster")}
    key = "ensembles.where"
    chosen = st.radio(t("ensembles.where"), [*names], format_func=names.get, key=key, horizontal=True)
    if chosen == "here":
        return None
    st.caption(t("ensembles.where_told", address=parts.plain(address)))
    if asked and ensembles.one_by_one(asked):
        st.caption(t("ensembles.one_by_one"))
    return address


def _fill(name: str) -> None:
    """Set the fields of a preset to its values, and all others back to the usual ones."""
    _, options, base = PRESETS[name]
    for key in [key for key in st.session_state if str(key).startswith(_KEY)]:
        del st.session_state[key]
    for field, value in options.items():
        st.session_state[_KEY + field] = value
    train_fields.fill(base)


def _checked(options: dict[str, Any], base: MemberSpec) -> tuple[EnsembleSpec | None, str | None]:
    """Return the ensemble, or the sentence that says why there is none."""
    try:
        return ensembles.resolved(EnsembleSpec.read(options | {"base": base})), None
    except GanlabError as error:
        return None, train_form.labelled(said(error))


def _options() -> tuple[dict[str, Any], str | None]:
    """Ask for the method and what it takes; return that, or the sentence that says what is wrong with it."""
    columns = st.columns(3)
    with columns[0]:
        method = st.selectbox(
            t("ensembles.field.method"),
            METHODS.names,
            format_func={name: title("method", name) for name in METHODS.names}.get,
            key=f"{_KEY}method",
            persist_state="session",
        )
        st.caption(parts.plain(about("method", method)))
    found: dict[str, Any] = {"method": method}
    usual = METHODS[method].facts["options"]
    for place, (field, standard) in enumerate(usual.items(), 1):
        with columns[place % 3]:
            found[field] = _variants() if field == "variants" else _option(field, standard)
    try:
        if "variants" in found:
            found["variants"] = [read_variant(line) for line in found["variants"].splitlines() if line.strip()]
    except SpecError as error:
        return found, said(error)
    return {name: value for name, value in found.items() if value is not None}, None


def _option(field: str, standard: Any) -> Any:
    key, label, told = _KEY + field, t(f"ensembles.field.{field}"), t(f"ensembles.help.{field}")
    if field in _CHOICES:
        if st.session_state.get(key) not in _CHOICES[field]:
            st.session_state[key] = standard
        chosen = st.selectbox(label, _CHOICES[field], key=key, help=told, persist_state="session")
        if field == "ratio":
            st.caption(parts.plain(about("estimator", chosen)))
        return chosen
    if st.session_state.get(key) is None and standard is not None:
        st.session_state[key] = standard
    step = {"step": 0.05, "format": "%g"} if field in _FRACTIONS else {"step": 1}
    placeholder = None if standard is not None else t("ensembles.usual_share")
    return st.number_input(
        label, value=None, **step, key=key, help=told, placeholder=placeholder, persist_state="session"
    )


def _variants() -> str:
    return st.text_area(
        t("ensembles.field.variants"),
        key=f"{_KEY}variants",
        help=t("ensembles.help.variants"),
        height=110,
        persist_state="session",
    )
