"""Least squares on random Fourier features: the ratio itself is fitted, no border between two classes.

    r(x) = max(0, a . phi(x)),    a = argmin mean_drawn (a . phi)^2 / 2 - mean_real a . phi + penalty |a|^2 / 2
    phi_j(x) = sqrt(2 / D) cos(f_j . x / width + u_j),    f_j ~ N(0, I), u_j uniform on [0, 2 pi]

Unconstrained least-squares importance fitting (Kanamori, Hido & Sugiyama 2009, JMLR 10, eq. 4), with features that
stand for a Gaussian kernel (Rahimi & Recht 2007).  Width and penalty are those with the least of the same criterion
on held-out rows; widths are multiples of the median distance between real rows.
"""

from collections.abc import Mapping

import numpy as np

from ganlab.fusion.selection.ratio import Halves, Ratio, standardised

FEATURES = 500
_WIDTHS = (0.35, 0.5, 0.7, 1.0)  # of the median distance
_PENALTIES = (1e-5, 1e-4, 1e-3, 1e-2, 1e-1)
_PAIRED = 500  # rows whose distances tell the median


class LeastSquares(Ratio):
    """A smooth ratio."""

    name = "least_squares"
    fields = ("mean", "spread", "frequencies", "phase", "weights")

    @classmethod
    def fitted(cls, real: Halves, drawn: Halves, seed: int) -> dict[str, np.ndarray]:
        """Return the arrays of the width and penalty with the least held-out criterion."""
        rng = np.random.default_rng(seed)
        scale = standardised(np.concatenate([real.fit, drawn.fit]))
        frequencies = rng.standard_normal((real.fit.shape[1], FEATURES))
        phase = rng.uniform(0, 2 * np.pi, FEATURES)
        median, found = _median_distance((real.fit - scale["mean"]) / scale["spread"]), []
        for width in _WIDTHS:
            arrays = scale | {"frequencies": frequencies / (width * median), "phase": phase}
            seen = _seen(arrays, drawn.fit)
            values, vectors = np.linalg.eigh(seen.T @ seen / len(seen))
            turned = vectors.T @ _seen(arrays, real.fit).mean(0)
            held = [_seen(arrays, each.held) for each in (real, drawn)]
            for penalty in _PENALTIES:
                weights = vectors @ (turned / (np.maximum(values, 0) + penalty))
                on_real, on_drawn = (np.maximum(0, each @ weights) for each in held)
                criterion = float(np.square(on_drawn).mean() / 2 - on_real.mean())
                found.append((criterion, len(found), arrays | {"weights": weights}))
        return min(found)[-1]

    @staticmethod
    def raw(arrays: Mapping[str, np.ndarray], rows: np.ndarray) -> np.ndarray:
        """Return max(0, a . phi(x))."""
        return np.maximum(0, _seen(arrays, rows) @ arrays["weights"])


def _seen(arrays: Mapping[str, np.ndarray], rows: np.ndarray) -> np.ndarray:
    """Return the random features [n, FEATURES + 1] of rows, the last one constant."""
    turned = (rows - arrays["mean"]) / arrays["spread"] @ arrays["frequencies"] + arrays["phase"]
    return np.concatenate([np.cos(turned) * np.sqrt(2 / len(arrays["phase"])), np.ones((len(rows), 1))], 1)


def _median_distance(rows: np.ndarray) -> float:
    """Return the median distance between rows; 1 where they all lie on one spot."""
    some = rows[:_PAIRED]
    squares = np.square(some).sum(1)
    squared = squares[:, None] + squares[None, :] - 2 * some @ some.T
    return float(np.sqrt(max(0.0, np.median(squared[~np.eye(len(some), dtype=bool)])))) or 1.0
