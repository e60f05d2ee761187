"""Shares that make a quadratic form small: the heart of learned mixtures and of blending."""

import numpy as np
from scipy import optimize

_RIDGE = 1e-9  # of the largest entry


def least_on_simplex(form: np.ndarray) -> np.ndarray:
    """Return the shares a [M], none negative and with sum 1, at which a' form a is least.

    A form that was estimated need not be positive definite; it is lifted by a ridge as small as makes it so.  Then
    it is the squared length of R a with form = R'R, and its minimum on the simplex is the non-negative least squares
    solution of [R; 1'] u = [0; 1], scaled to sum 1 (Lawson & Hanson 1974, chapter 23): exact, no step size.

    Args:
        form: Symmetric, float64 [M, M].
    """
    values, vectors = np.linalg.eigh(form / (np.abs(form).max() or 1.0))
    lifted = values + max(0.0, -values.min()) + _RIDGE
    root = np.sqrt(lifted)[:, None] * vectors.T
    u, _ = optimize.nnls(np.vstack([root, np.ones(len(root))]), np.append(np.zeros(len(root)), 1.0))
    return u / u.sum()
