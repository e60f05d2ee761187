"""The page's address: Streamlit restores what fits from it; this says what did not."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from ganlab.errors import GanlabError
from ganlab.fusion import misfit
from ganlab.members.store import Catalogue, Entry
from ganlab.ui.i18n import t
from ganlab.ui.pages import fuse_weights
from ganlab.ui.parts import address

RULE = "fuse.rule"
PAGE, _PREFIX = "fuse", "fuse."


def query(setting: Mapping[str, Any]) -> dict[str, str | list[str]]:
    """Return the address of a setting, as ``Wish.recipe`` writes it, without its place; weights become parts of 1."""
    told: dict[str, str | list[str]] = {"fuse.members": list(setting["members"]), RULE: setting["rule"]}
    if weights := setting.get("weights"):
        most = max(1.0, *weights)
        told[fuse_weights.ADDRESS] = fuse_weights.line([weight / most for weight in weights])
    told |= {f"{_PREFIX}{name}": _written(value) for name, value in setting.get("options", {}).items()}
    walk = setting.get("walk") or {}
    told |= {f"{_PREFIX}{name}": _written(walk[name]) for name in ("to", "t") if name in walk}
    return told | ({f"{_PREFIX}seed": str(setting["seed"])} if setting.get("seed") else {})


def _written(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:g}"


def asked() -> dict[str, list[str]]:
    """Return what the address asks of this page and was not answered yet, before any widget corrects it."""
    return address.wishes(PAGE)


def answer() -> None:
    """Remember the address as one that the page has answered."""
    address.answer(PAGE)


def tell(wishes: dict[str, list[str]], shelf: Catalogue, chosen: list[Entry]) -> None:
    """Say which wishes were ignored and why; it stays until the visitor chooses something else."""
    for key, values in wishes.items():
        for reason in _ignored(key, values, shelf, chosen):
            address.ignore(key, reason)
    if len(chosen) < 2:
        wishes = {}  # without members the page has no other controls yet
    address.tell(PAGE, wishes, ("fuse.members", fuse_weights.ADDRESS))


def forget() -> None:
    """Clear what was told."""
    address.forget(PAGE)


def _ignored(key: str, values: list[str], shelf: Catalogue, chosen: list[Entry]) -> list[str]:
    if key == "fuse.members":
        names = [entry.name for entry in chosen]
        return [_why_not(name, shelf, chosen) for name in dict.fromkeys(values) if name not in names]
    if len(chosen) < 2:
        return []
    if key == fuse_weights.ADDRESS:
        right = fuse_weights.read(values[0], len(chosen)) is not None
        return [] if right else [t("app.ignored", name=key, value=values[0])]
    if key == RULE and values[0] != st.session_state.get(RULE):
        fault = misfit(values[0], [entry.card for entry in chosen])
        return [fault] if fault else []
    return []


def _why_not(name: str, shelf: Catalogue, chosen: list[Entry]) -> str:
    try:
        card = shelf[name].card
    except GanlabError as error:
        return str(error)
    return (chosen and misfit("mixture", [chosen[0].card, card])) or t("fuse.most", name=name)
