from math import exp

import pytest
import torch
from fakes import rng

from ganlab.networks.layers import Maxout, MinibatchDiscrimination, SeededDropout, seeded_dropout


def dropped(p, x, seed=0):
    layer = SeededDropout(p)
    layer.rng = rng(seed)
    return layer(x)


@pytest.mark.parametrize("p", [0.1, 0.3, 0.5, 0.9])
def test_a_share_of_p_is_dropped_and_the_rest_scaled_up(p):
    n = 100_000
    out = dropped(p, torch.full((n,), 2.0))
    kept = out[out != 0]
    assert kept.unique().tolist() == pytest.approx([2 / (1 - p)], rel=1e-6)
    # five standard errors of a share; p itself is rounded to 1 / 65,536
    assert 1 - len(kept) / n == pytest.approx(p, abs=5 * (p * (1 - p) / n) ** 0.5 + 2**-17)


def test_almost_all_is_almost_all():
    """A share so close to 1 that it rounds to 1 must not turn over into 0."""
    assert (dropped(1 - 1e-9, torch.ones(20_000)) != 0).sum() <= 5


def test_neighbours_are_dropped_independently():
    """Several values share one random word: none may follow from another."""
    gone = (dropped(0.5, torch.ones(40_000)) == 0).double() - 0.5
    for distance in range(1, 9):
        together = (gone[:-distance] * gone[distance:]).mean() * 4
        assert abs(together) < 5 / 40_000**0.5  # five standard errors of a correlation


@pytest.mark.parametrize("shape", [(1,), (3,), (5, 7), (2, 3, 5, 1), (0, 4)])
def test_any_shape_comes_back(shape):
    out = dropped(0.5, torch.ones(shape))
    assert out.shape == shape
    assert set(out.unique().tolist()) <= {0.0, 2.0}


@pytest.mark.usefixtures("global_chance")
def test_what_is_dropped_follows_from_the_rng_alone():
    x = torch.ones(500)
    assert torch.equal(dropped(0.5, x, seed=1), dropped(0.5, x, seed=1))
    assert not torch.equal(dropped(0.5, x, seed=1), dropped(0.5, x, seed=2))
    layer = SeededDropout(0.5)
    layer.rng = rng()
    assert not torch.equal(layer(x), layer(x))


def test_gradients_flow_through_what_is_kept():
    x = torch.ones(200, requires_grad=True)
    out = dropped(0.25, x)
    out.sum().backward()
    assert torch.equal(x.grad, out.detach())


def test_nothing_is_dropped_outside_training_or_with_p_zero():
    x = torch.randn(100, generator=rng())
    assert dropped(0.0, x) is x
    assert SeededDropout(0.9).eval()(x) is x
    assert seeded_dropout(0.0) == []
    assert [layer.p for layer in seeded_dropout(0.2)] == [0.2]


def test_maxout_is_the_largest_of_its_linear_maps():
    layer, x = Maxout(3, 4, pieces=5).double(), torch.randn(6, 3, generator=rng(), dtype=torch.float64)
    out = layer(x)
    assert out.shape == (6, 4)
    for row in range(6):
        for unit in range(4):
            maps = [
                sum(layer.linear.weight[unit * 5 + piece, i].item() * x[row, i].item() for i in range(3))
                + layer.linear.bias[unit * 5 + piece].item()
                for piece in range(5)
            ]
            assert out[row, unit].item() == pytest.approx(max(maps), rel=1e-12)


def mixing(inputs, kernels):
    layer = MinibatchDiscrimination(inputs, kernels).double()
    with torch.no_grad():
        layer.linear.weight.normal_(0, 0.3, generator=rng(7))
    return layer


def test_minibatch_discrimination_is_the_formula_of_the_paper():
    layer, x = mixing(4, kernels=3), torch.randn(6, 4, generator=rng(), dtype=torch.float64)
    tensor = layer.linear.weight.reshape(3, 5, 4).tolist()  # T: for each kernel five rows

    def row(i, kernel, number):
        return sum(t * value for t, value in zip(tensor[kernel][number], x[i].tolist(), strict=True))

    out = layer(x)
    assert out.shape == (6, 7)
    assert torch.equal(out[:, :4], x)
    for i in range(6):
        for kernel in range(3):
            closeness = [
                exp(-sum(abs(row(i, kernel, number) - row(j, kernel, number)) for number in range(5))) for j in range(6)
            ]
            assert out[i, 4 + kernel].item() == pytest.approx(sum(closeness), rel=1e-9)


def test_minibatch_discrimination_counts_who_is_alike():
    layer, one = mixing(4, kernels=2), torch.randn(1, 4, generator=rng(), dtype=torch.float64)
    assert layer(one)[:, 4:].tolist() == [[1, 1]]  # itself
    assert layer(one.expand(9, 4))[:, 4:].unique().tolist() == [9]  # collapsed
    apart = torch.cat([one, one, one + 1e6])
    assert torch.allclose(layer(apart)[:, 4:], torch.tensor([2.0, 2, 1], dtype=torch.float64)[:, None])


def test_minibatch_discrimination_knows_no_order_and_has_slopes():
    layer, x = mixing(4, kernels=3), torch.randn(6, 4, generator=rng(), dtype=torch.float64, requires_grad=True)
    order = torch.tensor([3, 1, 5, 0, 2, 4])
    assert torch.allclose(layer(x[order]), layer(x)[order])
    assert torch.autograd.gradcheck(layer, x)
