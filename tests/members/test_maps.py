"""Maps of latent space: the plane of most variance, and how far classes lie apart."""

import numpy as np
import pytest
import torch
from fakes import keep_member, pictures

from ganlab.fusion import load
from ganlab.members import maps


def cloud(seed=0, n=60):
    """Wide along one slanted direction, narrow along another, thin else."""
    rng = np.random.default_rng(seed)
    axes = np.linalg.qr(rng.normal(size=(5, 5)))[0]
    return (rng.normal(size=(n, 5)) * [5, 2, 0.1, 0.1, 0.1]) @ axes.T + 7, axes


def test_the_plane_is_that_of_the_covariances_largest_eigenvectors():
    codes, _ = cloud()
    found = maps.flat(codes)
    values, vectors = np.linalg.eigh(np.cov(codes.T))
    order = np.argsort(values)[::-1][:2]
    assert found.shares == pytest.approx(values[order] / values.sum())
    for axis, place in zip(order, range(2), strict=True):
        by_hand = (codes - codes.mean(0)) @ vectors[:, axis]
        assert np.abs(found.places[:, place]) == pytest.approx(np.abs(by_hand), abs=1e-9)


def test_moving_codes_changes_nothing_and_turning_them_at_most_mirrors():
    codes, axes = cloud()
    found = maps.flat(codes)
    assert maps.flat(codes + 3).places == pytest.approx(found.places)
    assert np.abs(maps.flat(codes @ axes).places) == pytest.approx(np.abs(found.places))
    assert maps.flat(codes[::-1]).places[::-1] == pytest.approx(found.places)


@pytest.mark.parametrize("seed", range(6))
def test_maps_are_never_mirrored(seed):
    codes, _ = cloud(seed)
    for places in maps.flat(codes).places.T:
        axis = np.linalg.lstsq(codes - codes.mean(0), places, rcond=None)[0]
        assert axis[np.abs(axis).argmax()] > 0


def test_codes_that_are_all_alike_lie_on_one_place():
    found = maps.flat(np.ones((4, 3)))
    assert np.abs(found.places).max() == 0
    assert found.shares == (0, 0)


def test_neighbours_by_hand():
    rng = np.random.default_rng(1)
    codes, labels = rng.normal(size=(40, 3)), rng.integers(0, 3, 40)
    shares = []
    for place in range(40):
        others = sorted((np.linalg.norm(codes[place] - codes[other]), other) for other in range(40) if other != place)
        shares += [labels[other] == labels[place] for _, other in others[:5]]
    assert maps.together(codes, labels) == pytest.approx(np.mean(shares))


def test_classes_that_lie_apart_are_together():
    labels = np.arange(30) % 3
    assert maps.together(100 * labels[:, None] + np.random.default_rng(0).normal(size=(30, 4)), labels) == 1


def test_codes_are_the_members_without_its_choice_of_a_class(workspace):
    keep_member("vera", objective="elbo", conditional=True)
    member, images = load("vera"), pictures(150).examples.float() / 127.5 - 1
    codes = maps.codes_of(member, images)
    assert codes.shape == (150, member.walk_dim)
    assert torch.allclose(torch.from_numpy(codes[120]), member.encode(images[120:121])[0, : member.walk_dim], atol=1e-5)
