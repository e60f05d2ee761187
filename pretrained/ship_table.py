"""Ship a table of fusions: what `fusion-table DATASET --measure` wrote, and the same lines into README.

python pretrained/ship_table.py workspace/tables/fusion-mnist.json
python pretrained/ship_table.py one/fusion-mnist.json other/fusion-mnist.json  # lines and seeds of several machines
"""

import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from ganlab import files
from ganlab.fusion import tables

HERE = Path(__file__).parent
README = HERE.parent / "README.md"
_SAME = ("dataset", "n", "n_real", "split", "extractors", "digests")


def merged(found: list[dict[str, Any]]) -> dict[str, Any]:
    """Return one table of several of the same members: their lines in order, with all seeds."""
    first = found[0]
    assert all(table[name] == first[name] for table in found for name in _SAME), "these are of other members or counts"
    rows: dict[str, dict[str, Any]] = {}
    for row in (row for table in found for row in table["rows"] if row["found"]):
        rows.setdefault(row["rule"], row)["found"] |= row["found"]
    return first | {"rows": list(rows.values())}


def begin(dataset: str) -> str:
    """Return the mark before a dataset's lines in README."""
    return f"<!-- fusions of {dataset}: pretrained/ship_table.py writes these lines -->\n"


END = "<!-- end of fusions -->"


def lines(dataset: str) -> str:
    """Return README's lines of a shipped table, the best first."""
    told = sorted(tables.shipped(dataset), key=lambda row: row["fid"])
    first, second = told[0]["extractors"]
    titles = (
        "rule",
        f"FID, {first}",
        f"FID, {second}",
        "precision",
        "recall",
        "recall, second",
        "coverage",
        "candidates",
    )
    head = f"| {' | '.join(titles)} |"
    body = [
        f"| `{row['rule']}` | {row['fid']:.2f} [{row['fid_low']:.2f}, {row['fid_high']:.2f}] | {row['fid_second']:.2f} "
        f"| {row['precision']:.3f} | {row['recall']:.3f} | {row['recall_second']:.3f} | {row['coverage']:.2f} "
        f"| {row['candidates_per_image']:.1f} |"
        for row in told
    ]
    return "\n".join([head, "|---|" + "---:|" * 7, *body, ""])


def write_readme(dataset: str) -> None:
    """Put a shipped table's lines between their marks in README."""
    text = README.read_text(encoding="utf-8")
    before, rest = text.split(begin(dataset))
    _, after = rest.split(END, 1)
    README.write_text(before + begin(dataset) + lines(dataset) + END + after, encoding="utf-8")


if __name__ == "__main__":
    table = merged([json.loads(Path(path).read_text(encoding="utf-8")) for path in sys.argv[1:]])
    files.write_json(HERE / "tables" / f"fusion-{table['dataset']}.json", table)
    write_readme(table["dataset"])
