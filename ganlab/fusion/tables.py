"""Tables of fusions that came along, as data; no torch here."""

import json
from pathlib import Path
from typing import Any

from ganlab.errors import DataError
from ganlab.members import store


def known(kind: str = "fusion") -> list[str]:
    """Return the datasets of which a table of a kind came along."""
    return sorted(path.stem.removeprefix(f"{kind}-") for path in _folder().glob(f"{kind}-*.json"))


def place(dataset: str, kind: str = "fusion") -> Path:
    """Return the file of a dataset's table of a kind.

    Raises:
        DataError: None came along.
    """
    path = _folder() / f"{kind}-{dataset}.json"
    if not path.is_file():
        there = f"there are those of {', '.join(known(kind))}" if known(kind) else "there is none yet"
        raise DataError(f"No {kind} table of {dataset!r} came along ({there}): measure it with --measure.")
    return path


def shipped(dataset: str) -> list[dict[str, Any]]:
    """Return the lines of a dataset's table, as ``told`` tells them.

    Raises:
        DataError: None came along.
    """
    return read(place(dataset))


def read(path: Path) -> list[dict[str, Any]]:
    """Return the lines of a table in a file, each with all that makes its numbers numbers: means over its seeds."""
    table = json.loads(path.read_text(encoding="utf-8"))
    facts = {name: table[name] for name in ("dataset", "n", "n_real", "split", "extractors")}
    return [
        {"rule": row["rule"], **_mean(row["found"]), "members": row["members"]}
        | facts
        | {"seeds": [int(seed) for seed in row["found"]]}
        for row in table["rows"]
        if row["found"]
    ]


def _mean(found: dict[str, dict[str, float]]) -> dict[str, float]:
    each = list(found.values())
    return {name: sum(one[name] for one in each) / len(each) for name in each[0]}


def _folder() -> Path:
    return store.shipped_folder().parent / "tables"
