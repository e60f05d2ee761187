"""``fusion-table``: every rule on the shipped members of a dataset, as it was measured, or measured anew."""

import json as json_
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ganlab import files
from ganlab.cli.evaluate import Device
from ganlab.cli.opened import opened
from ganlab.cli.options import On
from ganlab.cli.output import Json, as_json, as_table, say
from ganlab.cli.progress import How, check_how, use_all_cores, watch
from ganlab.data import DATASETS
from ganlab.errors import MetricError, SpecError
from ganlab.fusion import tables
from ganlab.members import store
from ganlab.metrics import shelf

if TYPE_CHECKING:
    from ganlab.metrics.evaluate import Progress
    from ganlab.training.place import Work

_COLUMNS = (
    *("rule", "fid", "fid_low", "fid_high", "fid_second", "kid", "precision", "recall", "recall_second", "coverage"),
    *("candidates_per_image", "ms_per_image"),
)


def fusion_table(
    dataset: Annotated[str, typer.Argument(metavar="DATASET", help="Of shipped members, such as mnist.")],
    *,
    measure: Annotated[bool, typer.Option("--measure", help="Measure anew; goes on where it was broken off.")] = False,
    n: Annotated[int, typer.Option("--n", metavar="N", help="Pictures a line and seed.")] = 10_000,
    seeds: Annotated[int, typer.Option(metavar="N", help="How many seeds the means are over.")] = 3,
    only: Annotated[list[str] | None, typer.Option(metavar="RULE", help="This line alone; again for others.")] = None,
    device: Device = "auto",
    on: On = None,
    progress: How = None,
    json: Json = False,
) -> None:
    """Print the table of fusions of a dataset's shipped members.

    Weights and rules learn from validation pictures, test pictures report; `fid_second` and `recall_second` are by an
    extractor that no fit has seen. What --measure finds lies in the workspace, and is printed from there.
    """
    check_how(progress)
    DATASETS[dataset]
    if not 100 <= n <= 100_000:
        raise SpecError(f"n is {n:,}; allowed: 100 to 100,000 pictures.")
    if not 1 <= seeds <= 20:
        raise SpecError(f"seeds is {seeds}; allowed: 1 to 20.")
    if measure:
        path = files.home() / "tables" / f"fusion-{dataset}.json"
        watch(dataset, _measuring(dataset, path, n=n, seeds=seeds, only=only, device=device, on=on), progress)
        rows = tables.read(path)
    else:
        rows = tables.shipped(dataset)
    rows = [row for row in rows if not only or row["rule"] in only]
    if not rows:
        raise SpecError(f"No line is called {' or '.join(map(repr, only or ()))}: the table without --only names them.")
    if json:
        as_json(rows)
        return
    first = rows[0]
    say(
        f"{dataset}: n = {first['n']:,} drawn and {first['n_real']:,} real test pictures a line, means over "
        f"{len(first['seeds'])} seeds; by {first['extractors'][0]}, and second by {first['extractors'][1]}"
    )
    as_table(rows, _COLUMNS)


def _measuring(
    dataset: str, path: Path, *, n: int, seeds: int, only: list[str] | None, device: str, on: str | None
) -> "Iterator[Progress | None]":
    cards = [entry.card for entry in store.catalogue() if entry.shipped and entry.card.dataset == dataset]
    use_all_cores()

    import torch

    from ganlab import device as devices
    from ganlab.fusion import load, plan, table
    from ganlab.metrics.evaluate import Progress
    from ganlab.runs import cluster
    from ganlab.training.place import Here, several

    where, asked = (cluster.address(on, device), device) if on else ("", device)
    device = "auto" if on else device  # of this machine, which ranks and learns shares
    chosen = plan.candidates(cards)
    if len(chosen) < 2:
        raise MetricError(f"{dataset!r} has {len(chosen)} shipped members that can be fused: two are needed at least.")
    members, *first = yield from opened([card.name for card in chosen], None, device)
    second = f"{first[0].name.rsplit('-', 1)[0]}-{shelf.SECOND}"
    _, *unseen = yield from opened([chosen[0].name], second, device)
    eyes = table.Eyes(tuple(first), tuple(unseen))
    order, learned = (), ()
    for step in table.ranking(members, eyes, n):
        if isinstance(step, Progress):
            yield step
        else:
            order, learned = step
    ranked = [chosen[place] for place in order]
    lines = plan.rows(ranked, cards)
    wanted = [row for row in lines if not only or row.name in only]
    if not wanted:
        raise SpecError(f"--only names no line; there are {', '.join(row.name for row in lines)}.")
    facts = {
        "dataset": dataset,
        "n": n,
        "n_real": len(first[1].split(table.SPLIT)),
        "split": table.SPLIT,
        "extractors": [first[0].name, second],
        "members": [card.name for card in ranked[: plan.SIZE]],
        "digests": [card.digest() for card in ranked[: plan.SIZE]],
        "weights": list(learned),
    }
    kept, every = _kept(path, facts), [(row, seed) for seed in range(seeds) for row in wanted]
    left = [(row, seed) for row, seed in every if str(seed) not in kept.setdefault(row.name, {})]
    here = devices.choose(device)

    def works() -> "Iterator[tuple[tuple[str, int], Work]]":
        for row, seed in left:
            loaded = [load(name, torch.device("cpu") if on else here) for name in row.members]
            yield (row.name, seed), table.Measuring(row, loaded, eyes, learned, n, seed)

    shares = dict.fromkeys([(row.name, seed) for row, seed in left], 0.0)
    with cluster.Cluster(where, asked) if on else nullcontext(Here(here)) as place:
        for key, step in several(place, works()):
            if isinstance(step, Progress):
                shares[key] = step.share
                share = (len(every) - len(left) + sum(shares.values())) / len(every)
                yield Progress(step.doing, share, step.seconds, None)
            else:
                shares[key], (name, seed) = 1.0, key
                kept[name][str(seed)] = step
                _write(path, facts, lines, kept)
    yield None


def _kept(path: Path, facts: dict[str, Any]) -> dict[str, dict[str, dict[str, float]]]:
    """Return what an earlier measurement of the same members found, by line and seed."""
    try:
        table = json_.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    same = all(table.get(name) == facts[name] for name in ("n", "split", "extractors", "digests"))
    return {row["rule"]: row["found"] for row in table["rows"]} if same else {}


def _write(path: Path, facts: dict[str, Any], lines: list[Any], kept: dict[str, Any]) -> None:
    rows = [{"rule": row.name, "members": list(row.members), "found": kept.get(row.name, {})} for row in lines]
    files.write_json(path, facts | {"rows": rows})
