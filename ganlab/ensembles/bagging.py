"""Bagging: every member sees its own bootstrap sample (Breiman 1996, Machine Learning 24).

    rows_k = n draws with replacement out of n,    p(x) = 1/K sum_k p_k(x)

A sample holds about 1 - 1/e = 63 % of the rows, some of them several times.  Made for predictors that follow every
row closely; generators that smooth over rows differ little by it.
"""

from dataclasses import replace

from ganlab import seeds
from ganlab.ensembles.method import Kept, Method, Part


class Bagging(Method):
    """A bootstrap sample for each member."""

    def part(self, number: int, kept: Kept) -> Part:
        """Return the training of a member's own sample, which follows from the ensemble's seed and its number."""
        rows = seeds.stream(self.asked.seed, f"bootstrap-{number}").integers(self.count, size=self.count)
        told = f"bootstrap sample {number} of {self.count:,} rows, seed {self.asked.seed}"
        return replace(super().part(number, kept), rows=rows, told=told)
