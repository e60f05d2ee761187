"""Logistic regression on standardised rows, with a square penalty chosen on held-out rows.

    log r(x) = w . (x - m) / s + b,    (w, b) = argmin C sum log loss + |w|^2 / 2

With as many real rows as drawn ones the odds of being real are the ratio (Sugiyama, Suzuki & Kanamori 2012,
"Density Ratio Estimation in Machine Learning", ch. 4).  A straight border: what is wrong in a curved way stays.
"""

from collections.abc import Mapping

import numpy as np

from ganlab.fusion.selection.ratio import LARGEST, Halves, Ratio, log_loss, standardised

PENALTIES = (1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0)  # C: the larger, the freer


class Logistic(Ratio):
    """A straight border."""

    name = "logistic"
    fields = ("mean", "spread", "weights", "bias")

    @classmethod
    def fitted(cls, real: Halves, drawn: Halves, seed: int) -> dict[str, np.ndarray]:
        """Return the arrays of the penalty with the least held-out log loss."""
        from sklearn.linear_model import LogisticRegression

        both = np.concatenate([real.fit, drawn.fit])
        scale = standardised(both)
        labels = np.arange(len(both)) < len(real.fit)
        found = []
        for penalty in PENALTIES:
            # Balanced: the odds are the ratio however many rows there are of each kind.
            model = LogisticRegression(C=penalty, max_iter=2_000, class_weight="balanced")
            model.fit((both - scale["mean"]) / scale["spread"], labels)
            arrays = scale | {"weights": model.coef_[0], "bias": model.intercept_}
            found.append((log_loss(cls.raw(arrays, real.held), cls.raw(arrays, drawn.held)), len(found), arrays))
        return min(found)[-1]

    @staticmethod
    def raw(arrays: Mapping[str, np.ndarray], rows: np.ndarray) -> np.ndarray:
        """Return exp(w . (x - m) / s + b)."""
        logits = (rows - arrays["mean"]) / arrays["spread"] @ arrays["weights"] + arrays["bias"]
        return np.exp(np.clip(logits, -np.log(LARGEST), np.log(LARGEST)))
