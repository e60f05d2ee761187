"""The evidence bound: closed forms, gradients, and a model so simple that log p(x) is known."""

import math

import pytest
import torch
from fakes import rng
from hypothesis import given
from hypothesis import strategies as st
from torch.distributions import Bernoulli, Normal, kl_divergence

from ganlab.objectives import evidence

numbers = st.floats(-3, 3, width=32)


def noise(*shape, seed=0):
    return torch.randn(*shape, generator=rng(seed), dtype=torch.float64)


@given(numbers, numbers)
def test_the_divergence_is_that_of_two_normal_laws(mean, log_variance):
    mine = evidence.divergence(torch.tensor([[mean, 0.5]]), torch.tensor([[log_variance, 0.0]]))
    first, second = (
        kl_divergence(Normal(m, math.exp(v / 2)), Normal(0.0, 1.0)) for m, v in ((mean, log_variance), (0.5, 0.0))
    )
    assert mine.item() == pytest.approx((first + second).item(), rel=1e-4, abs=1e-5)


def test_the_divergence_from_the_prior_itself_is_nothing():
    assert evidence.divergence(torch.zeros(3, 5), torch.zeros(3, 5)).tolist() == [0, 0, 0]


def test_draws_have_the_asked_mean_and_deviation_and_pass_gradients():
    mean, log_variance = torch.tensor([[2.0, -1.0]], requires_grad=True), torch.tensor([[0.0, 2.0]], requires_grad=True)
    eps = noise(20_000, 2).float()
    z = evidence.draw(mean, log_variance, eps)
    assert z.mean(0).tolist() == pytest.approx([2, -1], abs=0.08)
    assert z.std(0).tolist() == pytest.approx([1, math.e], rel=0.03)
    # d/dm E[z^2] = 2m; d/dv E[z^2] = exp(v): the reparameterised gradient is that of the expectation.
    z.square().mean(0).sum().backward()
    assert mean.grad[0].tolist() == pytest.approx([4, -2], abs=0.2)
    assert log_variance.grad[0].tolist() == pytest.approx([1, math.exp(2)], rel=0.1)


def test_the_bernoulli_likelihood_is_that_of_white_pixels():
    images, drawn = torch.tensor([[[1.0, -1.0], [1.0, 0.0]]]), torch.tensor([[[0.6, -0.2], [-0.4, 0.0]]])
    law = Bernoulli(probs=(drawn + 1) / 2, validate_args=False)
    assert evidence.log_likelihood(images, drawn, "bernoulli").item() == pytest.approx(
        law.log_prob((images + 1) / 2).sum().item()
    )
    certain = evidence.log_likelihood(images, images.sign() + 0.0, "bernoulli")
    assert certain.isfinite().all()


def test_the_gaussian_likelihood_is_best_at_its_own_variance():
    images, drawn = noise(6, 1, 4, 4), noise(6, 1, 4, 4, seed=1)
    variance = evidence.best_variance(images, drawn)
    best = evidence.log_likelihood(images, drawn, "gaussian").mean()
    law = Normal(drawn, variance.sqrt())
    assert best.item() == pytest.approx(law.log_prob(images).flatten(1).sum(1).mean().item())
    for factor in (0.8, 1.25):
        assert evidence.log_likelihood(images, drawn, "gaussian", variance * factor).mean() < best


def test_bounds_on_a_model_with_a_known_answer():
    """z ~ N(0, 1), x | z ~ N(a z, s^2): x ~ N(0, a^2 + s^2), and a wrong q leaves a gap that more draws close."""
    a, variance, x = 1.5, torch.tensor(0.25, dtype=torch.float64), torch.tensor([[0.3], [1.7]], dtype=torch.float64)
    known = Normal(0.0, math.sqrt(a * a + variance)).log_prob(x)[:, 0]
    mean, log_variance = 0.5 * x, torch.full_like(x, -1.0)  # not the posterior
    z = evidence.draw(mean, log_variance, noise(20_000, 2, 1))
    each = torch.stack([evidence.log_likelihood(x, a * draws, "gaussian", variance) for draws in z])
    bound = each.mean(0) - evidence.divergence(mean, log_variance)
    tighter = evidence.importance_bound(each[:50], z[:50], mean, log_variance)
    assert (bound < tighter).all()
    assert (bound < known).all()
    assert evidence.importance_bound(each, z, mean, log_variance).tolist() == pytest.approx(known.tolist(), abs=0.02)
    # With the true posterior one draw is enough, whatever it is.
    true = 1 / (1 + a * a / variance)
    mean, log_variance = true * a / variance * x, true.log().expand_as(x)
    z = evidence.draw(mean, log_variance, noise(1, 2, 1, seed=2))
    one = torch.stack([evidence.log_likelihood(x, a * draws, "gaussian", variance) for draws in z])
    assert evidence.importance_bound(one, z, mean, log_variance).tolist() == pytest.approx(known.tolist(), rel=1e-6)
