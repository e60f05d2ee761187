"""Rules that learn from real pictures, as ``fuse`` lets them learn: once, and remembered."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ganlab.cli.progress import making, use_all_cores, watch
from ganlab.errors import FusionError, MetricError, NotFittedError
from ganlab.fusion import RULES
from ganlab.metrics import shelf
from ganlab.spec import Recipe

if TYPE_CHECKING:
    from ganlab.fusion.fitted import Fitted
    from ganlab.metrics.evaluate import Progress


def of(recipe: Recipe, *, anew: bool, device: str, progress: str | None) -> "Fitted":
    """Return the fit to a recipe, showing how far it is; one that is remembered at once.

    Raises:
        GanlabError: It cannot be fitted.
    """
    if not RULES[recipe.rule].facts.get("fitted"):
        raise FusionError(f"{recipe.rule!r} has nothing to fit: it draws at once. Leave --fit out.")
    use_all_cores()

    from ganlab.fusion import from_recipe

    if not anew:
        try:
            return from_recipe(recipe).rule.fitted
        except NotFittedError:
            pass
    return watch(" + ".join(recipe.members), _fitting(recipe, device), progress)


def facts(found: "Fitted") -> dict[str, Any]:
    """Return what ``fuse --json`` prints of a fit."""
    from ganlab.fusion.fitting import helps

    return {**found.facts, "split": "validation", "helps": helps(found)}


def verdict(found: "Fitted") -> str:
    """Return in a sentence what it cost and whether it helped."""
    from ganlab.fusion.fitting import helps

    numbers = {name: number["value"] for name, number in found.facts["numbers"].items()}
    words = "It helps" if helps(found) else "It does not help beyond chance"
    return (
        f"{words}: kernel distance to held-out real pictures from {numbers['kid_before']:.4g} (mixture) to "
        f"{numbers['kid_after']:.4g}, by {found.facts['extractor']}; "
        f"{numbers['candidates_per_image']:.1f} candidates a picture."
    )


def _fitting(recipe: Recipe, device: str) -> "Iterator[Progress | Fitted]":
    from ganlab import device as devices
    from ganlab.fusion import load
    from ganlab.fusion.fitting import fitting
    from ganlab.fusion.ground import Ground
    from ganlab.metrics.evaluate import Progress
    from ganlab.metrics.make import Progress as Making

    place = devices.choose(device)
    yield Progress("loading", 0.0, 0.0, None)
    loaded = [load(name, place) for name in recipe.members]
    dataset, shape = loaded[0].card.dataset, loaded[0].shape
    if len(shape) != 3:
        raise MetricError(f"{loaded[0].name!r} draws points: rules that learn look at pictures.")
    name, opened = shelf.usual(dataset, shape), None
    for step in shelf.opened(name, dataset, shape, place):
        if isinstance(step, Making):
            yield making(name, step)
        else:
            opened = step
    ground = Ground(loaded[0], *opened)
    yield from fitting(loaded, recipe.rule, ground, recipe.weights, recipe.options)
