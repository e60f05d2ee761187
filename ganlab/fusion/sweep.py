"""A sweep: fusions along a weight, or across two, or under every rule, of the same latents, each with its numbers.

Along a member its share t goes from 0 to 1 while the others divide 1 - t as they stand to each other:

    w_j(t) = t,    w_k(t) = (1 - t) w_k / sum_{i != j} w_i
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ganlab.errors import FusionError, GanlabError, SpecError
from ganlab.fusion import RULES, misfit
from ganlab.fusion.shares import shares
from ganlab.spec import Recipe

if TYPE_CHECKING:
    import numpy as np

    from ganlab.members.card import Card, Number
    from ganlab.members.member import Member
    from ganlab.metrics.glance import Glance

RULE_AXIS = "rules"
MOST_STEPS, MOST_CELLS = 51, 441


@dataclass(frozen=True)
class Cell:
    """One fusion of a sweep.

    Attributes:
        at: What it is called on each axis.
        recipe: What was fused.
        images: The first of what it draws, uint8 [n, H, W, C]; None where it cannot draw.
        numbers: Of a glance; none where nothing could be measured.
        fault: Why it cannot draw.
    """

    at: tuple[str, ...]
    recipe: Recipe
    images: "np.ndarray | None"
    numbers: "dict[str, Number]"
    fault: str = ""


def axis(recipe: Recipe, name: str, steps: int, cards: "Sequence[Card]") -> list[tuple[str, Recipe]]:
    """Return the recipes along an axis, each with what it is called there.

    Args:
        recipe: Where the sweep starts.
        name: A member, or ``rules`` for every rule that fits and learns nothing.
        steps: Along a member, its ends included.
        cards: The members'.

    Raises:
        SpecError: There is no such axis, or too few or too many steps.
    """
    if name == RULE_AXIS:
        fitting = [rule for rule in RULES if not rule.facts.get("fitted") and misfit(rule.name, cards) is None]
        return [(rule.name, _by(recipe, rule.name)) for rule in fitting]
    if name not in recipe.members:
        raise SpecError(f"A sweep goes along one of {', '.join(map(repr, recipe.members))} or 'rules', not {name!r}.")
    if not RULES[recipe.rule].facts["weighs"]:
        raise SpecError(f"{recipe.rule!r} counts all members alike: there is no weight to go along.")
    if not 2 <= steps <= MOST_STEPS:
        raise SpecError(f"steps is {steps}; allowed: 2 to {MOST_STEPS}.")
    place, found = recipe.members.index(name), []
    for step in range(steps):
        share = step / (steps - 1)
        found.append((f"{share:.2f}", recipe.model_copy(update={"weights": _moved(recipe, place, share)})))
    return found


def cells(recipe: Recipe, along: str, across: str | None, steps: int, cards: "Sequence[Card]") -> list[list[tuple]]:
    """Return the (names, recipe) of a sweep, row by row; one row where nothing lies across.

    Raises:
        SpecError: There is no such axis, or too many fusions.
    """
    if across == along:
        raise SpecError(f"Both axes are {along!r}: name another one across.")
    if across is None:
        return [[((name,), found) for name, found in axis(recipe, along, steps, cards)]]
    rows = axis(recipe, across, steps, cards)
    made = [
        [((name, row), found) for name, found in axis(start, along, steps, cards)]
        for row, start in rows
        if along == RULE_AXIS or RULES[start.rule].facts["weighs"]
    ]
    if (count := sum(map(len, made))) > MOST_CELLS:
        raise SpecError(f"This sweep has {count:,} fusions; allowed: {MOST_CELLS}. Take fewer steps.")
    return made


def sweeping(
    members: "Sequence[Member]",
    asked: Sequence[Sequence[tuple]],
    glance: "Glance | None",
    *,
    n: int,
    seed: int,
    shown: int,
) -> Iterator[Cell]:
    """Draw and measure fusion after fusion, row by row; the members draw once for all of them where a rule combines.

    Args:
        members: Of the recipes.
        asked: As ``cells`` returns them.
        glance: What measures; None measures nothing.
        n: Pictures measured of each.
        seed: Of their latents.
        shown: How many of them are returned.

    Yields:
        One cell after the other.
    """
    import torch

    from ganlab.fusion import fuse
    from ganlab.images import to_uint8

    known: dict[bytes, torch.Tensor] = {}
    for at, recipe in (cell for row in asked for cell in row):
        try:
            fused = fuse(members, recipe.rule, recipe.weights, options=recipe.options)
            z = fused.placed(fused.latents(n, seed))
            if fused.rule.combines:
                base, extra = fused.rule.split(fused.members, z)
                key = f"{recipe.options.get('anchor')}".encode()
                if key not in known:
                    own = fused.rule.latents(fused.members, base)
                    known[key] = torch.stack([m.generate(each) for m, each in zip(members, own, strict=True)])
                drawn = fused.rule.combine(known[key], extra)
            else:
                drawn = fused.generate(z)
            images = to_uint8(drawn)
        except GanlabError as error:
            yield Cell(at, recipe, None, {}, str(error))
            continue
        yield Cell(at, recipe, images[:shown], glance.at(images) if glance is not None else {})


def sheet(found: Sequence[Cell], columns: int, aside: int) -> "np.ndarray":
    """Return all fusions as one uint8 [H, W, C]: a tile each, pictures of one latent at the same place in every tile.

    Args:
        found: Row by row.
        columns: Fusions a row.
        aside: Pictures beside each other in a tile.
    """
    import numpy as np

    from ganlab.images import grid

    some = next((cell.images for cell in found if cell.images is not None), None)
    if some is None:
        raise FusionError(f"Nothing of this sweep can be drawn. {found[0].fault}")
    tiles = [grid(np.zeros_like(some) if cell.images is None else cell.images, aside) for cell in found]
    return grid(np.stack(tiles), columns, gap=4)


def _moved(recipe: Recipe, place: int, share: float) -> tuple[float, ...]:
    others = list(recipe.weights) or [1.0] * len(recipe.members)
    others[place] = 0.0
    if not sum(others) > 0:  # where the others had nothing, they divide the rest alike
        others = [float(k != place) for k in range(len(others))]
    rest = shares(others, len(others))
    return tuple(share if k == place else (1 - share) * part for k, part in enumerate(rest))


def _by(recipe: Recipe, rule: str) -> Recipe:
    weighs, options = RULES[rule].facts["weighs"], RULES[rule].facts["options"]
    kept = {name: value for name, value in recipe.options.items() if name in options}
    return recipe.model_copy(update={"rule": rule, "weights": recipe.weights if weighs else (), "options": kept})
