"""Weights from outside: what is allowed, and the shares they stand for. No torch here."""

import math
from collections.abc import Sequence


def weights_fault(rule: str, weights: Sequence[float], members: int, weighs: bool) -> str | None:
    """Return what is wrong with weights as a sentence, or None.

    Args:
        rule: For the sentence.
        weights: None at all is always right.
        members: How many there are to weigh.
        weighs: Whether the rule tells members apart by weight.
    """
    if not weights:
        return None
    if len(weights) != members:
        return f"{members} members need {members} weights, not {len(weights)}."
    for weight in weights:
        if not math.isfinite(weight) or weight < 0:
            return f"A weight is a finite number of 0 or more, not {weight!r}."
    if sum(weights) <= 0:
        return "At least one weight must be above 0."
    if not math.isfinite(sum(weights)):
        return "The weights are too large to add up."
    if not weighs and len(set(weights)) > 1:
        return f"{rule!r} counts every member alike: give no weights, or use 'weighted_average' or 'median'."
    return None


def shares(weights: Sequence[float], members: int) -> list[float]:
    """Return each member's part of 1; equal parts where no weights were given."""
    if not weights:
        return [1 / members] * members
    total = math.fsum(weights)
    return [weight / total for weight in weights]
