"""Acceptance: laws of what is kept, by exact ratios of small discrete laws."""

import numpy as np
import pytest
from scipy.stats import chisquare

from ganlab.errors import FusionError
from ganlab.fusion.selection import ACCEPTANCES
from ganlab.fusion.selection.accept import NOBODY
from ganlab.fusion.selection.ratio import Known

DRAWN, REAL = np.array([0.4, 0.3, 0.2, 0.1]), np.array([0.1, 0.2, 0.3, 0.4])  # of four pictures
ONE_BY_ONE = ("rejection", "soft_rejection")
UNLIKELY = 1e-4  # a right law fails once in ten thousand seeds; the seeds here are fixed


def known(ratios=REAL / DRAWN, n=4_000):
    rng = np.random.default_rng(9)
    return Known(*(ratios[rng.choice(4, n, p=law)] for law in (REAL, DRAWN)))


def kept(name, n, cost, ratios=REAL / DRAWN, seed=1):
    """Which of the pictures 0 to 3 are kept, and how many candidates that took."""
    accept, rng = ACCEPTANCES[name].load(), np.random.default_rng(seed)
    lot, found, drawn = accept.lot(cost), np.full(n, -1), 0
    for _ in range(accept.lots(cost)):
        waiting = np.flatnonzero(found < 0)
        candidates = rng.choice(4, (len(waiting), lot), p=DRAWN)
        drawn += candidates.size
        places = accept.keep(ratios[candidates], rng.random((len(waiting), 2 * lot + 1)), known(ratios), cost)
        rows = places != NOBODY
        found[waiting[rows]] = candidates[rows, places[rows]]
    return found[found >= 0], drawn


def likely(pictures, law):
    return chisquare(np.bincount(pictures, minlength=4), law * len(pictures)).pvalue > UNLIKELY


@pytest.mark.parametrize("name", ONE_BY_ONE)
def test_a_known_ratio_gives_the_real_law(name):
    found, drawn = kept(name, 8_000, 10)
    assert likely(found, REAL)
    assert not likely(found, DRAWN)
    # The largest ratio is 4, so that one of four passes: what is exact already costs no more.
    assert drawn / len(found) == pytest.approx(4, rel=0.05)


def test_a_long_chain_gives_the_real_law_and_a_short_one_does_not():
    assert likely(kept("metropolis_hastings", 10_000, 40)[0], REAL)
    assert not likely(kept("metropolis_hastings", 40_000, 1)[0], REAL)


def test_the_best_of_two_is_the_one_with_the_larger_ratio():
    up_to = np.cumsum(DRAWN)  # ratios rise with the picture's number
    assert likely(kept("best_of", 20_000, 2)[0], np.diff(up_to**2, prepend=0))


@pytest.mark.parametrize("name", ACCEPTANCES.names)
@pytest.mark.parametrize("cost", [1, 4])
def test_a_perfect_generator_stays_as_it_is(name, cost):
    assert likely(kept(name, 20_000, cost, np.ones(4))[0], DRAWN)


@pytest.mark.parametrize("name", ACCEPTANCES.names)
def test_at_a_cost_of_one_all_are_kept(name):
    found, drawn = kept(name, 1_000, 1)
    assert len(found) == drawn == 1_000


@pytest.mark.parametrize("name", ACCEPTANCES.names)
@pytest.mark.parametrize("cost", [2, 3])
def test_a_cost_is_kept_to(name, cost):
    found, drawn = kept(name, 20_000, cost)
    assert len(found) > 0.97 * 20_000  # one of fifty waits in vain
    assert drawn / 20_000 == pytest.approx(cost, rel=0.05)


@pytest.mark.parametrize("name", ACCEPTANCES.names)
def test_a_picture_depends_on_no_other(name):
    """Nor does which place it has among them, so that a latent is a picture."""
    accept, rng = ACCEPTANCES[name].load(), np.random.default_rng(0)
    ratios, chances = rng.exponential(size=(60, 4)), rng.random((60, 9))
    lot, order = accept.lot(4), rng.permutation(60)
    together = accept.keep(ratios[:, :lot], chances, known(), 4)
    np.testing.assert_array_equal(accept.keep(ratios[order, :lot], chances[order], known(), 4), together[order])
    alone = [accept.keep(ratios[[row], :lot], chances[[row]], known(), 4)[0] for row in range(60)]
    np.testing.assert_array_equal(alone, together)


@pytest.mark.parametrize("name", [*ONE_BY_ONE, "metropolis_hastings"])
def test_what_looks_like_no_real_picture_is_not_kept_where_others_are(name):
    ratios = np.array([0.0, 1.0, 1.0, 4.0])
    assert 0 not in kept(name, 4_000, 50, ratios)[0]


@pytest.mark.parametrize("name", ACCEPTANCES.names)
def test_drawn_pictures_that_are_nothing_like_real_ones_are_refused(name):
    with pytest.raises(FusionError, match="nothing could be selected"):
        ACCEPTANCES[name].load().keep(np.ones((2, 4)), np.ones((2, 9)), known(np.zeros(4)), 4)
