"""Measures of pixels: sharpness, and likeness of pairs by MS-SSIM.  No extractor looks on."""

import numpy as np
import torch

from ganlab import seeds
from ganlab.metrics.interval import Interval, of_mean

_BETAS = (0.0448, 0.2856, 0.3001)  # of the three finest scales (Wang et al. 2003); the usual two more need 176 pixels
_WINDOW = 7
PAIRS = 500


def sharpness(images: np.ndarray) -> np.ndarray:
    """Return the variance of the Laplacian of each picture, float64 [n], from uint8 [n, H, W, C].

    Pech-Pacheco et al. 2000: the four neighbours less four times the pixel, on grey levels from 0 to 1, over
    the pixels that have four neighbours.  Noise is sharp, too: compare with real pictures, more is not better.
    """
    grey = images.astype(np.float32).mean(3) / 255
    middle = grey[:, 1:-1, 1:-1]
    edges = grey[:, :-2, 1:-1] + grey[:, 2:, 1:-1] + grey[:, 1:-1, :-2] + grey[:, 1:-1, 2:] - 4 * middle
    return edges.reshape(len(images), -1).var(1, dtype=np.float64)


def ms_ssim(images: np.ndarray, seed: int = 0, pairs: int = PAIRS) -> Interval:
    """Return the mean structural similarity of random pairs of pictures uint8 [n, H, W, C]; lower is more diverse.

    By torchmetrics, at three scales with a Gaussian window of 7 pixels (Odena et al. 2017, arXiv:1610.09585, for
    its use); below 28 pixels at one scale.
    """
    from torchmetrics.functional.image import multiscale_structural_similarity_index_measure as similarity

    if min(images.shape[1:3]) < _WINDOW:  # four pixels for one, so that a window fits
        images = images.repeat(2, 1).repeat(2, 2)
    left, right = _pairs(len(images), pairs, seed)
    scales = 3 if min(images.shape[1:3]) >= 28 else 1
    betas = tuple(beta / sum(_BETAS[:scales]) for beta in _BETAS[:scales])
    a, b = (torch.from_numpy(images[rows]).permute(0, 3, 1, 2).float() / 255 for rows in (left, right))
    # torchmetrics makes the window 2 int(3.5 sigma + 0.5) + 1 wide; a negative contrast term has no root.
    each = similarity(
        a, b, sigma=0.9, kernel_size=_WINDOW, data_range=1.0, betas=betas, normalize="relu", reduction="none"
    )
    return of_mean(each.double().numpy(), 0, 1)


def _pairs(n: int, pairs: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return rows of pairs of two different pictures each."""
    rng = seeds.stream(seed, "pairs")
    left = rng.integers(0, n, pairs)
    return left, (left + rng.integers(1, n, pairs)) % n
