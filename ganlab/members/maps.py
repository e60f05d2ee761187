"""Maps of latent space: where an encoder puts pictures, seen from the side on which they differ most."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ganlab.members.member import Member

_CHUNK = 100  # pictures at once: bounds memory


@dataclass(frozen=True)
class Flat:
    """Codes in the plane of their first two principal components (Pearson 1901).

    Attributes:
        places: float64 [n, 2], around the codes' mean.  Of each axis the heaviest loading is positive, so that the
            same codes are never shown mirrored.
        shares: Of all variance that each axis holds, two numbers from 0 to 1.
    """

    places: np.ndarray
    shares: tuple[float, float]


def codes_of(member: Member, images: Tensor) -> np.ndarray:
    """Return the latents of pictures [n, C, H, W] in [-1, 1], float32 [n, walk_dim], without what chooses a class.

    Raises:
        MemberError: The member has no encoder.
    """
    codes = torch.cat([member.encode(part) for part in images.split(_CHUNK)])
    return codes[:, : member.walk_dim].cpu().numpy()


def flat(codes: np.ndarray) -> Flat:
    """Return codes [n, d] in the plane in which their variance is largest; n and d are at least 2."""
    centred = codes - codes.mean(0, dtype=np.float64)
    _, lengths, axes = np.linalg.svd(centred, full_matrices=False)
    axes = axes[:2]
    axes = axes * np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(1)])[:, None]
    variance = lengths**2
    first, second = variance[:2] / max(variance.sum(), np.finfo(float).tiny)
    return Flat(centred @ axes.T, (float(first), float(second)))


def together(codes: np.ndarray, labels: np.ndarray, k: int = 5) -> float:
    """Return the share of the ``k`` nearest others of each code that have its label: 1 where classes lie apart.

    Args:
        codes: [n, d], n above ``k``.
        labels: int [n].
        k: Neighbours, by Euclidean distance in all d dimensions.
    """
    rows = codes.astype(np.float64)
    squares = (rows**2).sum(1)
    distances = squares[:, None] + squares[None] - 2 * rows @ rows.T
    np.fill_diagonal(distances, np.inf)
    nearest = np.argpartition(distances, k, axis=1)[:, :k]
    return float((labels[nearest] == labels[:, None]).mean())
