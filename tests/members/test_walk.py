"""Places between latents: ends are reached, lengths are kept, and the plane is the bilinear sum as written down."""

import numpy as np
import pytest

from ganlab import seeds
from ganlab.members import walk

WIDTH = 50  # of noise; two more coordinates choose


def rows(seed, n=3):
    return seeds.standard_normal(n, WIDTH + 2, seed)


def length(z):
    return np.linalg.norm(z[:, :WIDTH].astype(float), axis=1)


CORNERS = [rows(seed) for seed in range(4)]
both = pytest.mark.parametrize("spherical", [True, False])


@both
def test_ways_begin_and_end_at_their_corners(spherical):
    a, b, c, d = CORNERS
    for t, corner in ((0, a), (1, b)):
        assert np.allclose(walk.between(a, b, t, WIDTH, spherical=spherical), corner, atol=1e-5)
    for (x, y), corner in zip([(0, 0), (1, 0), (0, 1), (1, 1)], (a, b, c, d), strict=True):
        assert np.allclose(walk.plane(CORNERS, x, y, WIDTH, spherical=spherical), corner, atol=1e-5)
    assert np.allclose(walk.total(a, b, c, 0, WIDTH, spherical=spherical), a, atol=1e-5)


def test_the_plane_is_the_bilinear_sum_as_printed():
    a, b, c, d = CORNERS
    x, y = 0.3, 0.8
    wanted = (1 - x) * (1 - y) * a + x * (1 - y) * b + (1 - x) * y * c + x * y * d
    assert np.allclose(walk.plane(CORNERS, x, y, WIDTH, spherical=False), wanted, atol=1e-6)


def test_circles_keep_the_length_and_lines_do_not():
    alike = [each / length(each)[:, None] for each in CORNERS]
    for x in (0.2, 0.5, 0.9):
        assert np.allclose(length(walk.between(*alike[:2], x, WIDTH, spherical=True)), 1, atol=1e-5)
        assert np.allclose(length(walk.plane(alike, x, 0.4, WIDTH, spherical=True)), 1, atol=1e-5)
        assert np.allclose(length(walk.total(*alike[:3], x, WIDTH, spherical=True)), 1, atol=1e-5)
    assert (length(walk.between(*alike[:2], 0.5, WIDTH, spherical=False)) < 0.9).all()


def test_a_sum_adds_up_and_leaves_the_choice_to_its_first_term():
    a, b, c, _ = CORNERS
    found = walk.total(a, b, c, 1, WIDTH, spherical=False)
    assert np.allclose(found[:, :WIDTH], (a - b + c)[:, :WIDTH], atol=1e-5)
    assert np.array_equal(found[:, WIDTH:], a[:, WIDTH:])
    assert np.array_equal(a, CORNERS[0])  # nothing was written into the corner


def test_whole_places_of_the_endless_plane_are_seeds():
    for x, y, seed in ((0, 0, 0), (3, 0, 3), (2, 5, 502)):
        assert walk.seed_at(x, y) == seed
        assert np.array_equal(walk.endless(rows, x, y), rows(seed))


def test_the_endless_plane_keeps_the_length_of_unlike_seeds_and_tears_nowhere():
    def lonely(seed):  # latents at right angles
        return np.eye(300)[[seed]]

    for x, y in ((0.5, 0), (0.2, 0.7), (1.5, 1.5)):
        assert np.linalg.norm(walk.endless(lonely, x, y)) == pytest.approx(1, abs=1e-6)
    u, v = 0.2, 0.7
    by_hand = (1 - u) * (1 - v) * rows(0) + u * (1 - v) * rows(1) + (1 - u) * v * rows(100) + u * v * rows(101)
    norm = ((1 - u) * (1 - v)) ** 2 + (u * (1 - v)) ** 2 + ((1 - u) * v) ** 2 + (u * v) ** 2
    assert np.allclose(walk.endless(rows, u, v), by_hand / norm**0.5, atol=1e-6)
    assert np.abs(walk.endless(rows, 2 - 1e-6, 0.5) - walk.endless(rows, 2 + 1e-6, 0.5)).max() < 1e-4


@pytest.mark.parametrize("kind", walk.KINDS)
@pytest.mark.parametrize("how", walk.TOURS)
def test_tours_stay_where_there_is_something_and_do_not_jump(kind, how):
    places = walk.tour(kind, how, 120, seed=4, centre=(0.5, 2.0))
    assert places.shape == (120, 2)
    assert (places >= -1e-12).all()
    if kind != "seeds":
        assert places.max() <= 1 + 1e-12
    if how != "once":  # they close
        places = np.concatenate([places, places[:1]])
    steps = np.linalg.norm(np.diff(places, axis=0), axis=1)
    assert steps.max() < 6 * steps.mean() + 1e-9
    assert np.array_equal(places[:120], walk.tour(kind, how, 120, seed=4, centre=(0.5, 2.0)))


def test_tours_visit_the_corners_and_begin_where_one_stands():
    loop = walk.tour("plane", "loop", 40).tolist()
    assert [corner in loop for corner in ([0, 0], [1, 0], [0, 1], [1, 1])] == [True] * 4
    assert walk.tour("line", "once", 5)[:, 0].tolist() == [0, 0.25, 0.5, 0.75, 1]
    for how in walk.TOURS:
        assert np.allclose(walk.tour("seeds", how, 9, centre=(3.5, 7.0))[0], (3.5, 7.0))
    assert not np.array_equal(walk.tour("plane", "random", 9, seed=1), walk.tour("plane", "random", 9, seed=2))
