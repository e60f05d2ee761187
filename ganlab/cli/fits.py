"""Rules that learn from real pictures, as ``fuse`` lets them learn: once, and remembered."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ganlab.cli.opened import opened
from ganlab.cli.progress import use_all_cores, watch
from ganlab.errors import FusionError, NotFittedError
from ganlab.fusion import RULES
from ganlab.members import store
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

    if len(store.catalogue()[recipe.members[0]].card.shape) == 1:
        place = devices.choose(device)
        loaded = [load(name, place) for name in recipe.members]
        ground = Ground.of_points(loaded[0])
    else:
        loaded, *seen = yield from opened(recipe.members, None, device)
        ground = Ground(loaded[0], *seen)
    yield from fitting(loaded, recipe.rule, ground, recipe.weights, recipe.options)
