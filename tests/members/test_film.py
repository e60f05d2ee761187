"""Films and sheets: the frames are in them, and so is the recipe."""

import io

import av
import numpy as np
import pytest
from PIL import Image, ImageSequence

from ganlab.images import png
from ganlab.members import film

RECIPE = {"members": ["anna"], "note": "读" * 300}  # longer than one block of a GIF's comment
FRAMES = [np.full((9, 11, 1), 40 * place, np.uint8) for place in range(5)]
COLOURS = [np.dstack([frame, 255 - frame, frame // 2]) for frame in FRAMES]


def shown(data):
    """All frames of a GIF or an MP4 as RGB arrays, and frames a second."""
    if data[:3] == b"GIF":
        with Image.open(io.BytesIO(data)) as image:
            return [np.array(each.convert("RGB")) for each in ImageSequence.Iterator(image)], 1000 / image.info[
                "duration"
            ]
    with av.open(io.BytesIO(data)) as container:
        stream = container.streams.video[0]
        return [each.to_ndarray(format="rgb24") for each in container.decode(stream)], float(stream.average_rate)


@pytest.mark.parametrize("make", [film.gif, film.mp4])
@pytest.mark.parametrize("frames", [FRAMES, COLOURS], ids=["grey", "colour"])
def test_a_film_shows_its_frames_in_time(make, frames):
    found, rate = shown(make(frames, 10, RECIPE))
    assert rate == pytest.approx(10)
    assert len(found) == 5
    for own, frame in zip(found, frames, strict=True):
        large = film.enlarged(frame)
        assert abs(own.shape[0] - large.shape[0]) <= 1  # H.264 has even sides
        assert min(own.shape[:2]) >= 320
        middle = own[own.shape[0] // 2, own.shape[1] // 2].astype(int)
        assert np.abs(middle - large[large.shape[0] // 2, large.shape[1] // 2]).max() <= 6


def test_a_sheet_shows_frames_evenly_chosen():
    many = [np.full((4, 4, 1), place, np.uint8) for place in range(100)]
    with Image.open(io.BytesIO(film.sheet(many, 100, RECIPE))) as image:
        levels = sorted({level for level in np.array(image)[::7, ::7].ravel().tolist() if level != 128})
    assert levels == np.linspace(0, 99, film.ON_A_SHEET).round().astype(int).tolist()


def test_the_recipe_comes_out_of_each():
    for data in (film.sheet(FRAMES, 5, RECIPE), film.gif(FRAMES, 10, RECIPE), film.mp4(FRAMES, 10, RECIPE)):
        assert '"members": ["anna"]' in film.recipe_in(data)
        assert len(film.recipe_in(data)) > 1800


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"....ftypisom", png(FRAMES[0]), b"\x89PNG\r\n\x1a\n" + b"0" * 50])
def test_what_carries_no_recipe_gives_none(data):
    assert film.recipe_in(data) is None


def test_large_frames_are_left_as_they_are():
    assert film.enlarged(np.zeros((400, 1000, 1), np.uint8)).shape == (400, 1000, 1)
    assert film.enlarged(np.zeros((28, 28, 3), np.uint8)).shape == (336, 336, 3)
    assert max(film.enlarged(np.zeros((10, 900, 1), np.uint8)).shape) <= 1920
