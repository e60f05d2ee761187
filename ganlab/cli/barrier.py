"""``barrier``: how much worse than two members is what lies between them in the space of parameters."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ganlab.cli.evaluate import Device
from ganlab.cli.opened import check_pictures, opened
from ganlab.cli.output import Json, as_json, as_table
from ganlab.cli.progress import How, check_how, use_all_cores, watch
from ganlab.errors import FusionError, SpecError
from ganlab.fusion import misfit
from ganlab.members import store

if TYPE_CHECKING:
    from ganlab.fusion.barrier import Barrier
    from ganlab.metrics.evaluate import Progress

_DISTANCES = ("kid", "fid")


def barrier(
    one: Annotated[str, typer.Argument(metavar="MEMBER", help="Where the line begins.")],
    other: Annotated[str, typer.Argument(metavar="MEMBER", help="Where it ends; of the same architecture.")],
    *,
    points: Annotated[int, typer.Option(metavar="P", help="Points of the line, 3 to 33.")] = 7,
    n: Annotated[int, typer.Option("--n", metavar="N", help="Pictures drawn at each, 100 to 100,000.")] = 1_000,
    seed: Annotated[int, typer.Option(metavar="SEED", help="Of the noise.")] = 0,
    extractor: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="What looks at them, as `extractors` lists it.  [default: its own]"),
    ] = None,
    device: Device = "auto",
    progress: How = None,
    json: Json = False,
) -> None:
    """Average the parameters of two members step by step, and measure on the way; strangers are welcome.

    Distances are to real pictures of the validation split. The height of the barrier is how far their curve rises
    above the straight line between its ends: about 0 between relatives, which can be averaged.
    """
    check_how(progress)
    if not 0 <= seed < 2**63:
        raise SpecError(f"seed is {seed}; allowed: a whole number from 0 to {2**63 - 1}.")
    found = store.catalogue()
    cards = [found[name].card for name in (one, other)]
    if fault := misfit("parameters", cards, options={"force": 1.0}):
        raise FusionError(fault)
    check_pictures(cards[0])
    told = watch("line", _walking(one, other, extractor, device, points=points, n=n, seed=seed), progress)
    if json:
        as_json(facts(told))
    else:
        _tell(told)


def facts(told: "Barrier") -> dict[str, Any]:
    """Return what ``barrier --json`` prints."""
    return {
        "members": list(told.members),
        "relatives": told.relatives,
        "positions": list(told.positions),
        "curve": {by: list(told.curves[by]) for by in _DISTANCES},
        "line": {by: list(told.straight(by)) for by in _DISTANCES},
        "height": {by: told.height(by) for by in _DISTANCES},
        **{fact: getattr(told, fact) for fact in ("extractor", "n_fake", "n_real", "seed")},
        "split": "validation",
    }


def _walking(
    one: str, other: str, extractor: str | None, device: str, *, points: int, n: int, seed: int
) -> "Iterator[Progress | Barrier]":
    use_all_cores()

    from ganlab.fusion.barrier import check, walking

    check(points)
    (first, second), *looker = yield from opened([one, other], extractor, device)
    yield from walking(first, second, *looker, points=points, n=n, seed=seed)


def _tell(told: "Barrier") -> None:
    kin = "relatives" if told.relatives else "strangers"
    print(
        f"From {told.members[0]} to {told.members[1]}, {kin}: {told.n_fake:,} drawn at each point, seed {told.seed}, "
        f"against {told.n_real:,} real ones of the validation split, by {told.extractor}"
    )
    columns = {"position": told.positions} | {
        name: values for by in _DISTANCES for name, values in ((by, told.curves[by]), (f"{by}_line", told.straight(by)))
    }
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    as_table(rows, list(columns))
    print(f"Height of the barrier: {', '.join(f'{by.upper()} {told.height(by):.4g}' for by in _DISTANCES)}.")
