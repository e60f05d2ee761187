import numpy as np
import pytest

from ganlab.metrics.energy import energy_distance


def by_hand(x, y):
    """Pair by pair."""

    def mean(pairs):
        return sum(float(np.linalg.norm(a - b)) for a, b in pairs) / len(pairs)

    within = [[(a, b) for i, a in enumerate(s) for j, b in enumerate(s) if i != j] for s in (x, y)]
    return 2 * mean([(a, b) for a in x for b in y]) - mean(within[0]) - mean(within[1])


def rows(n, seed, shift=0.0):
    return np.random.default_rng(seed).normal(shift, 1, (n, 2))


def test_agrees_with_the_paper():
    x, y = rows(5, 1), rows(9, 2)
    assert energy_distance(x, y) == pytest.approx(by_hand(x, y), rel=1e-12)


def test_it_is_about_nothing_for_one_law_and_grows_with_the_shift():
    """Its spread at 500 rows of two numbers is about 0.005."""
    near, far, further = (energy_distance(rows(500, 1), rows(500, 2, shift)) for shift in (0, 1, 3))
    assert abs(near) < 0.02
    assert 0.3 < far < further
    assert energy_distance(rows(50, 1), rows(60, 2)) == pytest.approx(energy_distance(rows(60, 2), rows(50, 1)))
