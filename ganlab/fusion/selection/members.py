"""One classifier of real rows against each member, all at once: who drew it, or nobody?

    P(k|x) = softmax_k(w_k . (x - m) / s + b_k),   k = 0 real, 1 ... M the members
    r(x) = P(0|x) / (P(1|x) + ... + P(M|x))

Multinomial logistic regression; members count as often as they draw, and real rows as much as all of them together,
so that the odds are the ratio to the mixture.  Each member has a straight border of its own to real rows, so the
ratio's border is bent where members err in different ways; of one member it is that of ``logistic``.  A critic that
also says who drew is the discriminator of MAD-GAN (Ghosh et al. 2018, arXiv:1704.02906, section 4.1).
"""

from collections.abc import Mapping

import numpy as np

from ganlab.fusion.selection.logistic import PENALTIES
from ganlab.fusion.selection.ratio import LARGEST, Halves, Ratio, log_loss, standardised

_REAL = -1  # sorts before all members


class Members(Ratio):
    """A straight border to each member."""

    name = "members"
    fields = ("mean", "spread", "weights", "bias")

    @classmethod
    def fitted(cls, real: Halves, drawn: Halves, seed: int) -> dict[str, np.ndarray]:
        """Return the arrays, [M + 1, d] of weights, of the penalty with the least held-out log loss."""
        from sklearn.linear_model import LogisticRegression

        both = np.concatenate([real.fit, drawn.fit])
        scale = standardised(both)
        drawers = np.zeros(len(drawn.fit), np.int64) if drawn.drawers is None else drawn.drawers
        labels = np.concatenate([np.full(len(real.fit), _REAL), drawers])
        weights, found = np.where(labels == _REAL, len(drawn.fit) / len(real.fit), 1.0), []
        for penalty in PENALTIES:
            model = LogisticRegression(C=penalty, max_iter=2_000)
            model.fit((both - scale["mean"]) / scale["spread"], labels, sample_weight=weights)
            slopes, bias = model.coef_, model.intercept_
            if len(slopes) == 1:  # of two classes it keeps the second one's alone
                slopes, bias = np.concatenate([0 * slopes, slopes]), np.concatenate([0 * bias, bias])
            arrays = scale | {"weights": slopes, "bias": bias}
            found.append((log_loss(cls.raw(arrays, real.held), cls.raw(arrays, drawn.held)), len(found), arrays))
        return min(found)[-1]

    @staticmethod
    def raw(arrays: Mapping[str, np.ndarray], rows: np.ndarray) -> np.ndarray:
        """Return the odds of nobody having drawn a row."""
        logits = (rows - arrays["mean"]) / arrays["spread"] @ arrays["weights"].T + arrays["bias"]
        odds = logits[:, 0] - np.logaddexp.reduce(logits[:, 1:], axis=1)
        return np.exp(np.clip(odds, -np.log(LARGEST), np.log(LARGEST)))
