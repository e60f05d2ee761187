import numpy as np
import torch

from ganlab.images import grid, to_uint8
from ganlab.members.sheet import amount, reach_of, sheet

WHITE = 250


def test_images_are_a_plain_grid():
    images = torch.rand(5, 3, 4, 6) * 2 - 1
    assert (sheet(images, 3) == grid(to_uint8(images), 3)).all()
    assert reach_of(images) is None
    assert amount((1, 8, 8), 16) == 16


def test_points_are_asked_for_by_the_dozen():
    assert amount((2,), 16) == 1024


def test_a_heap_of_points_is_a_white_spot_where_it_lies():
    points = torch.tensor([[0.5, 0.8]]).repeat(50, 1)
    drawn = sheet(points, reach=1.0)[:, :, 0]
    rows, columns = np.nonzero(drawn > WHITE)
    side = len(drawn)
    assert abs(columns.mean() / side - 0.75) < 0.01  # x = 0.5 of -1 to 1
    assert abs(rows.mean() / side - 0.1) < 0.01  # y = 0.8: near the top
    assert (rows.max() - rows.min(), columns.max() - columns.min()) <= (2, 2)


def test_points_outside_or_not_finite_are_left_out():
    empty = sheet(torch.zeros(0, 2), reach=1.0)
    strange = torch.tensor([[2.0, 0.0], [float("nan"), 0.0], [float("inf"), 0.0]])
    assert (sheet(strange, reach=1.0) == empty).all()


def test_reach_is_one_round_number_for_all_that_is_compared():
    near, far = torch.full((200, 2), 0.9), torch.full((200, 2), -3.9)
    assert reach_of(near) == 1.25
    assert reach_of(near, far) == 4
    assert reach_of(far * 100) == 400
    assert reach_of(torch.full((3, 2), float("nan"))) == 1.25


def test_one_stray_point_does_not_shrink_the_picture():
    points = torch.full((1000, 2), 0.9)
    points[0] = 80
    assert reach_of(points) == 1.25
