"""What members drew, laid out as one picture: a grid of images, or points as dots in a square.

No words are drawn into it: what it shows stands in the file's metadata, so an export needs no font, of any language.
"""

import math
from typing import TYPE_CHECKING

import numpy as np

from ganlab.images import grid, to_uint8

if TYPE_CHECKING:
    from torch import Tensor

_SIDE = 360  # pixels of a square of points
_POINTS_A_PICTURE = 64
_GROUND, _AXIS = 10, 70  # grey values
_DOT = np.array([[0.25, 0.6, 0.25], [0.6, 1.0, 0.6], [0.25, 0.6, 0.25]])
_LADDER = (1.25, 1.5, 2, 2.5, 3, 4, 5, 7.5)  # times powers of ten


def amount(shape: tuple[int, ...], pictures: int) -> int:
    """Return how many latents fill a sheet that has room for ``pictures``: points are asked for by the dozen."""
    return pictures if len(shape) == 3 else pictures * _POINTS_A_PICTURE


def sheet(drawn: "Tensor", columns: int | None = None, reach: float | None = None) -> np.ndarray:
    """Return uint8 [H, W, C] with all that was drawn.

    Args:
        drawn: Images [N, C, H, W] in [-1, 1], or points [N, 2].
        columns: Images a row; about a square by default.
        reach: Points are shown from -reach to reach on both axes; as far as they go by default.
    """
    if drawn.ndim == 4:
        return grid(to_uint8(drawn), columns)
    return dots(drawn.detach().float().cpu().numpy(), reach or reach_of(drawn))


def reach_of(*drawn: "Tensor") -> float | None:
    """Return one round number within which nearly all points of several members lie; None for images."""
    if drawn[0].ndim == 4:
        return None
    everything = np.concatenate([np.abs(points.detach().float().cpu().numpy()).ravel() for points in drawn])
    everything = everything[np.isfinite(everything)]
    farthest = float(np.quantile(everything, 0.995)) if len(everything) else 1.0
    scale = 10.0 ** math.floor(math.log10(max(farthest, 1e-3) / _LADDER[0]))
    return next((step * scale for step in _LADDER if step * scale >= farthest), 10 * _LADDER[0] * scale)


def dots(points: np.ndarray, reach: float) -> np.ndarray:
    """Return points [N, 2] as a picture, uint8 [H, W, 1], from -reach to reach on both axes.

    Each is a soft dot; where many lie it becomes white.  Points outside are left out.
    """
    light = np.zeros((_SIDE, _SIDE))
    inside = points[(np.abs(points) <= reach).all(1)]
    columns = np.rint((inside[:, 0] / reach + 1) / 2 * (_SIDE - 3)).astype(int)
    rows = np.rint((1 - inside[:, 1] / reach) / 2 * (_SIDE - 3)).astype(int)
    for (down, right), strength in np.ndenumerate(_DOT):
        np.add.at(light, (rows + down, columns + right), strength)
    ground = np.full((_SIDE, _SIDE), float(_GROUND))
    ground[_SIDE // 2, :] = ground[:, _SIDE // 2] = _AXIS
    shown = ground + (255 - ground) * (1 - np.exp(-0.9 * light))
    return np.rint(shown).astype(np.uint8)[:, :, None]
