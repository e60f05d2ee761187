"""What is drawn by hand becomes a picture as those of MNIST were made."""

import math
from itertools import pairwise

import numpy as np
import pytest

from ganlab.data.sketch import FILL, sketched

SEVEN = [[(0.3, 0.2), (0.7, 0.22), (0.45, 0.8)], [(0.4, 0.5), (0.6, 0.5)]]
ONE = [[(0.5, 0.1), (0.52, 0.9)]]


def moved(strokes, scale, right, down):
    return [[(scale * x + right, scale * y + down) for x, y in stroke] for stroke in strokes]


def centre(image):
    """Of mass, (x, y) in pixels from the top left corner."""
    ink = image[:, :, 0].astype(float)
    places = np.arange(len(ink)) + 0.5
    return (ink.sum(0) @ places) / ink.sum(), (ink.sum(1) @ places) / ink.sum()


def by_hand(strokes, side, half, edge):
    """Pixel by pixel: how far its middle is from the nearest of many dots along the lines, in pixels."""
    dots = []
    for stroke in strokes:
        for (x0, y0), (x1, y1) in pairwise(stroke):
            dots += [(x0 + (x1 - x0) * i / 2000, y0 + (y1 - y0) * i / 2000) for i in range(2001)]
    picture = np.zeros((side, side))
    for row in range(side):
        for column in range(side):
            nearest = min(math.hypot(column + 0.5 - x, row + 0.5 - y) for x, y in dots)
            picture[row, column] = 255 * min(1, max(0, 0.5 + (half - nearest) / edge))
    return picture


def test_a_cross_is_drawn_as_by_hand():
    # Symmetric, so that it stands where its box does: 20 pixels less the pen's 2.5 from end to end.
    cross = [[(0.2, 0.5), (0.8, 0.5)], [(0.5, 0.2), (0.5, 0.8)]]
    reach = (20 - 2.5) / 2
    placed = [[(14 - reach, 14), (14 + reach, 14)], [(14, 14 - reach), (14, 14 + reach)]]
    assert np.abs(sketched(cross)[:, :, 0] - by_hand(placed, 28, 1.25, 1.4)).max() <= 1


@pytest.mark.parametrize("strokes", [SEVEN, ONE, [[(0.9, 0.9)]]])
@pytest.mark.parametrize(("side", "fill"), [(28, FILL), (8, 1.0)])
def test_its_mass_is_in_the_middle_and_it_is_not_larger_than_its_box(strokes, side, fill):
    image = sketched(strokes, side, fill)
    assert image.shape == (side, side, 1)
    assert image.dtype == np.uint8
    assert centre(image) == pytest.approx((side / 2, side / 2), abs=0.2)
    inked = np.argwhere(image[:, :, 0] > image.max() / 2)
    assert (np.ptp(inked, axis=0) + 1).max() <= round(side * fill) + 1


def test_where_and_how_large_somebody_draws_changes_nothing():
    image = sketched(SEVEN)
    other = sketched(moved(SEVEN, 0.5, 0.4, 0.05))
    assert np.abs(image.astype(int) - other).max() <= 1


def test_tall_or_wide_it_keeps_its_shape():
    inked = np.argwhere(sketched(ONE)[:, :, 0] > 127)
    height, width = np.ptp(inked, axis=0) + 1
    assert height == 20
    assert width <= 4


@pytest.mark.parametrize("strokes", [[], [[]]])
def test_an_empty_sheet_is_no_picture(strokes):
    assert sketched(strokes) is None
