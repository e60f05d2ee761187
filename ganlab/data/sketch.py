"""A picture from strokes of a pen: what somebody draws by hand becomes one like those of a set of digits.

As MNIST was made (LeCun, Cortes & Burges, yann.lecun.com/exdb/mnist): what was drawn is scaled, keeping its shape,
until it fills a box of 20 of the 28 pixels, and moved until its centre of mass is the picture's middle.  The pen has
one width however large somebody drew.  White on black.
"""

from collections.abc import Sequence

import numpy as np

FILL = 20 / 28  # of the side, as in MNIST
_BOX = 20  # pixels for which pen and edge are given
_HALF, _EDGE = 1.25, 1.4  # half the pen's width and how far it fades out, of a digit 20 pixels high
_LEAST = 0.15  # of the sheet: a dot or a short dash is not blown up beyond this

Stroke = Sequence[tuple[float, float]]


def sketched(strokes: Sequence[Stroke], side: int = 28, fill: float = FILL) -> np.ndarray | None:
    """Return what was drawn, uint8 [side, side, 1], or None where nothing was.

    Args:
        strokes: Each a line from point to point, (x, y) with (0, 0) at the top left of a square sheet and (1, 1) at
            its bottom right; one point is a dot.
        side: Of the picture, in pixels.
        fill: Share of the side that the drawing fills with its larger extent.
    """
    lines = [np.asarray(stroke, np.float64) for stroke in strokes if len(stroke)]
    if not lines:
        return None
    pen = side * fill / _BOX
    points = np.concatenate(lines)
    low, high = points.min(0), points.max(0)
    scale = (side * fill - 2 * _HALF * pen) / max(*(high - low), _LEAST)
    placed = [(line - (low + high) / 2) * scale + side / 2 for line in lines]
    for _ in range(2):  # what the frame cuts off moves the centre a little once more
        ink = _inked(placed, side, pen)
        mass = np.array([ink.sum(0), ink.sum(1)]) @ (np.arange(side) + 0.5) / ink.sum()
        placed = [line + side / 2 - mass for line in placed]
    return (255 * _inked(placed, side, pen)).round().astype(np.uint8)[:, :, None]


def _inked(lines: Sequence[np.ndarray], side: int, pen: float) -> np.ndarray:
    """Return how much ink lies on each pixel, [side, side] from 0 to 1, of lines in pixels."""
    axis = np.arange(side) + 0.5
    pixels = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 1, 2)
    starts = np.concatenate([line[:-1] if len(line) > 1 else line for line in lines])
    ends = np.concatenate([line[1:] if len(line) > 1 else line for line in lines])
    along = ends - starts
    length = np.maximum((along**2).sum(1), 1e-12)
    share = (((pixels - starts) * along).sum(2) / length).clip(0, 1)
    distance = np.hypot(*np.moveaxis(pixels - starts - share[..., None] * along, -1, 0)).min(1)
    return (0.5 + (_HALF * pen - distance) / (_EDGE * pen)).clip(0, 1).reshape(side, side)
