import io
import json

import numpy as np
import pytest
import torch
from PIL import Image

from ganlab.images import grid, png, to_uint8


@pytest.mark.parametrize(
    ("value", "level"),
    [(-1, 0), (1, 255), (0, 128), (-2, 0), (7, 255), (-1 + 0.49 / 127.5, 0), (-1 + 0.51 / 127.5, 1), (0.5, 191)],
)
def test_known_values(value, level):
    assert to_uint8(torch.full((1, 1, 1, 1), float(value))).item() == level


def test_all_256_levels_survive_the_way_in_and_out():
    levels = torch.arange(256, dtype=torch.uint8).reshape(1, 1, 16, 16)
    inside = levels.float().div(127.5).sub(1)  # as batches are scaled
    assert np.array_equal(to_uint8(inside)[0, :, :, 0], levels[0, 0].numpy())


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.float16])
def test_channels_go_last_and_nothing_is_shared(dtype):
    images = torch.linspace(-1, 1, 2 * 3 * 2 * 4).reshape(2, 3, 2, 4).to(dtype).requires_grad_()
    out = to_uint8(images)
    assert (out.shape, out.dtype, out.flags.c_contiguous) == ((2, 2, 4, 3), np.uint8, True)
    for n, c, y, x in np.ndindex(2, 3, 2, 4):
        # half a level of rounding, and half precision's own
        assert abs(out[n, y, x, c] - (images[n, c, y, x].item() + 1) * 127.5) <= 0.51


@pytest.mark.parametrize("gap", [0, 1, 3])
@pytest.mark.parametrize(
    ("n", "columns", "laid"), [(5, 3, (2, 3)), (4, None, (2, 2)), (3, 8, (1, 3)), (7, None, (3, 3))]
)
def test_every_pixel_of_a_grid_is_a_picture_or_grey(n, columns, laid, gap):
    images = np.random.Generator(np.random.PCG64(0)).integers(0, 100, (n, 2, 3, 3), np.uint8)
    sheet = grid(images, columns, gap)
    rows, across = laid
    assert sheet.shape == (rows * (2 + gap) - gap, across * (3 + gap) - gap, 3)
    for y, x, c in np.ndindex(sheet.shape):
        (row, inner_y), (column, inner_x) = divmod(y, 2 + gap), divmod(x, 3 + gap)
        index = row * across + column
        inside = inner_y < 2 and inner_x < 3 and index < n
        assert sheet[y, x, c] == (images[index, inner_y, inner_x, c] if inside else 128)


@pytest.mark.parametrize("channels", [1, 3])
def test_a_png_reads_back_with_its_recipe(channels):
    sheet = np.random.Generator(np.random.PCG64(1)).integers(0, 256, (5, 7, channels), np.uint8)
    recipe = {"members": ["anna", "otto"], "weights": [0.25, 0.75], "note": "é 字"}
    with Image.open(io.BytesIO(png(sheet, recipe))) as read:
        assert (read.format, read.mode) == ("PNG", "L" if channels == 1 else "RGB")
        assert np.array_equal(np.asarray(read).reshape(sheet.shape), sheet)
        assert json.loads(read.text["ganlab"]) == recipe


def test_a_png_without_a_recipe_has_no_text():
    with Image.open(io.BytesIO(png(np.zeros((2, 2, 1), np.uint8)))) as read:
        assert read.text == {}
