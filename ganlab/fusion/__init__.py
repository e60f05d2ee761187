"""Fusion: ways to make one member out of several. A fused member is a member.

The list of rules and the checks load without torch, so that a page or ``--help`` can tell at once which
rules fit and why the others do not.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ganlab.errors import FusionError, GanlabError
from ganlab.family import Family, entry
from ganlab.spec import Recipe

if TYPE_CHECKING:
    from ganlab.members.card import Card
    from ganlab.members.member import Member

RULES = Family(
    "fusion rule",
    entry(
        "average",
        "ganlab.fusion.average:Average",
        "All members draw from the same noise; their pictures are averaged. Blurs wherever members disagree.",
        title="Average",
        formula=r"x(z) = \frac{1}{K} \sum_k G_k(z)",
        weighs=False,
        one_latent=True,
    ),
    entry(
        "weighted_average",
        "ganlab.fusion.average:WeightedAverage",
        "The same with a share for each member; the shares add up to 1.",
        title="Weighted average",
        formula=r"x(z) = \sum_k w_k\, G_k(z), \quad \sum_k w_k = 1",
        weighs=True,
        one_latent=True,
    ),
    entry(
        "weighted_sum",
        "ganlab.fusion.weighted_sum:WeightedSum",
        "Brightness added up with weights as they are, and clipped: strokes of all members lie on each other.",
        title="Weighted sum",
        formula=r"x(z) = \min\!\left(1, \sum_k w_k\, G_k(z)\right), \quad G_k(z) \in [0, 1]",
        weighs=True,
        one_latent=True,
    ),
    entry(
        "voting",
        "ganlab.fusion.voting:Voting",
        "Every pixel takes the weighted median of the members' grey values: outvoted members leave no trace.",
        title="Voting (median)",
        formula=r"x(z) = \operatorname{median}_w \{G_1(z), \dots, G_K(z)\}",
        weighs=True,
        one_latent=True,
    ),
    entry(
        "mixture",
        "ganlab.fusion.mixture:Mixture",
        "Each picture is drawn by one member, picked with probability equal to its share. Stays sharp.",
        title="Mixture",
        formula=r"p(x) = \sum_k w_k\, p_k(x), \quad \sum_k w_k = 1",
        weighs=True,
        one_latent=False,
    ),
)


def misfit(rule: str, cards: Sequence["Card"], weights: Sequence[float] = ()) -> str | None:
    """Return why a rule cannot fuse these members with these weights, as a sentence, or None.

    Pages grey a rule out and the command line refuses it with this same sentence.
    """
    from ganlab.fusion.shares import weights_fault

    try:
        facts = RULES[rule].facts
    except GanlabError as error:
        return str(error)
    if len(cards) < 2:
        return f"{rule!r} needs at least two members, and {len(cards) or 'none'} was given."
    first = cards[0]
    for card in cards[1:]:
        if (card.dataset, card.shape) != (first.dataset, first.shape):
            return (
                f"Members of one dataset can be fused, but {first.name!r} draws {first.dataset!r} "
                f"and {card.name!r} draws {card.dataset!r}."
            )
    if facts["one_latent"]:
        for card in cards[1:]:
            if card.walk_dim != first.walk_dim:
                return (
                    f"{rule!r} needs members with one latent size, but {first.name!r} has {first.walk_dim} "
                    f"and {card.name!r} has {card.walk_dim}. Pick others, or use 'mixture'."
                )
    return weights_fault(rule, weights, len(cards), weighs=facts["weighs"])


def fuse(
    members: "Sequence[Member | str]",
    rule: str = "weighted_average",
    weights: Sequence[float] = (),
    name: str = "fused",
) -> "Member":
    """Fuse members into one that can be sampled, walked, kept and fused again.

    Args:
        members: At least two of one dataset, or their names in the store.
        rule: A name out of ``RULES``.
        weights: One a member, none negative; none at all weighs all alike.
        name: What the new member is called until it is kept.

    Raises:
        FusionError: They do not go together.
        UnknownName: No such rule or member.
    """
    from ganlab.fusion.fused import FusedMember

    loaded = [load(member) if isinstance(member, str) else member for member in members]
    found = RULES[rule]
    if fault := misfit(rule, [member.card for member in loaded], weights):
        raise FusionError(fault)
    return FusedMember(loaded, found.load()(tuple(float(weight) for weight in weights)), name)


def from_recipe(recipe: Recipe, device: Any = None, name: str = "fused") -> "Member":
    """Fuse what a recipe names.

    Raises:
        GanlabError: A member is unknown or broken, or they do not go together.
    """
    return fuse([load(member, device) for member in recipe.members], recipe.rule, recipe.weights, name)


def load(name: str, device: Any = None) -> "Member":
    """Load a stored member by name, one of networks or one that is a recipe.

    Args:
        name: As ``python -m ganlab members`` lists it.
        device: A ``torch.device``; the CPU by default.

    Raises:
        UnknownName: There is none; the nearest names are suggested.
        MemberError: It, or one it is made of, cannot be used.
    """
    from ganlab.fusion.stored import open_member

    return open_member(name, device)


def keep(member: "Member", name: str) -> Any:
    """Keep a fused member in the workspace as a recipe; returns its store entry.

    Raises:
        MemberError: The name is taken or not allowed, or it is made of members that are not kept.
    """
    from ganlab.fusion.stored import keep_recipe

    return keep_recipe(member, name)
