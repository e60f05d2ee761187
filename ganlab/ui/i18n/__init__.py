"""Texts of the pages: ``t("gallery.title")`` looks in ``<language>/gallery.toml`` for ``title``.

A folder a language, the same files in each. What a visitor reads is the visit's own choice, kept in its session.
"""

import tomllib
from functools import cache
from pathlib import Path

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

_HERE = Path(__file__).parent
DEFAULT = "en"
LANGUAGES = {DEFAULT: "English", "zh": "简体中文"}
KEY = "app.language"  # in the session


def language() -> str:
    """Return the language of the visit that asks; the first one outside of any."""
    if get_script_run_ctx(suppress_warning=True) is None:
        return DEFAULT
    return st.session_state.get(KEY, DEFAULT)


def t(key: str, **values: object) -> str:
    """Return a text in the visit's language, its ``{places}`` filled with values.

    Args:
        key: ``file.name`` or ``file.section.name``.
        **values: For ``str.format``; left alone without any, so that formulas may hold braces.
    """
    file, _, name = key.partition(".")
    text = texts(file)[name]
    return text.format(**values) if values else text


def texts(file: str) -> dict[str, str]:
    """Return all texts of one file in the visit's language, sections joined to their names by dots."""
    return read(language(), file)


@cache
def read(language: str, file: str) -> dict[str, str]:
    """Return one language's texts of one file; English ones stand in for those it lacks."""
    path = _HERE / language / f"{file}.toml"
    own = dict(_flat("", tomllib.loads(path.read_text(encoding="utf-8")))) if path.exists() else {}
    return own if language == DEFAULT else read(DEFAULT, file) | own


def _flat(prefix: str, table: dict) -> list[tuple[str, str]]:
    found = []
    for name, value in table.items():
        if isinstance(value, dict):
            found += _flat(f"{prefix}{name}.", value)
        else:
            found.append((prefix + name, value))
    return found
