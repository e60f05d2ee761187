"""Trade-offs: which of several can only be beaten in one number by being worse in another."""

from collections.abc import Sequence


def undominated(losses: Sequence[Sequence[float]]) -> list[int]:
    """Return the places of those that no other beats (Pareto 1906): at least as low in all losses, lower in one.

    Args:
        losses: For each one its numbers, of which lower is better.
    """
    return [
        place
        for place, own in enumerate(losses)
        if not any(
            all(a <= b for a, b in zip(other, own, strict=True)) and tuple(other) != tuple(own) for other in losses
        )
    ]
