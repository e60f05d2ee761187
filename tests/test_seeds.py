from math import acos, sin, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganlab import seeds

seed_numbers = st.integers(0, 2**63 - 1)


@given(seed_numbers, st.integers(0, 12), st.integers(0, 12), st.integers(1, 9))
def test_a_row_does_not_depend_on_how_many_are_drawn(seed, few, more, width):
    few, more = sorted((few, more))
    rows = seeds.standard_normal(more, width, seed)
    assert rows.shape == (more, width)
    assert rows.dtype == np.float32
    assert np.array_equal(seeds.standard_normal(few, width, seed), rows[:few])


@given(seed_numbers, seed_numbers)
def test_another_seed_or_purpose_is_another_stream(one, other):
    rows = seeds.standard_normal(4, 3, one)
    assert np.array_equal(rows, seeds.standard_normal(4, 3, one, "latents"))
    assert not np.array_equal(rows, seeds.standard_normal(4, 3, one, "coins"))
    assert (one == other) == np.array_equal(rows, seeds.standard_normal(4, 3, other))


def test_rows_are_standard_normal_and_streams_are_uncorrelated():
    n = 40_000
    a, b = seeds.standard_normal(n, 1, 7)[:, 0], seeds.standard_normal(n, 1, 7, "coins")[:, 0]
    four = 4 / sqrt(n)  # four standard errors of a mean or a correlation
    assert abs(a.mean()) < four
    assert abs((a**2).mean() - 1) < four * sqrt(2)  # the variance of a squared normal is 2
    assert abs((a**4).mean() - 3) < four * sqrt(96)  # E a^8 - 9 = 105 - 9
    assert abs(np.corrcoef(a, b)[0, 1]) < four


def test_the_first_latents_of_a_seed_stay_what_they_are():
    """Pictures of a seed are quoted in links and papers: these rows were drawn in 2026 and must not move."""
    rows = [[-1.9056975, -0.03530563, 0.02934942], [1.6707609, -1.0614642, 0.31790894]]
    assert seeds.standard_normal(2, 3, 5) == pytest.approx(np.array(rows), rel=1e-6)  # as many digits as printed


@pytest.mark.usefixtures("global_chance")
def test_no_global_stream_is_touched():
    seeds.standard_normal(5, 5, 1)


def slerp_by_hand(a, b, t, width=None):
    """Shoemake 1985, page 247, for one pair of rows in plain numbers."""
    head_a, head_b = a[:width], b[:width]
    dot = sum(x * y for x, y in zip(head_a, head_b, strict=True))
    angle = acos(dot / (sqrt(sum(x * x for x in head_a)) * sqrt(sum(y * y for y in head_b))))
    left, right = sin((1 - t) * angle) / sin(angle), sin(t * angle) / sin(angle)
    return [left * x + right * y for x, y in zip(a, b, strict=True)]


@pytest.mark.parametrize("width", [None, 3])
@pytest.mark.parametrize("t", [0.0, 0.1, 0.5, 0.9, 1.0])
def test_slerp_agrees_with_the_paper(t, width):
    a, b = seeds.standard_normal(6, 5, 1), seeds.standard_normal(6, 5, 2)
    wanted = [slerp_by_hand(x.tolist(), y.tolist(), t, width) for x, y in zip(a, b, strict=True)]
    # rounded to float32 once, at the end: half a unit in the last place of values below 4
    assert seeds.slerp(a, b, t, width) == pytest.approx(np.array(wanted), rel=6e-8, abs=3e-7)


@given(seed_numbers, st.integers(2, 20))
def test_the_walk_starts_and_ends_where_it_should(seed, width):
    a, b = seeds.standard_normal(3, width, seed), seeds.standard_normal(3, width, seed, "other end")
    assert np.array_equal(seeds.slerp(a, b, 0), a)
    assert np.array_equal(seeds.slerp(a, b, 1), b)


@given(seed_numbers, st.floats(0, 1))
def test_rows_of_one_length_keep_it_on_the_way(seed, t):
    a, b = seeds.standard_normal(4, 8, seed), seeds.standard_normal(4, 8, seed, "other end")
    a, b = (rows / np.linalg.norm(rows, axis=1, keepdims=True) * 3 for rows in (a, b))
    # float32 inputs are of length 3 within 1e-6 relative; the sine of the angle is not tiny in eight dimensions
    assert np.linalg.norm(seeds.slerp(a, b, t), axis=1) == pytest.approx(3, rel=1e-5)


def test_rows_on_one_line_are_walked_straight():
    a = np.array([[1, 2], [1, 2], [1, 2], [0, 0]], np.float32)
    b = np.array([[3, 6], [1, 2], [-1, -2], [0, 0]], np.float32)
    assert seeds.slerp(a, b, 0.25) == pytest.approx(np.float32([[1.5, 3], [1, 2], [0.5, 1], [0, 0]]))


def test_coordinates_beyond_the_width_follow_with_the_same_factors():
    a, b = seeds.standard_normal(3, 4, 1), seeds.standard_normal(3, 4, 2)
    wide = seeds.slerp(np.c_[a, a[:, :1]], np.c_[b, b[:, :1]], 0.3, width=4)
    assert np.array_equal(wide[:, :4], seeds.slerp(a, b, 0.3))
    assert np.array_equal(wide[:, 4], wide[:, 0])
