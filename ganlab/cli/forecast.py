"""``forecast``: what a mixture of members promises before it draws, and the weights it would take."""

import math
from collections.abc import Iterator, Sequence
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
    from ganlab.fusion.learning import Learned
    from ganlab.metrics.evaluate import Progress

N = 10_000


def forecast(
    members: Annotated[list[str], typer.Argument(metavar="MEMBER", help="At least two.")],
    *,
    by: Annotated[str, typer.Option(metavar="DISTANCE", help="What the weights make small: kid or fid.")] = "kid",
    n: Annotated[int, typer.Option("--n", metavar="N", help="Pictures each member draws, 100 to 100,000.")] = N,
    seed: Annotated[int, typer.Option(metavar="SEED", help="Of the noise.")] = 0,
    extractor: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="What looks at them, as `extractors` lists it.  [default: its own]"),
    ] = None,
    device: Device = "auto",
    progress: How = None,
    json: Json = False,
) -> None:
    """Tell what a mixture of members promises, and its best weights; nothing of it is drawn or kept.

    Weights are fitted to real pictures of the validation split: measure the fusion with `evaluate`, on test ones.
    """
    told = learn(members, by, n=n, seed=seed, extractor=extractor, device=device, progress=progress)
    if json:
        as_json(facts(told))
    else:
        _tell(told)


def learn(
    members: Sequence[str],
    by: str,
    *,
    n: int = N,
    seed: int = 0,
    extractor: str | None = None,
    device: str = "auto",
    progress: str | None = None,
) -> "Learned":
    """Learn the weights of a mixture and show how far it is.

    Raises:
        GanlabError: A member is unknown, they do not go together, or an option is not allowed; said before
            anything is drawn.
    """
    check_how(progress)
    if not 0 <= seed < 2**63:
        raise SpecError(f"seed is {seed}; allowed: a whole number from 0 to {2**63 - 1}.")
    found = store.catalogue()
    cards = [found[name].card for name in members]
    if fault := misfit("mixture", cards):
        raise FusionError(fault)
    if twice := next((name for place, name in enumerate(members) if name in members[:place]), None):
        raise FusionError(f"{twice!r} is named twice: there are no weights to learn between a member and itself.")
    check_pictures(cards[0])
    return watch("weights", _learning(members, by, n=n, seed=seed, extractor=extractor, device=device), progress)


def facts(told: "Learned") -> dict[str, Any]:
    """Return what ``forecast --json`` prints; a correlation nobody can tell is None."""
    return {
        "weights": list(told.weights),
        "by": told.by,
        "members": list(_rows(told)),
        "mixture": told.mixed,
        "best_member": told.members[told.best],
        "gain": told.gain,
        "mean_correlation": told.correlation,
        "correlation": [[_number(each) for each in row] for row in told.forecast.correlation],
        **{fact: getattr(told, fact) for fact in ("extractor", "n_fake", "n_real", "seed")},
        "split": "validation",
    }


def sentences(told: "Learned") -> Iterator[str]:
    """Yield what it comes to, in words."""
    if told.correlation is not None:
        yield f"The members' errors correlate by {told.correlation:.2f} on average; at 1 mixing gains nothing."
    distance, best = told.by.upper(), told.members[told.best]
    alone, mixed = told.alone[told.by][told.best], told.mixed[told.by]
    yield (
        f"{distance} of the mixture will be about {mixed:.4g}, and that of {best!r} alone, the best of them, "
        f"is {alone:.4g}: {told.gain:.0%} less."
    )


def _learning(
    members: Sequence[str], by: str, *, n: int, seed: int, extractor: str | None, device: str
) -> "Iterator[Progress | Learned]":
    use_all_cores()

    from ganlab.fusion.learning import check, learning

    check(by, n)
    ready = yield from opened(members, extractor, device)
    yield from learning(*ready, by, n=n, seed=seed)


def _rows(told: "Learned") -> Iterator[dict[str, Any]]:
    best = told.forecast.best
    for index, name in enumerate(told.members):
        yield {
            "member": name,
            "weight": told.weights[index],
            **{distance: told.alone[distance][index] for distance in told.alone},
            "correlation_with_best": _number(told.forecast.correlation[best, index]),
            "helps_best": None if index == best else told.forecast.helps[index],
        }


def _tell(told: "Learned") -> None:
    print(
        f"{told.n_fake:,} drawn by each with seed {told.seed} against {told.n_real:,} real ones of the validation "
        f"split, by {told.extractor}; weights that make {told.by.upper()} small"
    )
    rows = list(_rows(told))
    mixture = dict.fromkeys(rows[0]) | {"member": "the mixture", "weight": sum(told.weights)} | told.mixed
    as_table([*rows, mixture], list(mixture))
    for sentence in sentences(told):
        print(sentence)


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
