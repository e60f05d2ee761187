"""The nearest real pictures to drawn ones, pixel by pixel: whether a member draws, or has learned by heart.

    error(x, r) = sqrt(mean_p (x_p - r_p)^2),    in grey levels from 0 to 255

A digit moved by two pixels is far away by this measure: that nothing is near does not prove that nothing was copied.
"""

import numpy as np
import torch
from torch import Tensor

_ROWS = 5_000  # real pictures compared at once: bounds memory, not results


def nearest(images: np.ndarray, real: Tensor, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Return for each picture the k nearest real ones, the nearest first.

    Args:
        images: uint8 [n, H, W, C].
        real: uint8 [m, C, H, W], m >= 1.
        k: How many, at most m.

    Returns:
        Their rows int64 [n, k], and their errors float64 [n, k].
    """
    shown = torch.from_numpy(np.ascontiguousarray(images)).permute(0, 3, 1, 2).flatten(1).double()
    own = shown.square().sum(1)[:, None]
    errors = []
    for part in real.split(_ROWS):
        rows = part.flatten(1).double()  # sums of squares of 12,288 pixels stay exact
        errors.append(own + rows.square().sum(1) - 2 * shown @ rows.T)
    squares, found = torch.cat(errors, 1).topk(min(k, len(real)), largest=False)
    return found.numpy(), (squares.clamp(min=0) / shown.shape[1]).sqrt().numpy()
