"""Texts of the pages: ``t("gallery.title")`` looks in ``<language>/gallery.toml`` for ``title``."""

import tomllib
from functools import cache
from pathlib import Path

_HERE = Path(__file__).parent
DEFAULT = "en"


def t(key: str, **values: object) -> str:
    """Return a text, its ``{places}`` filled with values.

    Args:
        key: ``file.name`` or ``file.section.name``.
        **values: For ``str.format``; left alone without any, so that formulas may hold braces.
    """
    file, _, name = key.partition(".")
    text = texts(DEFAULT, file)[name]
    return text.format(**values) if values else text


@cache
def texts(language: str, file: str) -> dict[str, str]:
    """Return all texts of one file, sections joined to their names by dots."""
    with (_HERE / language / f"{file}.toml").open("rb") as opened:
        return dict(_flat("", tomllib.load(opened)))


def _flat(prefix: str, table: dict) -> list[tuple[str, str]]:
    found = []
    for name, value in table.items():
        if isinstance(value, dict):
            found += _flat(f"{prefix}{name}.", value)
        else:
            found.append((prefix + name, value))
    return found
