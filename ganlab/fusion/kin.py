"""Whose parameters can be averaged: generators of one architecture, with an ancestor in common. No torch here."""

from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING

from ganlab.members.origins import are_relatives, generators_differ

if TYPE_CHECKING:
    from ganlab.members.card import Card


def kin_fault(rule: str, cards: Sequence["Card"], force: bool = False) -> str | None:
    """Return why members' parameters cannot be averaged as a sentence, or None.

    Args:
        rule: For the sentence.
        cards: Of the members.
        force: Strangers are welcome.
    """
    for card in cards:
        if card.spec is None:
            return f"{rule!r} averages trained generators, and {card.name!r} has none of its own: choose others."
        if card.density is not None:
            return (
                f"{rule!r} averages generators alone, and {card.name!r} draws from a density of codes before its own: "
                "choose the member it was made of."
            )
    for one, other in combinations(cards, 2):
        if differ := generators_differ(one, other):
            field, ours, theirs = differ
            return (
                f"{rule!r} needs members of one architecture, but {one.name!r} has {field} {ours} "
                f"and {other.name!r} has {theirs}. Pick others, or use 'mixture'."
            )
    for one, other in combinations(cards, 2):
        if not force and not are_relatives(one, other):
            return (
                f"{one.name!r} and {other.name!r} share no ancestor: averaging strangers' parameters gives noise "
                "(measured). Choose relatives (train --start), or force=1 to see it fail."
            )
    return None
