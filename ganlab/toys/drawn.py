"""Points that somebody drew as a density: a round Gaussian at each, so that drawn points are a dataset like any other.

The dataset's name holds them: ``drawn:`` and two bytes a point in URL-safe base64, the square from -2 to 2 in 256 steps
a side.  So a link, a spec and a card are complete without a file.  Names are read without torch.
"""

import base64
import binascii
import math
from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING

from ganlab.errors import DataError
from ganlab.toys import DRAWN

if TYPE_CHECKING:
    from ganlab.toys.mixture import Mixture

MOST, REACH, STD = 120, 2.0, 0.05
_APART = 6  # standard deviations between neighbours: nearer ones are beads of a stroke, not modes to be counted
_STEPS = 255


def named(points: Sequence[Sequence[float]]) -> str:
    """Return the dataset's name for points in the square from -2 to 2; those beyond it move to its border.

    Raises:
        DataError: There are none, or more than fit.
    """
    if not 1 <= len(points) <= MOST:
        raise DataError(f"{len(points)} points were drawn: draw 1 to {MOST}.")
    cells = [[min(_STEPS, max(0, round((each + REACH) * _STEPS / (2 * REACH)))) for each in point] for point in points]
    once = dict.fromkeys((x, y) for x, y in cells)  # in the order in which they were drawn
    return DRAWN + base64.urlsafe_b64encode(bytes(each for cell in once for each in cell)).decode().rstrip("=")


def centres(name: str) -> list[tuple[float, float]]:
    """Return the points that a name holds.

    Raises:
        DataError: It holds none, or more than fit.
    """
    code = name.removeprefix(DRAWN)
    try:
        found = base64.b64decode(code + "=" * (-len(code) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        found = b""
    if not found or len(found) % 2 or len(found) > 2 * MOST:
        raise DataError(f"{name[:60]!r} holds no drawn points: after {DRAWN!r} there are 1 to {MOST}, two bytes each.")
    places = [each * (2 * REACH) / _STEPS - REACH for each in found]
    return list(zip(places[::2], places[1::2], strict=True))


def separate(points: Sequence[tuple[float, float]]) -> bool:
    """Return whether points lie so far apart that each is a mode."""
    return all(math.dist(one, other) >= _APART * STD for one, other in combinations(points, 2))


def density(name: str) -> "Mixture":
    """Return what was drawn under a name, each point as likely as any other.

    Raises:
        DataError: The name holds no points, or more than fit.
    """
    import torch

    from ganlab.toys.mixture import Mixture

    points = centres(name)
    weights = torch.full((len(points),), 1 / len(points), dtype=torch.float64)
    return Mixture(torch.tensor(points, dtype=torch.float64), STD, weights, separate(points))
