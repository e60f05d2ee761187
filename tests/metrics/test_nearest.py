"""The nearest real pictures, against a telling pair by pair."""

import numpy as np
import pytest
import torch
from fakes import rng

from ganlab.metrics.nearest import nearest


def by_hand(image, real):
    """The formula as printed, of one picture [H, W, C] and one real one [C, H, W]."""
    total = 0
    for (y, x, c), value in np.ndenumerate(image):
        total += (int(value) - int(real[c, y, x])) ** 2
    return (total / image.size) ** 0.5


def test_agrees_with_the_formula_and_sorts(monkeypatch):
    monkeypatch.setattr("ganlab.metrics.nearest._ROWS", 7)  # so that several parts are joined
    real = torch.randint(0, 256, (20, 3, 4, 4), dtype=torch.uint8, generator=rng(0))
    images = torch.randint(0, 256, (3, 4, 4, 3), dtype=torch.uint8, generator=rng(1)).numpy()
    images[1] = real[13].permute(1, 2, 0).numpy()
    rows, errors = nearest(images, real, 4)
    for image, found, told in zip(images, rows, errors, strict=True):
        wanted = sorted((by_hand(image, each), place) for place, each in enumerate(real.numpy()))[:4]
        assert found.tolist() == [place for _, place in wanted]
        assert told == pytest.approx([error for error, _ in wanted])
    assert (rows[1, 0], errors[1, 0]) == (13, 0)  # a copy
    assert nearest(images, real, 99)[0].shape == (3, 20)
