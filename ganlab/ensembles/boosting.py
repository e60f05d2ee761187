"""Boosting: each next member learns what the mixture so far draws too rarely (AdaGAN, Tolstikhin et al. 2017).

    p_t = (1 - b_t) p_{t-1} + b_t q_t,    b_t = 1 / t unless a share is given            (arXiv:1701.02386, alg. 1)
    w_i = (l - (1 - b_t) h_i)_+ / (N b_t),    h_i = p_{t-1}(x_i) / p_real(x_i),    sum_i w_i = 1      (eq. 12, alg. 2)

q_t is trained on rows drawn with chances w; l is unique.  In the paper h = (1 - D) / D of a classifier between
training rows and the mixture; here it is one over a density ratio that an estimator of ``fusion.selection`` fits to
what an extractor sees in both (points are seen as they are).  Rows that the mixture covers well are left out
altogether, so that a ratio which is wrong leaves out what should have been learned.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np

from ganlab import seeds
from ganlab.ensembles.method import Kept, Method, Part
from ganlab.ensembles.seeing import Seeing
from ganlab.fusion.selection import OF_REAL
from ganlab.spec import EnsembleSpec

_MOST = 10_000  # rows of each kind that a ratio is fitted to
_LEAST_RATIO = 1e-6


class Boosting(Method):
    """Rows drawn with the weights of the paper."""

    @classmethod
    def faults(cls, asked: EnsembleSpec) -> Iterator[str]:
        """Refuse estimators that look at something else than features."""
        fitting = [*OF_REAL]
        if asked.ratio not in fitting:
            yield f"ratio is {asked.ratio!r}; allowed: {', '.join(fitting)}."

    @classmethod
    def waits(cls, asked: EnsembleSpec, number: int) -> Sequence[int]:
        """Return all members before."""
        return range(1, number)

    def part(self, number: int, kept: Kept) -> Part:
        """Return the training of rows drawn by weight; the first member sees all of them."""
        whole = super().part(number, kept)
        if number == 1:
            return whole
        weights = row_weights(self._covered(number, kept), self._share(number))
        rng = seeds.stream(self.asked.seed, f"boosting-{number}")
        effective = 1 / np.square(weights).sum()
        told = f"sample {number} of {self.count:,} rows by weight (effective {effective:,.0f}), seed {self.asked.seed}"
        return replace(whole, rows=rng.choice(self.count, self.count, p=weights), told=told)

    def weights(self, number: int) -> dict[int, float]:
        """Return b_k prod_{t > k} (1 - b_t) for each member k."""
        found: dict[int, float] = {}
        for t in range(1, number + 1):
            share = self._share(t)
            found = {k: weight * (1 - share) for k, weight in found.items()} | {t: share}
        return found

    def _share(self, t: int) -> float:
        """Return b_t; the first member is all there is."""
        return 1.0 if t == 1 else self.asked.share or 1 / t

    def _covered(self, number: int, kept: Kept) -> np.ndarray:
        """Return h, float64 [n], of the mixture before member ``number``."""
        from ganlab.fusion.selection import ratio

        seed = (self.asked.seed + number) % 2**32
        real = self._seen[1]
        order = seeds.stream(seed, "boosting-fit").permutation(len(real))[:_MOST]
        shares = self.weights(number - 1)
        drawn = []
        for k, n in zip(shares, _counts(list(shares.values()), len(order)), strict=True):
            self.say(f"looking at member {k}")
            drawn.append(self._seen[0].drawn(kept.member(k), n, seed))
        self.say("weighing the training rows")
        found = ratio.fit(self.asked.ratio, real[order], np.concatenate(drawn), seed)
        return 1 / np.maximum(found(real), _LEAST_RATIO)

    @cached_property
    def _seen(self) -> tuple[Seeing, np.ndarray]:
        seeing = Seeing.of(self)
        return seeing, seeing.training_rows()


def row_weights(covered: np.ndarray, share: float) -> np.ndarray:
    """Return the weights of rows, float64 [n] that add up to 1.

    With h sorted, l of the first k rows is (N b + (1 - b) sum_{i <= k} h_i) / k; the right k is the first whose l does
    not reach (1 - b) h_{k+1} (alg. 3).

    Args:
        covered: h, float64 [n]: how dense the mixture is at each row, by the density of real ones.
        share: b, of the new member.
    """
    h = (1 - share) * np.sort(covered)
    n = len(h)
    levels = (n * share + np.cumsum(h)) / np.arange(1, n + 1)
    enough = np.flatnonzero(levels[:-1] <= h[1:])
    level = levels[enough[0] if len(enough) else n - 1]
    weights = np.maximum(0, level - (1 - share) * covered) / (n * share)
    return weights / weights.sum()  # 1 but for rounding


def _counts(shares: list[float], n: int) -> list[int]:
    """Return how many of ``n`` rows each share is, whole numbers that add up to ``n``."""
    ends = np.round(np.cumsum(shares) * n).astype(int)
    return np.diff(ends, prepend=0).tolist()
