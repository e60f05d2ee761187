"""The sides of the maps between a picture and the coarsest one; no torch here, so that a spec may ask."""

ATTENTION_SIDE = 16  # pixels; attention compares all places of a map, and those of a larger one are too many


def halvings(side: int) -> int:
    """Return how often a picture's side is halved on the way to the coarsest map.

    A side is halved while it stays even and at least 4, but twice at least: 28 ends at 7, 64 at 4, 8 at 2.

    Raises:
        ValueError: The side is no positive multiple of 4.
    """
    if side <= 0 or side % 4:
        raise ValueError(f"a side of {side} pixels is no positive multiple of 4")
    count, side = 2, side // 4
    while side % 2 == 0 and side >= 8:
        count, side = count + 1, side // 2
    return count


def sides(side: int) -> list[int]:
    """Return the sides of all maps from the coarsest to the picture itself: 7, 14 and 28 for 28.

    Raises:
        ValueError: The side is no positive multiple of 4.
    """
    return [side // 2**power for power in reversed(range(halvings(side) + 1))]


def attended(side: int) -> int | None:
    """Return the side of the finest map, coarser than the picture, that attention can look at; None without one."""
    return max((each for each in sides(side)[:-1] if each <= ATTENTION_SIDE), default=None)
