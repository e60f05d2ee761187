"""``fuse``: several members into one, drawn at once or kept as a member."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from ganlab.cli import fits, forecast, pictures, soup
from ganlab.cli.evaluate import Device
from ganlab.cli.output import Json, as_json, say, used
from ganlab.cli.pictures import OUT_HELP, Label, N, Order, Seed, Truncation
from ganlab.cli.progress import How, check_how
from ganlab.errors import FusionError, SpecError
from ganlab.fusion import OPTIONS, RULES, misfit
from ganlab.fusion.options import Value
from ganlab.members import store
from ganlab.spec import Recipe
from ganlab.spec.remembered import read

_USUAL = "weighted_average"
_LEARNED = {"learned": "kid", "learned:fid": "fid"}


class ManyWeights(TyperCommand):
    """A command whose ``--weights`` takes all numbers that follow it."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:
        """Parse, after giving every weight an option of its own."""
        return super().parse_args(ctx, spread(args, "--weights"))


def spread(args: Sequence[str], option: str, more: Callable[[str], bool] | None = None) -> list[str]:
    """Turn ``--weights 0.7 -1 nan`` into ``--weights=0.7 --weights=-1 --weights=nan``.

    The first word after the option is a value whatever it is; further ones as long as ``more`` says so, by default
    numbers.  So a member whose name is a number stands before the weights, or after another option.
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
        while words and (more or _is_number)(words[0]):
            told.append(f"{option}={words.pop(0)}")
    return told


def _told() -> str:
    """Return what options there are, and which rules take them."""
    takers = {name: [each.name for each in RULES if name in each.facts["options"]] for name in OPTIONS}
    most = max(len(each) for each in takers.values())
    return " ".join(
        f"{name}: {each.help[0].lower()}{each.help[1:]}"
        + (f" ({', '.join(takers[name])})" * (len(takers[name]) < most))
        for name, each in OPTIONS.items()
    )


def fuse(
    members: Annotated[
        list[str] | None, typer.Argument(metavar="MEMBER", help="At least two; one alone for selection.")
    ] = None,
    *,
    rule: Annotated[
        str | None, typer.Option(metavar="RULE", help=f"{', '.join(RULES.names)}.  [default: {_USUAL}]")
    ] = None,
    weights: Annotated[
        list[str] | None,
        typer.Option(
            metavar="W ...",
            help="One a member, such as --weights 0.7 0.3; none weighs all alike. For a mixture also learned "
            "(by KID) or learned:fid, as `forecast` tells them, and for parameters, by trying averages.",
        ),
    ] = None,
    recipe: Annotated[
        Path | None, typer.Option(help="Take all of this out of a .json, or of a .png made here.")
    ] = None,
    option: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help=f"What a rule takes beside weights: {_told()}"),
    ] = None,
    fit: Annotated[
        bool, typer.Option("--fit", help="Let a rule that learns learn anew from real validation pictures.")
    ] = False,
    out: Annotated[Path | None, typer.Option(help=OUT_HELP)] = None,
    save: Annotated[str | None, typer.Option(metavar="NAME", help="Keep the fusion as a member.")] = None,
    n: N = None,
    seed: Seed = None,
    truncation: Truncation = None,
    label: Label = None,
    device: Device = "auto",
    progress: How = None,
    json: Json = False,
) -> None:
    """Fuse members: draw from the fusion, keep it as a member, or both.

    Rules that learn from real pictures do so the first time, and it is remembered.
    """
    if out is None and save is None and not fit:
        raise SpecError("Nothing to do: give --out FILE to draw, or --save NAME to keep the fusion as a member.")
    if recipe is not None and (members or rule or weights or option):
        raise SpecError("--recipe says members, rule, weights and options already: give either the file or these.")
    check_how(progress)
    by, numbers = _asked(weights or ())
    remembered, chosen = {}, options_read(option or ())
    if recipe is not None:
        told = read(recipe)
        members, rule, numbers, chosen, remembered = told.members, told.rule, told.weights, told.options, told.drawn()
    drawn = remembered | used(n=n, seed=seed, truncation=truncation, label=label)
    order = Order(out, **drawn) if out is not None else None
    if save is not None:
        store.check_free(save)
    wanted, learned = checked(members or (), rule or _USUAL, numbers, chosen), None
    if by is not None:
        found_weights, learned = _learn(wanted, by, progress)
        wanted = wanted.model_copy(update={"weights": found_weights})
    from ganlab.fusion import from_recipe, keep

    found = None
    if fit or RULES[wanted.rule].facts.get("fitted"):
        found = fits.of(wanted, anew=fit, device=device, progress=progress)
    fused = from_recipe(wanted)
    made = wanted.model_dump(mode="json")
    if order is not None:
        made = pictures.save(fused, order, made) | {"out": str(out)}
        say(f"Wrote {str(out)!r}: {order.n:,} of {' + '.join(wanted.members)} by {wanted.rule}, seed {order.seed}.")
    if save is not None:
        made["member"] = keep(fused, save).name
        say(f"Kept as member {save!r}.")
    if found is not None:
        made["fit"] = fits.facts(found)
        say(fits.verdict(found))
    if json:
        as_json(made if learned is None else made | {"learned": learned})


def _asked(weights: Sequence[str]) -> tuple[str | None, list[float]]:
    """Return the distance by which weights shall be learned, or None and the weights as numbers.

    Raises:
        SpecError: A word is neither.
    """
    if len(weights) == 1 and weights[0] in _LEARNED:
        return _LEARNED[weights[0]], []
    for weight in weights:
        if not _is_number(weight):
            raise SpecError(
                f"'--weights' holds {weight!r}; allowed: a number for each member, or alone {' or '.join(_LEARNED)}."
            )
    return None, [float(weight) for weight in weights]


def _learn(wanted: Recipe, by: str, progress: str | None) -> tuple[tuple[float, ...], dict[str, Any]]:
    """Learn the weights of a recipe, and say them and what they promise.

    Returns:
        The weights, and what ``--json`` prints of them.

    Raises:
        FusionError: Nobody knows how to learn those of the rule.
    """
    if wanted.rule == "mixture":
        way, learned = forecast, forecast.learn(wanted.members, by, progress=progress)
    elif wanted.rule == "parameters":
        way, learned = soup, soup.learn(wanted, by, progress=progress)
    else:
        raise FusionError(
            f"Weights are learned for mixture and parameters, not for {wanted.rule!r}: add --rule mixture."
        )
    each = zip(learned.members, learned.weights, strict=True)
    say(f"Learned weights: {', '.join(f'{name} {weight:.4g}' for name, weight in each)}.")
    for sentence in way.sentences(learned):
        say(sentence)
    return learned.weights, way.facts(learned)


def options_read(told: Sequence[str]) -> dict[str, Value]:
    """Read ``NAME=VALUE`` texts.

    Raises:
        SpecError: A text says no value, or no number where one is wanted.
    """
    found: dict[str, Value] = {}
    for text in told:
        name, equals, value = text.partition("=")
        if not equals:
            raise SpecError(f"--option {text!r} says no value: write NAME=VALUE, such as anchor=MEMBER.")
        number = name in OPTIONS and OPTIONS[name].is_number
        if number and not _is_number(value):
            raise SpecError(f"{name} is {value!r}; allowed: {OPTIONS[name].allowed()}.")
        found[name] = float(value) if number else value
    return found


def checked(members: Sequence[str], rule: str, weights: Sequence[float], options: Mapping[str, Value]) -> Recipe:
    """Return the recipe if its members go together; their cards say so without torch.

    Raises:
        GanlabError: A member or the rule is unknown, or they do not go together.
    """
    found, known = store.catalogue(), RULES[rule]
    cards = [found[name].card for name in members]
    if fault := misfit(known.name, cards, weights, options):
        raise FusionError(fault)
    return Recipe.read({"members": members, "rule": known.name, "weights": weights, "options": dict(options)})


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
