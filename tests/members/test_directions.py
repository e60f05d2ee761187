"""Principal directions: exact for a linear generator, orthonormal among features, and kept under a name."""

import numpy as np
import pytest
import torch
from fakes import card_for, keep_member, rng, tiny_spec
from torch import nn

from ganlab import seeds
from ganlab.errors import DataError, MemberError, SpecError
from ganlab.fusion import fuse, load
from ganlab.members import directions
from ganlab.members.member import NetworkMember
from ganlab.members.networks import build


@pytest.fixture(autouse=True)
def _own(workspace):
    pass


def linear_member(seed=3):
    """A member whose generator is one product with a random matrix."""
    spec = tiny_spec().resolved()
    layer = nn.Linear(6, 64, bias=True)
    with torch.no_grad():
        layer.weight.normal_(generator=rng(seed))
        layer.bias.normal_(generator=rng(seed + 1))
    return NetworkMember(card_for(spec), {"generator": nn.Sequential(layer, nn.Unflatten(1, (1, 8, 8)))}), layer


def test_of_a_linear_generator_they_are_exactly_its_singular_vectors():
    member, layer = linear_member()
    _, values, right = np.linalg.svd(layer.weight.numpy().astype(float))
    for seed in (0, 1):  # whatever the sample
        found = directions.principal(member, count=6, seed=seed)
        assert np.allclose(np.abs(np.sum(found.axes * right, 1)), 1, atol=1e-5)
        assert np.allclose(found.explained, values**2 / np.sum(values**2), rtol=1e-4)


@pytest.mark.parametrize("network", ["dcgan", "mlp", "resnet", "recurrent"])
def test_features_axes_are_orthonormal_and_explain_what_their_coordinates_vary(network):
    spec = tiny_spec(network=network).resolved()
    member = NetworkMember(card_for(spec), build(spec, rng(0)))
    found = directions.principal(member, count=5, samples=64)
    k = len(found.axes)
    assert found.basis.shape[0] == k
    assert np.allclose(found.basis @ found.basis.T, np.eye(k), atol=1e-4)
    assert np.allclose(np.linalg.norm(found.axes, axis=1), 1, atol=1e-5)
    assert (np.diff(found.explained) <= 1e-9).all()
    assert 0 < found.explained.sum() <= 1 + 1e-9


@pytest.mark.parametrize("features", [7, 300])  # fewer and more than rows
def test_shares_of_variance_and_least_squares_as_printed(features):
    noise = directions.whitened(seeds.standard_normal(50, 4, 0))
    rows = np.tanh(noise @ seeds.standard_normal(4, features, 1)).astype(float)
    axes, explained, basis = directions.axes_of(noise, rows, 3)
    centred = rows - rows.mean(0)
    covariance = np.cov(rows.T, bias=True)
    for axis, share, vector in zip(axes, explained, basis, strict=True):
        assert share == pytest.approx(vector @ covariance @ vector / np.trace(covariance))
        x = centred @ vector
        wanted = np.linalg.lstsq(x[:, None], noise, rcond=None)[0][0]
        assert np.allclose(axis, wanted / np.linalg.norm(wanted), atol=1e-9)


def test_noise_is_white():
    rows = directions.whitened(seeds.standard_normal(40, 5, 2) * 3 + 1)
    assert np.allclose(rows.mean(0), 0, atol=1e-12)
    assert np.allclose(rows.T @ rows / 40, np.eye(5), atol=1e-12)


def test_a_class_is_held_and_fusions_have_none_of_their_own():
    keep_member("clara", conditional=True)
    clara = load("clara")
    assert directions.principal(clara, label=3).axes.shape == (6, 6)
    assert not np.allclose(directions.principal(clara, label=3).axes, directions.principal(clara, label=4).axes)
    with pytest.raises(MemberError, match="no single network"):
        directions.principal(fuse([clara, clara], "mixture"))


def test_a_direction_is_kept_by_name_for_this_member_alone():
    anna, _, _ = keep_member("anna", seed=0)
    berta, _, _ = keep_member("berta", seed=1)
    assert directions.kept(anna.card) == ()
    directions.keep(anna.card, "  thick \n strokes ", [3.0, 0, 0, 4.0, 0, 0])
    directions.keep(anna.card, "slant", [0, 1.0, 0, 0, 0, 0])
    directions.keep(anna.card, "thick strokes", [0, 0, 0, 0, 3.0, 4.0])
    assert [each.name for each in directions.kept(anna.card)] == ["slant", "thick strokes"]
    assert directions.kept(anna.card)[1].axis == (0, 0, 0, 0, 0.6, 0.8)
    assert directions.kept(berta.card) == ()
    directions.drop(anna.card, "slant")
    assert [each.name for each in directions.kept(anna.card)] == ["thick strokes"]


def test_what_is_no_direction_is_refused():
    card = keep_member("anna")[0].card
    with pytest.raises(DataError, match="no direction"):
        directions.keep(card, "nothing", np.zeros(6))
    for name in ("", "x" * 41):
        with pytest.raises(SpecError, match="name"):
            directions.keep(card, name, np.ones(6))
    for number in range(directions.MOST_KEPT):
        directions.keep(card, f"number {number}", np.ones(6))
    with pytest.raises(DataError, match="which is the most"):
        directions.keep(card, "one more", np.ones(6))
    directions._path(card).write_text("{")
    assert directions.kept(card) == ()
