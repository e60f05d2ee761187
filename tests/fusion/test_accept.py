"""Acceptance: laws of what is kept, by exact ratios of small discrete laws."""

import numpy as np
import pytest
from scipy.stats import chisquare

from ganlab.errors import FusionError
from ganlab.fusion.selection import ACCEPTANCES
from ganlab.fusion.selection.ratio import Known

DRAWN, REAL = np.array([0.4, 0.3, 0.2, 0.1]), np.array([0.1, 0.2, 0.3, 0.4])  # of four pictures
EXACT = ("rejection", "soft_rejection")
UNLIKELY = 1e-4  # a right law fails once in ten thousand seeds; the seeds here are fixed


def known(ratios=REAL / DRAWN, n=4_000):
    rng = np.random.default_rng(9)
    return Known(*(ratios[rng.choice(4, n, p=law)] for law in (REAL, DRAWN)))


def stream(n, cost, seed=0, blocks=8):
    """Pictures 0 to 3 as candidates, in blocks of whole groups."""
    size = -(-n // blocks // cost) * cost
    rng = np.random.default_rng(seed)
    return [rng.choice(4, size, p=DRAWN) for _ in range(blocks)]


def kept(name, blocks, cost, ratios=REAL / DRAWN, seed=1):
    accept = ACCEPTANCES[name].load()
    places = accept((ratios[block] for block in blocks), known(ratios), cost, np.random.default_rng(seed))
    return [block[each] for block, each in zip(blocks, places, strict=True)]


def likely(pictures, law):
    return chisquare(np.bincount(pictures, minlength=4), law * len(pictures)).pvalue > UNLIKELY


@pytest.mark.parametrize("name", EXACT)
def test_a_known_ratio_gives_the_real_law(name):
    found = np.concatenate(kept(name, stream(80_000, 10), 10))
    assert likely(found, REAL)
    assert not likely(found, DRAWN)
    # The largest ratio is 4, so that one of four passes: what is exact already costs no more.
    assert 80_000 / len(found) == pytest.approx(4, rel=0.05)


def test_a_long_chain_gives_the_real_law_and_a_short_one_does_not():
    assert likely(np.concatenate(kept("metropolis_hastings", stream(400_000, 40), 40)), REAL)
    assert not likely(np.concatenate(kept("metropolis_hastings", stream(40_000, 1), 1)), REAL)


def test_the_best_of_two_is_the_one_with_the_larger_ratio():
    found = np.concatenate(kept("best_of", stream(40_000, 2), 2))
    up_to = np.cumsum(DRAWN)  # ratios rise with the picture's number
    assert likely(found, np.diff(up_to**2, prepend=0))


@pytest.mark.parametrize("name", ACCEPTANCES.names)
@pytest.mark.parametrize("cost", [1, 4])
def test_a_perfect_generator_stays_as_it_is(name, cost):
    assert likely(np.concatenate(kept(name, stream(40_000, cost), cost, np.ones(4))), DRAWN)


@pytest.mark.parametrize("name", ACCEPTANCES.names)
def test_at_a_cost_of_one_all_are_kept(name):
    blocks = stream(1_000, 1)
    assert [len(each) for each in kept(name, blocks, 1)] == [len(each) for each in blocks]


@pytest.mark.parametrize("name", ACCEPTANCES.names)
@pytest.mark.parametrize("cost", [2, 3])
def test_a_cost_is_kept_to(name, cost):
    found = kept(name, stream(60_000, cost), cost)
    assert 60_000 / sum(map(len, found)) == pytest.approx(cost, rel=0.05)


@pytest.mark.parametrize("name", ACCEPTANCES.names)
def test_what_is_kept_depends_on_no_later_block(name):
    blocks = stream(4_000, 4)
    first = kept(name, blocks[:3], 4)
    for mine, theirs in zip(first, kept(name, blocks, 4), strict=False):
        np.testing.assert_array_equal(mine, theirs)


@pytest.mark.parametrize("name", ACCEPTANCES.names)
def test_a_seed_is_a_choice(name):
    blocks = stream(4_000, 4)
    same = [np.concatenate(kept(name, blocks, 4, seed=seed)) for seed in (1, 1, 2)]
    np.testing.assert_array_equal(same[0], same[1])
    assert name == "best_of" or not np.array_equal(same[0], same[2])


@pytest.mark.parametrize("name", [*EXACT, "metropolis_hastings"])
def test_what_looks_like_no_real_picture_is_not_kept_where_others_are(name):
    ratios = np.array([0.0, 1.0, 1.0, 4.0])
    assert 0 not in np.concatenate(kept(name, stream(40_000, 50), 50, ratios))


@pytest.mark.parametrize("name", ACCEPTANCES.names)
def test_drawn_pictures_that_are_nothing_like_real_ones_are_refused(name):
    with pytest.raises(FusionError, match="nothing could be selected"):
        next(ACCEPTANCES[name].load()([np.ones(8)], known(np.zeros(4)), 4, np.random.default_rng(0)))
