"""``fuse``: several members into one, drawn at once or kept as a member."""

import json as jsons
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from typer.core import TyperCommand

from ganlab.cli import pictures
from ganlab.cli.members import check_free
from ganlab.cli.output import Json, as_json, say
from ganlab.cli.pictures import OUT_HELP, Label, N, Seed, Truncation
from ganlab.errors import DataError, FusionError, SpecError
from ganlab.fusion import RULES, misfit
from ganlab.members import store
from ganlab.spec import Recipe

_USUAL = "weighted_average"


class ManyWeights(TyperCommand):
    """A command whose ``--weights`` takes all numbers that follow it."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:
        """Parse, after giving every weight an option of its own."""
        return super().parse_args(ctx, spread(args, "--weights"))


def spread(args: Sequence[str], option: str) -> list[str]:
    """Turn ``--weights 0.7 -1 nan`` into ``--weights=0.7 --weights=-1 --weights=nan``.

    The first word after the option is a weight whatever it is; further ones as long as they are numbers.
    So a member whose name is a number stands before the weights, or after another option.
    """
    told: list[str] = []
    words = list(args)
    while words:
        word = words.pop(0)
        if word == "--":
            return [*told, word, *words]
        name, equals, value = word.partition("=")
        if name != option or not (equals or words):
            told.append(word)
            continue
        told.append(f"{option}={value if equals else words.pop(0)}")
        while words and _is_number(words[0]):
            told.append(f"{option}={words.pop(0)}")
    return told


def fuse(
    members: Annotated[list[str] | None, typer.Argument(metavar="MEMBER", help="At least two.")] = None,
    *,
    rule: Annotated[
        str | None, typer.Option(metavar="RULE", help=f"{', '.join(RULES.names)}.  [default: {_USUAL}]")
    ] = None,
    weights: Annotated[
        list[float] | None,
        typer.Option(metavar="W ...", help="One a member, such as --weights 0.7 0.3; none weighs all alike."),
    ] = None,
    recipe: Annotated[
        Path | None, typer.Option(help="Members, rule and weights out of a .json, or of a .png made here.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help=OUT_HELP)] = None,
    save: Annotated[str | None, typer.Option(metavar="NAME", help="Keep the fusion as a member.")] = None,
    n: N = 64,
    seed: Seed = 0,
    truncation: Truncation = 1.0,
    label: Label = None,
    json: Json = False,
) -> None:
    """Fuse members: draw from the fusion, keep it as a member, or both."""
    if out is None and save is None:
        raise SpecError("Nothing to do: give --out FILE to draw, or --save NAME to keep the fusion as a member.")
    if recipe is not None and (members or rule or weights):
        raise SpecError("--recipe says members, rule and weights already: give either the file or these.")
    order = None if out is None else pictures.Order(out, n, seed, truncation, label)
    if save is not None:
        check_free(save)
    asked = read(recipe) if recipe is not None else (members or [], rule or _USUAL, weights or [])
    wanted = _checked(*asked)
    from ganlab.fusion import from_recipe, keep

    fused = from_recipe(wanted)
    made = {"recipe": wanted.model_dump(mode="json")}
    if order is not None:
        made = pictures.save(fused, order)
        say(f"Wrote {str(out)!r}: {n:,} of {' + '.join(wanted.members)} by {wanted.rule}, seed {seed}.")
    if save is not None:
        made["member"] = keep(fused, save).name
        say(f"Kept as member {save!r}.")
    if json:
        as_json(made)


def read(path: Path) -> tuple[Sequence[str], str, Sequence[float]]:
    """Read a recipe from a JSON file, or out of a PNG that carries one.

    Raises:
        SpecError: It is no recipe.
        DataError: The file cannot be read.
    """
    try:
        text = _chunk(path) if path.suffix.lower() == ".png" else path.read_text(encoding="utf-8")
    except OSError as error:
        raise DataError(f"{str(path)!r} cannot be read ({error.strerror or error}).") from None
    except UnicodeDecodeError:
        raise DataError(f"{str(path)!r} is no text.") from None
    try:
        found = Recipe.read(text)
    except SpecError as error:
        raise SpecError(f"{str(path)!r} holds no recipe. {error}") from None
    return found.members, found.rule, found.weights


def _chunk(path: Path) -> str:
    from PIL import Image

    with Image.open(path) as picture:
        text = picture.info.get("ganlab", "{}")
    try:
        return jsons.dumps(jsons.loads(text)["recipe"] or {})
    except (ValueError, LookupError, TypeError, RecursionError):
        return "{}"


def _checked(members: Sequence[str], rule: str, weights: Sequence[float]) -> Recipe:
    """Return the recipe if its members go together; their cards say so without torch.

    Raises:
        GanlabError: A member or the rule is unknown, or they do not go together.
    """
    found, known = store.catalogue(), RULES[rule]
    cards = [found[name].card for name in members]
    if fault := misfit(known.name, cards, weights):
        raise FusionError(fault)
    return Recipe.read({"members": members, "rule": rule, "weights": weights})


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
