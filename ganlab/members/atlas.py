"""A map of latents in the plane, and the way back from any place on it to a latent that can be drawn.

Principal components (``maps.flat``) are a plane through the codes: a place on it is one latent, exactly.  t-SNE (van
der Maaten & Hinton 2008) keeps neighbours together and has no way back: a place there means the codes nearest to it,

    z(p) = sum_i w_i z_i / sum_i w_i,   w_i = 1 / (|p - p_i|^2 + e),   i among the k nearest, at their usual length.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ganlab.members import maps

HOW = ("pca", "tsne")
NEAREST = 4
_PERPLEXITY, _SOFT = 30.0, 1e-4  # e, as a share of the map's mean squared extent


@dataclass(frozen=True)
class Atlas:
    """Codes and their places.

    Attributes:
        places: [n, 2].
        codes: float32 [n, d].
        axes: Of the plane through the codes, orthonormal [2, d]; None where there is none.
        shares: Of variance along the two axes; None where there are none.
    """

    places: np.ndarray
    codes: np.ndarray
    axes: np.ndarray | None = None
    shares: tuple[float, float] | None = None

    def at(self, x: float, y: float) -> np.ndarray:
        """Return the latent of a place, float32 [d]."""
        if self.axes is not None:
            return (self.codes.mean(0) + np.array([x, y]) @ self.axes).astype(np.float32)
        squares = np.square(self.places - (x, y)).sum(1)
        near = np.argsort(squares, kind="stable")[: min(NEAREST, len(squares))]
        soft = _SOFT * np.square(self.places - self.places.mean(0)).sum(1).mean()
        weights = 1 / (squares[near] + soft + 1e-300)
        weights /= weights.sum()
        code = weights @ self.codes[near]
        # The mean of unlike codes is shorter than any of them, and is nothing the generator has seen.
        wanted = weights @ np.linalg.norm(self.codes[near], axis=1)
        return (code * (wanted / max(float(np.linalg.norm(code)), 1e-12))).astype(np.float32)

    def nearest(self, x: float, y: float) -> int:
        """Return the row of the code whose place is nearest."""
        return int(np.square(self.places - (x, y)).sum(1).argmin())


def atlas(codes: np.ndarray, how: Literal["pca", "tsne"], by: np.ndarray | None = None, seed: int = 0) -> Atlas:
    """Map codes.

    Args:
        codes: float32 [n, d], n at least 4.
        how: One of ``HOW``.
        by: What places are made of, [n, f], such as pixels where the codes are plain noise; the codes by default.
        seed: Of t-SNE.
    """
    rows = np.asarray(codes if by is None else by, np.float64)
    if how == "tsne":
        from sklearn.manifold import TSNE

        perplexity = min(_PERPLEXITY, (len(rows) - 1) / 3)
        made = TSNE(perplexity=perplexity, init="pca", random_state=seed, learning_rate="auto", n_jobs=1)
        return Atlas(made.fit_transform(rows.astype(np.float32)).astype(np.float64), codes)
    flat = maps.flat(rows)
    if by is not None:
        return Atlas(flat.places, codes, shares=flat.shares)
    # The axes again, from the places: least squares is exact, as places are products with them.
    axes = np.linalg.lstsq(flat.places, rows - rows.mean(0), rcond=None)[0]
    return Atlas(flat.places, codes, axes, flat.shares)
