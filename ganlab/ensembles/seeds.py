"""Independent seeds: the same training K times, from seeds s, s + 1, ..., s + K - 1.

    p(x) = 1/K sum_k p_k(x)

First weights, noise and the order of batches differ, all else is alike ("deep ensembles", Lakshminarayanan et al.
2017, arXiv:1612.01474).  Members of one recipe tend to fail in the same way: the mixture covers little more than each
of them, and is the fair control for every other method.
"""

from ganlab.ensembles.method import Method


class Seeds(Method):
    """All rows for all members."""
