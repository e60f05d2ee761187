"""``select``: candidates of one member or a mixture, of which those that look real are kept."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ganlab.cli.evaluate import Device
from ganlab.cli.output import Json, as_json, check_suffix, say, write
from ganlab.cli.pictures import MOST, MOST_ON_A_SHEET, as_npz, as_png
from ganlab.cli.progress import How, check_how, making, use_all_cores, watch
from ganlab.errors import FusionError, MetricError, SpecError
from ganlab.fusion import misfit
from ganlab.fusion.selection import ACCEPTANCES, ESTIMATORS
from ganlab.members import store
from ganlab.metrics import shelf

if TYPE_CHECKING:
    from ganlab.fusion.selection.report import Report
    from ganlab.metrics.evaluate import Progress


def select(
    members: Annotated[list[str], typer.Argument(metavar="MEMBER", help="One, or several to mix.")],
    *,
    out: Annotated[Path, typer.Option(help="An .npz with uint8 'images' [n, H, W, C], or a .png sheet.")],
    n: Annotated[int, typer.Option("--n", metavar="N", help=f"How many to keep, up to {MOST:,}.")] = 64,
    seed: Annotated[int, typer.Option(metavar="SEED", help="The same seed gives the same bytes.")] = 0,
    weights: Annotated[
        list[float] | None, typer.Option(metavar="W ...", help="Of the mixture, one a member; none mixes all alike.")
    ] = None,
    estimator: Annotated[
        str, typer.Option(metavar="NAME", help=f"Of the density ratio: {', '.join(ESTIMATORS.names)}.")
    ] = "least_squares",
    accept: Annotated[
        str, typer.Option(metavar="NAME", help=f"{', '.join(ACCEPTANCES.names)}.")
    ] = "metropolis_hastings",
    cost: Annotated[int, typer.Option(metavar="N", help="Candidates for a kept picture, about.")] = 5,
    power: Annotated[float, typer.Option(metavar="P", help="Of the ratio: 0.5 is gentler, takes its root.")] = 1.0,
    device: Device = "auto",
    progress: How = None,
    json: Json = False,
) -> None:
    """Draw candidates, keep those that look real, and tell whether that helped.

    What looks real is learned from real pictures of the validation split and as many drawn ones.
    """
    check_how(progress)
    check_suffix(out, ".png", ".npz")
    _check(n, MOST_ON_A_SHEET if out.suffix.lower() == ".png" else MOST, seed, estimator, accept)
    asked = {"n": n, "seed": seed, "estimator": estimator, "acceptance": accept, "cost": cost, "power": power}
    found: Report = watch(" + ".join(members), _selecting(members, weights or (), device, asked), progress)
    told = {"members": members, "weights": weights or [], **found.facts(), "n": n, "seed": seed, "out": str(out)}
    write(out, as_png(found.images, told) if out.suffix.lower() == ".png" else as_npz(found.images))
    say(f"Wrote {str(out)!r}: {n:,} of {found.candidates:,} candidates, seed {seed}.")
    as_json(told | {"verdict": found.verdict()}) if json else print(found.verdict())


def _check(n: int, most: int, seed: int, estimator: str, accept: str) -> None:
    ESTIMATORS[estimator], ACCEPTANCES[accept]  # unknown names are told before torch is loaded
    if not 1 <= n <= most:
        raise SpecError(f"n is {n:,}; allowed: 1 to {most:,} pictures.")
    if not 0 <= seed < 2**63:
        raise SpecError(f"seed is {seed}; allowed: a whole number from 0 to {2**63 - 1}.")


def _selecting(
    names: list[str], weights: Sequence[float], device: str, asked: dict[str, Any]
) -> "Iterator[Progress | Report]":
    found = store.catalogue()
    cards = [found[name].card for name in names]
    card = cards[0]
    if len(card.shape) != 3:
        raise MetricError(f"{names[0]!r} draws points: selection looks at pictures.")
    if len(names) == 1 and weights:
        raise SpecError("Weights are of a mixture: give none for one member.")
    if len(names) > 1 and (fault := misfit("mixture", cards, weights)):
        raise FusionError(fault)
    use_all_cores()

    from ganlab import device as devices
    from ganlab.fusion import fuse, load
    from ganlab.fusion.selection.report import selecting
    from ganlab.fusion.selection.selector import check_options
    from ganlab.metrics.evaluate import Progress
    from ganlab.metrics.make import Progress as Making

    check_options(**{name: asked[name] for name in ("acceptance", "cost", "power")})
    place = devices.choose(device)
    yield Progress("loading", 0.0, 0.0, None)
    loaded = [load(name, place) for name in names]
    proposals = fuse(loaded, "mixture", weights) if len(loaded) > 1 else loaded[0]
    name, opened = shelf.usual(card.dataset, card.shape), None
    for step in shelf.opened(name, card.dataset, card.shape, place):
        if isinstance(step, Making):
            yield making(name, step)
        else:
            opened = step
    yield from selecting(proposals, *opened, **asked)
