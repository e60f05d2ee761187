"""Tables of the plane that came along, as data: numbers of every line, means over seeds with intervals; no torch."""

import json
import math
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

from ganlab.fusion import tables
from ganlab.toys import TOYS

_KIND = "plane"
MEASURES = ("modes", "high_quality", "kl")


def known() -> list[str]:
    """Return the toys of which a table came along."""
    return tables.known(_KIND)


def shipped(dataset: str) -> list[dict[str, Any]]:
    """Return the lines of a toy's table, as ``read`` gives them.

    Raises:
        DataError: None came along.
    """
    return read(tables.place(dataset, _KIND))


def read(path: Path) -> list[dict[str, Any]]:
    """Return the lines of a table in a file.

    Each has its name (``line``), how many trainings of a member it took (``budget``), the mean over seeds of each
    measure, with ``_low`` and ``_high`` (95 %, Student's t over seeds), and what makes these numbers numbers.  A KL
    is None where a seed found no mode at all.
    """
    table = json.loads(path.read_text(encoding="utf-8"))
    facts, rows = {name: table[name] for name in ("dataset", "n", "steps", "spec")}, []
    most = {"modes": TOYS[table["dataset"]].facts["modes"], "high_quality": 1.0, "kl": math.inf}
    for row in table["rows"]:
        told: dict[str, Any] = {"line": row["line"], "budget": row["budget"]}
        for name in MEASURES:
            values = [found[name] for found in row["found"].values()]
            mean, low, high = (None,) * 3 if None in values else _spread(values, most[name])
            told |= {name: mean, f"{name}_low": low, f"{name}_high": high}
        rows.append(told | facts | {"seeds": [int(seed) for seed in row["found"]]})
    return rows


def _spread(values: list[float], most: float) -> tuple[float, float, float]:
    """Return the mean of a few seeds and its 95 % interval by Student's t, within 0 and ``most``."""
    from scipy.stats import t

    half = float(t.ppf(0.975, len(values) - 1)) * stdev(values) / math.sqrt(len(values)) if len(values) > 1 else 0.0
    mean = fmean(values)
    return mean, max(0.0, mean - half), min(most, mean + half)
