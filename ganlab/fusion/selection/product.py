"""A product of experts, by rejection: what all members could have drawn.

    q(x) = prod_k p_k(x)^s_k / Z,    r(x) = q(x) / sum_k s_k p_k(x) = exp(-KL(s || P(.|x))) / Z

P(k|x) = s_k p_k(x) / sum_j s_j p_j(x) is who drew x, told by a classifier of the members' pictures among each other,
and s_k is member k's share of the candidates; the second form follows from the first by Bayes' rule.  A product of
experts (Hinton 2002, Training products of experts by minimizing contrastive divergence, equation 1; here with shares
as exponents) keeps where the members agree and nobody's own faults.  No real picture is asked: where all err alike,
it errs with them.
"""

from collections.abc import Mapping

import numpy as np

from ganlab.fusion.selection.logistic import PENALTIES
from ganlab.fusion.selection.ratio import LARGEST, Halves, Ratio, standardised


class Product(Ratio):
    """The members' agreement, from a multinomial logistic regression on an extractor's features."""

    name = "product"
    fields = ("mean", "spread", "weights", "bias", "shares")

    @classmethod
    def fitted(cls, real: Halves, drawn: Halves, seed: int) -> dict[str, np.ndarray]:
        """Return the arrays, [M, d] of weights, of the penalty with the least held-out log loss of who drew."""
        from sklearn.linear_model import LogisticRegression

        scale = standardised(drawn.fit)
        who = np.zeros(len(drawn.fit), np.int64) if drawn.drawers is None else drawn.drawers
        members, counts = np.unique(who, return_counts=True)
        shares = {"shares": counts / counts.sum()}
        if len(members) == 1:  # nobody to agree with
            return scale | shares | {"weights": np.zeros((1, drawn.fit.shape[1])), "bias": np.zeros(1)}
        rows, held = ((each - scale["mean"]) / scale["spread"] for each in (drawn.fit, drawn.held))
        found = []
        for penalty in PENALTIES:
            model = LogisticRegression(C=penalty, max_iter=2_000).fit(rows, who)
            known = np.isin(drawn.held_drawers, members)
            places = np.searchsorted(members, drawn.held_drawers[known])
            loss = -model.predict_log_proba(held[known])[np.arange(known.sum()), places].mean()
            slopes, bias = model.coef_, model.intercept_
            if len(slopes) == 1:  # of two classes it keeps the second one's alone
                slopes, bias = np.concatenate([0 * slopes, slopes]), np.concatenate([0 * bias, bias])
            found.append((loss, len(found), scale | shares | {"weights": slopes, "bias": bias}))
        return min(found)[-1]

    @staticmethod
    def raw(arrays: Mapping[str, np.ndarray], rows: np.ndarray) -> np.ndarray:
        """Return exp(-KL(s || P(.|x))), from 0 to 1."""
        logits = (rows - arrays["mean"]) / arrays["spread"] @ arrays["weights"].T + arrays["bias"]
        told = logits - np.logaddexp.reduce(logits, axis=1)[:, None]
        shares = arrays["shares"]
        return np.exp(np.clip((shares * (told - np.log(shares))).sum(1), -np.log(LARGEST), 0))
