"""One picture from a visitor: turned, made small, bounded, and refused with one sentence."""

import io

import numpy as np
import pytest
from PIL import Image

from ganlab.data import pictures
from ganlab.errors import DataError


def encoded(kind="PNG", size=(40, 20), mode="RGB", colour=(200, 100, 50), **options):
    buffer = io.BytesIO()
    image = Image.new(mode, size, colour)
    image.paste((0,) * len(image.getbands()) if mode != "L" else 0, (0, 0, 5, size[1]))  # a dark left edge
    image.save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", pictures.FORMATS)
def test_pictures_of_every_kind_become_those_of_a_set(kind):
    found = pictures.picture(encoded(kind), 16, 3)
    assert found.shape == (16, 16, 3)
    assert found.dtype == np.uint8
    assert np.abs(found[8, 12].astype(int) - (200, 100, 50)).max() < 12
    assert pictures.picture(encoded(kind), 16, 1).shape == (16, 16, 1)


def test_a_photograph_stands_as_it_was_taken():
    exif = Image.Exif()
    exif[0x0112] = 6  # turned a quarter by the camera: what was left is shown above
    found = pictures.picture(encoded("JPEG", size=(20, 20), exif=exif, quality=95), 20, 1)
    assert found[1, 10, 0] < 60 < found[10, 1, 0]


@pytest.mark.parametrize("data", [b"", b"no picture", encoded("GIF", mode="L", colour=9), encoded()[:60]])
def test_what_cannot_be_read_is_said(data):
    with pytest.raises(DataError, match="give a PNG, JPEG or WebP"):
        pictures.picture(data, 8, 1)


def test_a_picture_too_large_is_not_decoded(monkeypatch):
    monkeypatch.setattr(pictures, "MOST_PIXELS", 799)
    with pytest.raises(DataError, match="40x20 pixels; at most 799"):
        pictures.picture(encoded(), 8, 1)
