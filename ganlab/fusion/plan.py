"""Which fusions stand in a dataset's table: follows from the members that came along. No torch here.

The ensemble are the best trained members that draw without being asked for a class, best by validation pictures; what
was raised as an ensemble, as relatives or as a student stands beside it, and so do the controls.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ganlab.errors import FusionError
from ganlab.fusion import RULES, misfit
from ganlab.fusion.options import Value
from ganlab.members.card import Card

SIZE = 4  # of the ensemble
LEARNED = "learned"
# A vote with a majority of one is that one, and equal shares of a mixture are what learned ones are compared with.
_WITH_LEARNED = ("weighted_average", "frequency", "selection")
_ALIGNED = ("average", "weighted_average", "majority", "median", "frequency")


@dataclass(frozen=True)
class Row:
    """A line of the table.

    Attributes:
        name: The rule's, or what else it is; a colon says how it differs from the plain rule.
        members: Who is fused; one alone is measured as it is, unless there is a rule.
        rule: Out of ``RULES``; None measures a member as it is, or each of several, whose mean is told.
        weights: As for ``fuse``, or ``LEARNED``: the shares of a mixture, learned by KID.
        options: As for ``fuse``.
    """

    name: str
    members: tuple[str, ...]
    rule: str | None = None
    weights: tuple[float, ...] | str = ()
    options: Mapping[str, Value] = field(default_factory=dict)


def candidates(cards: Sequence[Card]) -> list[Card]:
    """Return who may be of the ensemble: trained as it is, without teacher, start or rows of its own."""
    return [
        card
        for card in cards
        if card.spec is not None
        and not (card.conditional or card.density or card.spec.start or card.spec.teacher or card.rows)
    ]


def rows(ranked: Sequence[Card], cards: Sequence[Card]) -> list[Row]:
    """Return the lines of a table.

    Args:
        ranked: Candidates, the best by validation pictures first.
        cards: All shipped members of the dataset.

    Raises:
        FusionError: There are fewer than two candidates.
    """
    if len(ranked) < 2:
        raise FusionError("A table of fusions needs two shipped members of the dataset at least.")
    ensemble, best = tuple(ranked[:SIZE]), ranked[0].name
    names = tuple(card.name for card in ensemble)
    found = [Row("best-member", (best,)), Row("mean-member", names)]
    found += [
        Row(name, names, rule, weights, options)
        for name, rule, weights, options in _of_rules(best, len(names))
        if misfit(rule, ensemble, options=options) is None
    ]
    # Of one member shares say nothing: rules that differ in these alone are one rule.
    selecting = {str(each.options): each for each in reversed(found) if each.rule == "selection"}
    found += [
        Row(f"best-member+{each.name}", (best,), each.rule, (), each.options) for each in reversed(selecting.values())
    ]
    return found + list(_raised(best, cards))


def _of_rules(best: str, size: int) -> list[tuple[str, str, tuple[float, ...] | str, dict[str, Value]]]:
    told = []
    for rule in RULES.names:
        if rule == "parameters":
            told.append(("parameters:strangers", rule, (), {"force": 1.0}))
            continue
        weights = LEARNED if rule in _WITH_LEARNED else (1.0,) * size if rule == "weighted_sum" else ()
        told.append((rule, rule, weights, {}))
        if rule in _ALIGNED:
            told.append((f"{rule}:aligned", rule, weights, {"anchor": best}))
    told += [
        ("mixture:learned", "mixture", LEARNED, {}),
        ("blending:pixel", "blending", (), {"per": "pixel"}),
        ("selection:10", "selection", LEARNED, {"cost": 10.0}),
        ("selection:even", "selection", (), {}),
        ("selection:gentle", "selection", (), {"power": 0.5}),
        ("selection:critics", "selection", LEARNED, {"estimator": "critics"}),
    ]
    return told


def _raised(best: str, cards: Sequence[Card]) -> list[Row]:
    """Return the lines of members that were raised for a fusion, and of the controls that were trained."""
    found = []
    for card in cards:
        if card.recipe is not None and card.recipe.rule == "mixture":
            kind = card.name.removeprefix(f"{card.dataset}-")
            found += [Row(kind, (card.name,)), Row(f"{kind}+selection", (card.name,), "selection")]
        elif card.spec is not None and card.spec.teacher:
            found.append(Row("distilled", (card.name,)))
        elif card.conditional and card.kind == "gan":
            found += [
                Row("conditional-member", (card.name,)),
                Row("conditional-member+selection", (card.name,), "selection"),
            ]
    kin = [card for card in cards if card.spec is not None and card.spec.start and not card.spec.teacher]
    if len(kin) > 1 and misfit("parameters", kin) is None:
        names = tuple(card.name for card in kin)
        found += [
            Row("relatives:mean-member", names),
            Row("parameters", names, "parameters"),
            Row("relatives:average", names, "average"),
        ]
    return found
