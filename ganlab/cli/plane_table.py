"""``plane-table``: members and fusions in the plane by exact measures, as they were measured, or measured anew."""

import json as json_
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ganlab import files
from ganlab.cli.output import Json, as_json, as_table, say
from ganlab.cli.progress import How, check_how, watch
from ganlab.ensembles import plane_tables
from ganlab.errors import DataError, SpecError
from ganlab.spec.plane import recipe, steps_for
from ganlab.toys import TOYS

if TYPE_CHECKING:
    from ganlab.metrics.evaluate import Progress

_COLUMNS = ("line", "budget", *(f"{name}{end}" for name in plane_tables.MEASURES for end in ("", "_low", "_high")))


def plane_table(
    dataset: Annotated[str, typer.Argument(metavar="TOY", help="ring8 or grid25.")],
    *,
    measure: Annotated[bool, typer.Option("--measure", help="Measure anew; goes on where it was broken off.")] = False,
    seeds: Annotated[int, typer.Option(metavar="N", help="How many seeds the means are over.")] = 5,
    steps: Annotated[int | None, typer.Option(metavar="N", help="Of each member; what the page takes.")] = None,
    progress: How = None,
    json: Json = False,
) -> None:
    """Print modes, high-quality share and KL of members, rules, boosting and joint training in the plane.

    The budget of a line is in trainings of one member. What --measure finds lies in the workspace, and is printed
    from there.
    """
    check_how(progress)
    if not TOYS[dataset].facts["modes"]:
        raise DataError(f"{dataset!r} has no modes to count: use {' or '.join(_counted())}.")
    if not 2 <= seeds <= 50:
        raise SpecError(f"seeds is {seeds}; allowed: 2 to 50, as intervals come from their spread.")
    if steps is not None and not 1 <= steps <= 100_000:
        raise SpecError(f"steps is {steps:,}; allowed: 1 to 100,000.")
    if measure:
        path = files.home() / "tables" / f"plane-{dataset}.json"
        watch(dataset, _measuring(dataset, path, steps or steps_for(dataset), seeds), progress)
        rows = plane_tables.read(path)
    else:
        rows = plane_tables.shipped(dataset)
    if json:
        as_json(rows)
        return
    first = rows[0]
    say(
        f"{dataset}: {first['n']:,} points a line, {first['steps']:,} steps a member, means over "
        f"{len(first['seeds'])} seeds with 95 % intervals, against the exact density"
    )
    as_table(rows, _COLUMNS)


def _counted() -> list[str]:
    return [each.name for each in TOYS if each.facts["modes"]]


def _measuring(dataset: str, path: Path, steps: int, seeds: int) -> "Iterator[Progress | None]":
    import torch

    from ganlab.ensembles import plane_table as table
    from ganlab.metrics.evaluate import Progress

    torch.set_num_threads(1)  # such small products are slower on two
    spec = recipe(dataset)
    told = spec.model_dump(include={"network", "objective", "width", "critic_width", "batch_size", "ema"})
    told |= spec.model_dump(include={"learning_rate_generator", "learning_rate_critic"})
    facts = {"dataset": dataset, "n": table.POINTS, "steps": steps, "spec": told}
    kept = _kept(path, facts)
    for seed in range(seeds):
        if str(seed) in kept:
            continue
        # Members of one seed take the next seeds too: those of another begin far away.
        for step in table.measuring(spec.model_copy(update={"seed": 100 * seed}), steps):
            if isinstance(step, Progress):
                yield Progress(f"seed {seed}, {step.doing}", (seed + step.share) / seeds, step.seconds, None)
            else:
                kept[str(seed)] = step
        _write(path, facts, kept, table.LINES)
    yield None


def _kept(path: Path, facts: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return what an earlier measurement of the same found, by seed and line."""
    try:
        table = json_.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    found: dict[str, dict[str, Any]] = {}
    if all(table.get(name) == value for name, value in facts.items()):
        for row in table["rows"]:
            for seed, numbers in row["found"].items():
                found.setdefault(seed, {})[row["line"]] = numbers
    return found


def _write(path: Path, facts: dict[str, Any], kept: dict[str, dict[str, Any]], lines: dict[str, int]) -> None:
    rows = [
        {"line": line, "budget": budget, "found": {seed: each[line] for seed, each in kept.items()}}
        for line, budget in lines.items()
    ]
    files.write_json(path, facts | {"rows": rows})
