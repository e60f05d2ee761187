"""Places between latents, and ways through them: lines, circles, planes, sums.  NumPy alone, no member is opened.

A corner is a batch of latents [n, d].  Its leading ``width`` coordinates are noise; the others choose a class, a
component or a member, and follow with the same factors, so that members with more of them walk the same way.
"""

from collections.abc import Callable, Sequence

import numpy as np

from ganlab import seeds

KINDS = {"line": 2, "plane": 4, "seeds": 0, "sum": 3}  # ways to walk, and how many corners each has
TOURS = ("once", "loop", "random")
_ROW = 100  # seeds from one row of the endless plane to the next (StyleGAN3's visualizer, Karras et al. 2021)
_MOST_SEEDS = 2**31
_WAVES = 3  # of the random tour: few, so that it is smooth


def between(start: np.ndarray, end: np.ndarray, t: float, width: int, *, spherical: bool) -> np.ndarray:
    """Return latents [n, d] at ``t`` from 0 (start) to 1 (end), on the line or on the great circle.

    The middle of the line lies nearer to the origin than a generator ever saw: for independent normal latents
    its length is 1/sqrt(2) of theirs.  The circle keeps it (White 2016, arXiv:1609.04468).
    """
    if spherical:
        return seeds.slerp(start, end, t, width)
    return ((1 - t) * start + t * end).astype(np.float32)


def plane(corners: Sequence[np.ndarray], x: float, y: float, width: int, *, spherical: bool) -> np.ndarray:
    """Return latents [n, d] at (x, y) in the unit square of four corners.

        z = (1-x)(1-y) A + x(1-y) B + (1-x)y C + xy D

    The spherical one walks the circle of A and B and that of C and D to x, and the circle between these two to y.

    Args:
        corners: A at (0, 0), B at (1, 0), C at (0, 1), D at (1, 1), each [n, d].
        x: From 0 to 1.
        y: From 0 to 1.
        width: How many coordinates are noise.
        spherical: On circles, not on lines.
    """
    upper = between(corners[0], corners[1], x, width, spherical=spherical)
    lower = between(corners[2], corners[3], x, width, spherical=spherical)
    return between(upper, lower, y, width, spherical=spherical)


def seed_at(column: int, row: int) -> int:
    """Return the seed that lies at a whole place of the endless plane: 1 to the right is the next seed, a row 100."""
    return (column + _ROW * row) % _MOST_SEEDS


def endless(corner: Callable[[int], np.ndarray], x: float, y: float) -> np.ndarray:
    """Return latents [n, d] at any place of the plane whose whole places are seeds.

        z = sum_i w_i z_i / sqrt(sum_i w_i^2),    w bilinear in the four seeds around (x, y)

    Divided so, independent standard normal latents stay standard normal at every place.

    Args:
        corner: From a seed to its latents [n, d].
        x: To the right, one seed each 1.
        y: Down, one row of seeds each 1.
    """
    column, row = int(np.floor(x)), int(np.floor(y))
    u, v = x - column, y - row
    parts = [((1 - u) * (1 - v), 0, 0), (u * (1 - v), 1, 0), ((1 - u) * v, 0, 1), (u * v, 1, 1)]
    norm = sum(weight**2 for weight, *_ in parts) ** 0.5
    # A corner without weight is not drawn at all: whole places cost one.
    rows = [weight / norm * corner(seed_at(column + dx, row + dy)) for weight, dx, dy in parts if weight]
    return np.sum(rows, 0).astype(np.float32)


def total(a: np.ndarray, b: np.ndarray, c: np.ndarray, t: float, width: int, *, spherical: bool) -> np.ndarray:
    """Return latents [n, d] of ``a - t b + t c``: at 1 what Radford et al. 2015 (arXiv:1511.06434, figure 7) add up.

    The sum of three is longer than what a generator was trained on; the spherical one is brought back to the length of
    a.  What chooses a class stays that of a.
    """
    rows = np.array(a, np.float32)
    noise = rows[:, :width] + t * (c[:, :width] - b[:, :width])
    if spherical:
        lengths = np.linalg.norm(noise, axis=1, keepdims=True)
        noise = noise * (np.linalg.norm(rows[:, :width], axis=1, keepdims=True) / np.maximum(lengths, 1e-12))
    rows[:, :width] = noise
    return rows


def tour(kind: str, how: str, frames: int, *, seed: int = 0, centre: tuple[float, float] = (0.0, 0.0)) -> np.ndarray:
    """Return the places of a tour, float64 [frames, 2].

    ``loop`` and ``random`` close: the frame after the last is the first, and no step is much longer than others.  On
    the endless plane they are mirrored at zero, since seeds begin there.

    Args:
        kind: A name out of ``KINDS``.
        how: ``once`` from A to the far corner (to the right through five seeds), ``loop`` there and back, around the
            square, or a circle; ``random`` a smooth walk of a few waves whose phases come from ``seed``.
        frames: At least 2.
        seed: Of the random tour.
        centre: Where a tour of the endless plane begins.
    """
    if how == "random":
        return _random(kind, frames, seed, centre)
    if how == "once":
        t = np.linspace(0, 1, frames)
        across = np.stack([t, t], 1) if kind == "plane" else np.stack([t, np.zeros(frames)], 1)
        return across * 4 + np.array(centre) if kind == "seeds" else across
    t = np.arange(frames) / frames
    turn = 2 * np.pi * t
    if kind == "plane":  # A, B, D, C, A
        far = np.abs((4 * t[:, None] - [1.5, 2.5] + 2) % 4 - 2)  # from the middles of the sides right and below
        return np.clip(1.5 - far, 0, 1)
    if kind == "seeds":
        return np.abs(np.stack([1 - np.cos(turn), np.sin(turn)], 1) + centre)
    return np.stack([(1 - np.cos(turn)) / 2, np.zeros(frames)], 1)


def _random(kind: str, frames: int, seed: int, centre: tuple[float, float]) -> np.ndarray:
    chance = seeds.stream(seed, "tour")
    amounts = chance.standard_normal((2, _WAVES, 2))  # of sine and cosine
    turn = 2 * np.pi * np.arange(frames) / frames
    waves = np.stack([[np.sin(k * turn), np.cos(k * turn)] for k in range(1, _WAVES + 1)])  # [waves, 2, frames]
    way = np.einsum("awp,wpf->fa", amounts, waves)
    if kind == "seeds":
        return np.abs(way - way[0] + centre)
    if kind != "plane":
        way[:, 1] = 0
    low, high = way.min(0), way.max(0)
    return (way - low) / np.where(high > low, high - low, 1)
