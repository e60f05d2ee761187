"""The members' own critics: each is calibrated by a rising curve, and what they say is fused.

    p_k(x) = isotonic_k(critic_k(x)),    log r(x) = sum_k w_k log(p_k(x) / (1 - p_k(x))),    sum_k w_k = 1

A critic's logit is no ratio: training keeps it near equilibrium, and each loss has a scale of its own.  So a curve
that only rises is fitted to held-out real and drawn pictures (Zadrozny & Elkan 2002; calibration before selection:
Turner et al. 2019, arXiv:1811.11357, section 3.1).  Rows are the critics' logits [n, K].  Members that have reached
their critic leave it little to say: expect little.
"""

from collections.abc import Mapping

import numpy as np

from ganlab.fusion.selection.ratio import Halves, Ratio
from ganlab.metrics.roc import auc


class Critics(Ratio):
    """The mean of the critics' log odds."""

    name = "critics"
    fields = ("logits", "chances", "shares")

    @classmethod
    def fitted(cls, real: Halves, drawn: Halves, seed: int) -> dict[str, np.ndarray]:
        """Return a curve for each critic and the critics' shares."""
        curves = [_curve(real.fit[:, k], drawn.fit[:, k]) for k in range(real.fit.shape[1])]
        longest = max(len(logits) for logits, _ in curves)
        logits, chances = (
            np.stack([np.pad(curve[which], (0, longest - len(curve[which])), mode="edge") for curve in curves])
            for which in (0, 1)
        )
        return {"logits": logits, "chances": chances, "shares": cls.shares(real.held, drawn.held)}

    @staticmethod
    def shares(real: np.ndarray, drawn: np.ndarray) -> np.ndarray:
        """Return each critic's part of 1, [K], from held-out rows."""
        return np.full(real.shape[1], 1 / real.shape[1])

    @staticmethod
    def raw(arrays: Mapping[str, np.ndarray], rows: np.ndarray) -> np.ndarray:
        """Return exp of the weighted mean of the log odds."""
        chances = calibrated(arrays, rows)
        return np.exp(np.log(chances / (1 - chances)) @ arrays["shares"])


class WeightedCritics(Critics):
    """The same; a critic's weight is how far above chance it tells held-out pictures apart."""

    name = "weighted_critics"

    @staticmethod
    def shares(real: np.ndarray, drawn: np.ndarray) -> np.ndarray:
        """Return parts of 1 in proportion to AUC - 1/2; equal ones where no critic knows anything."""
        above = np.array([max(0.0, auc(real[:, k], drawn[:, k]) - 0.5) for k in range(real.shape[1])])
        return above / above.sum() if above.sum() > 0 else np.full(len(above), 1 / len(above))


class CriticsVote(Critics):
    """A majority vote, calibrated once more: the ratio of real to drawn pictures that pass, or that do not."""

    name = "critics_vote"
    fields = (*Critics.fields, "values")

    @classmethod
    def fitted(cls, real: Halves, drawn: Halves, seed: int) -> dict[str, np.ndarray]:
        """Return the curves, and the two values a vote may have."""
        arrays = super().fitted(real, drawn, seed)
        passing = [_passes(arrays, each.held) for each in (real, drawn)]
        # One imagined picture on either side, so that no value is 0 or without bound.
        shares = [(each.sum() + 1) / (len(each) + 2) for each in passing]
        values = (1 - shares[0]) / (1 - shares[1]), shares[0] / shares[1]
        return arrays | {"values": np.array(values)}

    @staticmethod
    def raw(arrays: Mapping[str, np.ndarray], rows: np.ndarray) -> np.ndarray:
        """Return one of the two values for each row."""
        return arrays["values"][_passes(arrays, rows).astype(int)]


def calibrated(arrays: Mapping[str, np.ndarray], rows: np.ndarray) -> np.ndarray:
    """Return the chance of being real that each critic gives, float64 [n, K] between 0 and 1."""
    curves = zip(rows.T, arrays["logits"], arrays["chances"], strict=True)
    return np.stack([np.interp(mine, logits, chances) for mine, logits, chances in curves], 1)


def _passes(arrays: Mapping[str, np.ndarray], rows: np.ndarray) -> np.ndarray:
    """Return whether more than half of the critics think a row rather real than drawn, bool [n]."""
    return (calibrated(arrays, rows) > 0.5) @ arrays["shares"] > 0.5


def _curve(real: np.ndarray, drawn: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return corners of the rising curve from logits to chances, as many real rows as drawn ones supposed."""
    from sklearn.isotonic import IsotonicRegression

    logits = np.concatenate([real, drawn])
    labels = np.arange(len(logits)) < len(real)
    weights = np.where(labels, 1 / len(real), 1 / len(drawn))
    edge = 1 / np.sqrt(len(logits))  # either end of the curve rests on few rows: it is never certain
    model = IsotonicRegression(y_min=edge, y_max=1 - edge).fit(logits, labels, sample_weight=weights)
    return model.X_thresholds_.astype(np.float64), model.y_thresholds_.astype(np.float64)
