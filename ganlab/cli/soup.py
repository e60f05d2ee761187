"""Weights of averaged parameters, learned for ``fuse --rule parameters --weights learned``."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ganlab.cli.opened import check_pictures, opened
from ganlab.cli.progress import check_how, use_all_cores, watch
from ganlab.members import store
from ganlab.spec import Recipe

if TYPE_CHECKING:
    from ganlab.fusion.soup import Soup
    from ganlab.metrics.evaluate import Progress


def learn(wanted: Recipe, by: str, *, progress: str | None = None) -> "Soup":
    """Search the weights of a recipe whose members fit, and show how far it is.

    Raises:
        GanlabError: The members draw points, or there are too few real pictures.
    """
    check_how(progress)
    check_pictures(store.catalogue()[wanted.members[0]].card)
    return watch("weights", _searching(wanted, by), progress)


def facts(told: "Soup") -> dict[str, Any]:
    """Return what ``--json`` prints of it."""
    return {
        "weights": list(told.weights),
        "by": told.by,
        "members": [{"member": name, told.by: value} for name, value in zip(told.members, told.alone, strict=True)],
        "greedy": told.greedy,
        "distance": told.distance,
        **{fact: getattr(told, fact) for fact in ("trials", "extractor", "n_fake", "n_real", "seed")},
        "split": "validation",
    }


def sentences(told: "Soup") -> Iterator[str]:
    """Yield what it comes to, in words."""
    best = min(told.alone)
    yield (
        f"{told.by.upper()} on {told.n_fake:,} pictures: {told.distance:.4g} after {told.trials} averages, "
        f"{told.greedy:.4g} of the greedy soup, {best:.4g} of {told.members[told.alone.index(best)]!r} alone."
    )


def _searching(wanted: Recipe, by: str) -> "Iterator[Progress | Soup]":
    use_all_cores()

    from ganlab.fusion.soup import searching

    ready = yield from opened(wanted.members, None, "auto")
    yield from searching(*ready, by, options=wanted.options)
