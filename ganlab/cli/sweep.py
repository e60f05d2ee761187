"""``sweep``: fusions along a weight, across two, or under every rule, as one sheet and a table of numbers."""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ganlab.cli.evaluate import Device
from ganlab.cli.fuse import checked, options_read
from ganlab.cli.output import Json, as_json, as_table, check_suffix, say, write
from ganlab.cli.progress import How, check_how, watch
from ganlab.errors import SpecError
from ganlab.members import store
from ganlab.spec import Recipe

if TYPE_CHECKING:
    from ganlab.fusion.sweep import Cell
    from ganlab.metrics.evaluate import Progress
    from ganlab.metrics.glance import Glance

_SHOWN, _TILE, _LEAST, _MOST = 8, 4, 100, 10_000  # pictures a fusion along one axis, and across two


def sweep(
    members: Annotated[list[str], typer.Argument(metavar="MEMBER", help="At least two.")],
    *,
    along: Annotated[str, typer.Option(metavar="AXIS", help="A member whose share goes from 0 to 1, or rules.")],
    across: Annotated[str | None, typer.Option(metavar="AXIS", help="A second axis.")] = None,
    rule: Annotated[str, typer.Option(metavar="RULE", help="As `rules` lists them.")] = "weighted_average",
    weights: Annotated[list[float] | None, typer.Option(metavar="W ...", help="Where the others stand.")] = None,
    option: Annotated[list[str] | None, typer.Option(metavar="NAME=VALUE", help="As for `fuse`.")] = None,
    steps: Annotated[int, typer.Option(help="Along a member.")] = 11,
    n: Annotated[int, typer.Option("--n", metavar="N", help="Pictures measured of each fusion.")] = 500,
    seed: Annotated[int, typer.Option(metavar="SEED", help="Of the latents, the same everywhere.")] = 0,
    out: Annotated[Path | None, typer.Option(help="A .png with what each fusion draws.")] = None,
    device: Device = "auto",
    progress: How = None,
    json: Json = False,
) -> None:
    """Fuse along an axis, and see where it helps and where it hurts.

    Numbers are of few pictures: they stand beside each other, not beside those of `evaluate`.
    """
    check_how(progress)
    if not _LEAST <= n <= _MOST:
        raise SpecError(f"n is {n:,}; allowed: {_LEAST} to {_MOST:,}.")
    if out is not None:
        check_suffix(out, ".png")
    wanted = checked(members, rule, weights or (), options_read(option or ()))
    from ganlab.fusion.sweep import cells, sheet

    cards = [store.catalogue()[name].card for name in wanted.members]
    asked = cells(wanted, along, across, steps, cards)
    shown = _SHOWN if across is None else _TILE
    found, glance = watch("sweep", _doing(wanted, asked, n=n, seed=seed, device=device, shown=shown), progress)
    if out is not None:
        from ganlab.images import png

        told = wanted.model_dump(mode="json") | {"seed": seed}
        write(out, png(sheet(found, len(asked[0]), 1 if across is None else 2), told))
        say(f"Wrote {str(out)!r}.")
    rows = [row(cell) for cell in found]
    about = _about(glance, n, seed)
    if json:
        as_json({"rows": rows, "columns": len(asked[0])} | about)
    else:
        as_table([each | {"at": " ".join(each["at"])} for each in rows], ("at", "fid", "precision", "recall"))
        if glance is not None:
            floor = f"real ones would stand at FID {glance.floor(n):.2f}"
            print(f"{n:,} pictures each, by {glance.extractor.name}, test split; {floor}.")


def row(cell: "Cell") -> dict[str, Any]:
    """Return what ``--json`` prints of a fusion; what was not measured is None."""
    told: dict[str, Any] = {"at": list(cell.at), "recipe": cell.recipe.model_dump(mode="json")}
    for name in ("fid", "precision", "recall"):
        number = cell.numbers.get(name)
        told |= {name: number and number.value}
        told |= {f"{name}_low": number and number.low, f"{name}_high": number and number.high}
    return told | {"fault": cell.fault or None}


def _doing(
    wanted: Recipe, asked: Sequence[Sequence[tuple]], *, n: int, seed: int, device: str, shown: int
) -> "Iterator[Progress | tuple[list[Cell], Glance | None]]":
    from ganlab import device as devices
    from ganlab.fusion import load
    from ganlab.fusion.sweep import sweeping
    from ganlab.metrics import glance as glances
    from ganlab.metrics.evaluate import Progress

    yield Progress("loading", 0.0, 0.0, None)
    place, started = devices.choose(device), time.perf_counter()
    opened = [load(name, place) for name in wanted.members]
    glance = glances.of(opened[0].card.dataset, opened[0].shape, device=place)
    found, count = [], sum(map(len, asked))
    for cell in sweeping(opened, asked, glance, n=n, seed=seed, shown=shown):
        found.append(cell)
        spent, share = time.perf_counter() - started, len(found) / count
        yield Progress(" ".join(cell.at), share, spent, spent / share * (1 - share))
    yield found, glance


def _about(glance: "Glance | None", n: int, seed: int) -> dict[str, Any]:
    if glance is None:
        return {"extractor": None, "n": n, "seed": seed, "split": "test", "floor": None}
    return {"extractor": glance.extractor.name, "n": n, "seed": seed, "split": glance.split, "floor": glance.floor(n)}
