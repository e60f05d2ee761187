"""Maps of latents and the way back: exact on the plane, near the neighbours elsewhere."""

import numpy as np
import pytest

from ganlab import seeds
from ganlab.members import maps
from ganlab.members.atlas import atlas


def codes(n=60, d=8, seed=0):
    return seeds.standard_normal(n, d, seed) * np.array([5, 3, *[0.1] * (d - 2)], np.float32) + 2


def test_the_plane_leads_to_the_codes_on_it_and_back():
    rows = codes()
    made = atlas(rows, "pca")
    assert np.allclose(made.places, maps.flat(rows).places)
    assert np.allclose(made.axes @ made.axes.T, np.eye(2), atol=1e-6)
    assert made.at(0, 0) == pytest.approx(rows.mean(0), abs=1e-4)
    place = made.places[7]
    back = (made.at(*place) - rows.mean(0)) @ made.axes.T
    assert back == pytest.approx(place, abs=1e-4)
    # A code that lies in the plane comes back whole.
    flat = rows.mean(0) + made.places @ made.axes
    again = atlas(flat.astype(np.float32), "pca")
    assert again.at(*again.places[3]) == pytest.approx(flat[3], abs=1e-4)


def test_neighbours_stay_together_and_a_place_means_the_codes_around_it():
    rows = np.concatenate([codes(40, seed=1) * 0.1, codes(40, seed=2) * 0.1 + 30])
    made = atlas(rows, "tsne")
    assert made.places.shape == (80, 2)
    assert np.array_equal(made.places, atlas(rows, "tsne").places)
    first, second = made.places[:40].mean(0), made.places[40:].mean(0)
    assert (np.linalg.norm(made.places[:40] - first, axis=1) < np.linalg.norm(made.places[:40] - second, axis=1)).all()
    for row in (0, 50):
        assert made.nearest(*made.places[row]) == row
        assert np.linalg.norm(made.at(*made.places[row]) - rows[row]) < np.linalg.norm(rows[row]) * 0.05
    lengths = np.linalg.norm(rows, axis=1)
    assert lengths.min() - 1e-3 <= np.linalg.norm(made.at(*first)) <= lengths.max() + 1e-3


def test_places_can_be_those_of_something_else():
    noise, pixels = seeds.standard_normal(30, 5, 3), codes(30, 12, seed=4)
    made = atlas(noise, "pca", by=pixels)
    assert np.allclose(made.places, maps.flat(pixels).places)
    assert made.axes is None
    assert made.at(*made.places[4]) == pytest.approx(noise[4], rel=0.05, abs=0.05)
