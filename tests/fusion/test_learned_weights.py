"""Learned shares of a mixture: closed forms, a slow re-telling, and what no data may break."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from references import measures as by_hand

from ganlab.fusion import learned
from ganlab.fusion.learned import Gram, forecast, frechet_weights, gram, kernel_weights, mixed, predicted_frechet
from ganlab.metrics.frechet import Moments, bias, frechet_distance, moments


def drawn(n, d, seed=0):
    return np.random.default_rng(seed).standard_normal((n, d))


def clouds(members, n=300, d=6, seed=0, size=0.5):
    """Features of members that miss the real mean and scale, each in its own way, and real ones."""
    rng = np.random.default_rng(seed)
    shifts, scales = size * rng.standard_normal((members, d)), np.exp(0.3 * rng.standard_normal((members, d)))
    made = [drawn(n, d, seed + 1 + index) * scales[index] + shifts[index] for index in range(members)]
    return made, drawn(n, d, seed + 100)


def of_errors(errors):
    """The Gram of members whose errors have these products."""
    return Gram(np.asarray(errors, np.float64), np.zeros(len(errors)), 0.0)


def by_supports(errors):
    """The minimum of a'Ea on the simplex: the equations of Lagrange for every set of members with a share."""
    best, found = np.inf, None
    for size in range(1, len(errors) + 1):
        for chosen in map(list, combinations(range(len(errors)), size)):
            inner = np.linalg.solve(errors[np.ix_(chosen, chosen)], np.ones(size))
            shares = inner / inner.sum()
            value = shares @ errors[np.ix_(chosen, chosen)] @ shares
            if (shares >= 0).all() and value < best:
                best, found = value, np.zeros(len(errors))
                found[chosen] = shares
    return found


@pytest.mark.parametrize("block", [4, 2_000])
def test_the_gram_is_what_pairs_one_by_one_give(monkeypatch, block):
    monkeypatch.setattr(learned, "_BLOCK", block)
    members, real = [drawn(9, 3, 1) + 1, 2 * drawn(11, 3, 2), drawn(6, 3, 3)], drawn(10, 3, 4)
    found, (within, across, offset) = gram(members, real), by_hand.mixture_gram(members, real)
    np.testing.assert_allclose(found.members, within, rtol=1e-12)
    np.testing.assert_allclose(found.real, across, rtol=1e-12)
    assert found.offset == pytest.approx(offset, rel=1e-12)
    for index, member in enumerate(members):
        assert found.errors[index, index] == pytest.approx(by_hand.mmd2(list(member), list(real)), rel=1e-9)


def test_the_distance_of_a_pooled_sample_is_the_one_foretold():
    members, real = clouds(3, n=4_000, seed=5)
    shares = np.array([0.5, 0.3, 0.2])
    pooled = np.concatenate([drawn(int(each * 4_000), 6, 900 + index) for index, each in enumerate(shares)])
    rng = np.random.default_rng(5)
    shifts, scales = 0.5 * rng.standard_normal((3, 6)), np.exp(0.3 * rng.standard_normal((3, 6)))
    pooled = pooled * np.repeat(scales, [2000, 1200, 800], 0) + np.repeat(shifts, [2000, 1200, 800], 0)
    found = gram(members, real)
    measured = gram([pooled], real).errors[0, 0]
    # Fresh rows of the same members; one member alone is further away than this by far.
    assert found.distance(shares) == pytest.approx(measured, rel=0.15)
    assert all(abs(each - measured) > 0.5 * measured for each in np.diag(found.errors))


def test_even_shares_are_not_made_to_look_better():
    """Two samples of the real law are at 0 each and mixed: were a row to meet itself, 1/n of its kernel would stay."""
    found = [gram([drawn(200, 4, 3 * i), drawn(200, 4, 3 * i + 1)], drawn(200, 4, 3 * i + 2)) for i in range(40)]
    alone, even = (np.array([each.distance(shares) for each in found]) for shares in ([1, 0], [1, 1]))
    own = np.mean([((drawn(200, 4, i) ** 2).sum(1) / 4 + 1) ** 3 for i in range(3)]) / 200
    error = (even - alone).std(ddof=1) / 40**0.5
    assert (even - alone).mean() == pytest.approx(0, abs=4 * error)
    assert own / 2 > 5 * error  # half of a row's own kernel would have been seen


def test_members_that_share_their_noise_are_no_closer_for_it():
    """Their errors have the product that those of members with noise of their own have."""
    apart, meeting = [], []
    for seed in range(60):
        z, other, real = (drawn(100, 4, 3 * seed + each) for each in range(3))
        shared, own = (gram([z + 0.3, each - 0.3], real).errors[0, 1] for each in (z, other))
        apart.append(shared - own)
        meeting.append(np.mean((((z + 0.3) * (z - 0.3)).sum(1) / 4 + 1) ** 3) / 100)
    error = np.std(apart, ddof=1) / 60**0.5
    assert np.mean(apart) == pytest.approx(0, abs=4 * error)
    assert np.mean(meeting) > 5 * error  # rows that meet themselves would have been seen


@pytest.mark.parametrize("m", [2, 4, 7])
@pytest.mark.parametrize("rho", [0.0, 0.5, 0.93])
def test_equal_members_whose_errors_correlate_keep_the_part_of_the_closed_form(m, rho):
    found = forecast(of_errors(0.02 * (rho + (1 - rho) * np.eye(m))))
    np.testing.assert_allclose(found.weights, 1 / m, atol=1e-6)
    assert found.distance == pytest.approx(0.02 * (rho + (1 - rho) / m))
    assert found.gain == pytest.approx(1 - rho - (1 - rho) / m)
    np.testing.assert_allclose(found.correlation[~np.eye(m, dtype=bool)], rho)
    assert found.helps == tuple(index != found.best for index in range(m))


@pytest.mark.parametrize("rho", [0.0, 0.6])
def test_the_correlation_of_shifted_gaussians_is_that_of_their_shifts(rho):
    """Shifts small beside the spread: the kernel is linear in them, and rho that of the shifts."""
    d, m, n = 16, 3, 3_000
    axes = np.eye(d)
    shifts = [0.8 * (rho**0.5 * axes[0] + (1 - rho) ** 0.5 * axes[1 + index]) for index in range(m)]
    found = forecast(gram([drawn(n, d, i) + shift for i, shift in enumerate(shifts)], drawn(n, d, 50)))
    assert found.correlation[~np.eye(m, dtype=bool)].mean() == pytest.approx(rho, abs=0.1)
    assert 1 - found.gain == pytest.approx(rho + (1 - rho) / m, abs=0.12)


@given(st.integers(0, 10_000), st.integers(2, 6))
def test_the_minimum_is_the_one_found_by_trying_every_support(seed, m):
    rng = np.random.default_rng(seed)
    root = rng.standard_normal((m, m + 2)) + rng.standard_normal(m + 2)
    errors = root @ root.T
    np.testing.assert_allclose(kernel_weights(of_errors(errors)), by_supports(errors), atol=1e-5)


@given(st.integers(0, 10_000), st.integers(2, 6), st.floats(1e-6, 1e3))
def test_no_shares_are_worse_than_the_best_member_alone(seed, m, size):
    """Also where a matrix without bias is no longer positive."""
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal((m, m))
    found = of_errors(size * (np.diag(rng.random(m)) + 0.3 * (noise + noise.T)))
    weights = kernel_weights(found)
    assert weights.min() >= 0
    assert weights.sum() == pytest.approx(1)
    assert found.distance(weights) <= np.diag(found.errors).min() + 1e-9 * size


@given(st.integers(0, 1_000), st.permutations(range(4)))
def test_the_order_of_members_does_not_matter(seed, order):
    members, real = clouds(4, n=60, seed=seed)
    weights = kernel_weights(gram(members, real))
    turned = kernel_weights(gram([members[index] for index in order], real))
    np.testing.assert_allclose(turned, weights[list(order)], atol=1e-6)


def test_a_member_that_is_the_data_gets_all():
    members, real = clouds(3, n=800, seed=3, size=1.0)
    members[1] = drawn(800, 6, 77)
    assert kernel_weights(gram(members, real))[1] > 0.97
    by_moments = frechet_weights([moments(each) for each in members], moments(real))
    assert by_moments[1] > 0.97
    np.testing.assert_array_equal(kernel_weights(of_errors(np.diag([0.3, -1e-3, 0.2]))), [0, 1, 0])


def test_identical_members_share_alike_and_gain_nothing():
    member, real = drawn(100, 4) + 0.4, drawn(100, 4, 1)
    found = forecast(gram([member] * 3, real))
    np.testing.assert_allclose(found.weights, 1 / 3, atol=1e-6)
    assert found.gain == pytest.approx(0, abs=1e-9)
    np.testing.assert_allclose(found.correlation, 1)
    assert forecast(of_errors(np.zeros((2, 2)))).gain == 0


def test_a_member_helps_the_best_one_exactly_if_a_little_of_it_does():
    for seed in range(20):
        members, real = clouds(4, n=50, seed=seed)
        found = gram(members, real)
        told = forecast(found)
        for index in range(4):
            little = 1e-6 * np.eye(4)[index] + (1 - 1e-6) * np.eye(4)[told.best]
            assert told.helps[index] == (found.distance(little) < told.distances[told.best]) or index == told.best


def test_without_an_error_there_is_no_correlation():
    told = forecast(of_errors([[-1e-4, 0.0], [0.0, 0.1]]))
    assert np.isnan(told.correlation[0, 1])
    assert (told.best, told.gain) == (0, 0.0)


def test_the_moments_of_a_mixture_are_those_of_its_rows():
    members, _ = clouds(3, n=100)
    found = mixed([moments(each) for each in members], [1, 1, 1])
    rows = moments(np.concatenate(members))
    np.testing.assert_allclose(found.mean, rows.mean, atol=1e-12)
    np.testing.assert_allclose(found.covariance, rows.covariance, rtol=0.02, atol=0.01)  # n - 1 three times, not once
    assert found.n == 300
    assert mixed([Moments(np.zeros(1), np.eye(1), 100)] * 2, [3, 1]).n == 160  # 1 / (0.75^2 + 0.25^2) hundreds


def test_a_member_alone_is_foretold_as_it_is_measured():
    members, real = clouds(2)
    of_members, of_real = [moments(each) for each in members], moments(real)
    assert predicted_frechet(of_members, of_real, [0, 2]) == pytest.approx(frechet_distance(of_members[1], of_real))


def test_more_rows_do_not_make_a_mixture_look_better():
    """Two samples of one law: mixed they are as far as one of them, not nearer by the bias of half the rows."""
    n, d, gained, bare = 200, 16, [], []
    for seed in range(30):
        both, real = [moments(drawn(n, d, 3 * seed + each)) for each in range(2)], moments(drawn(n, d, 3 * seed + 2))
        alone = np.mean([frechet_distance(each, real) for each in both])
        gained.append(predicted_frechet(both, real, [1, 1]) - alone)
        bare.append(frechet_distance(mixed(both, [1, 1]), real) - alone)
    wanted = bias(np.eye(d), n, n) / 4  # 1/n - 1/2n of what 1/n + 1/n costs
    assert np.mean(bare) == pytest.approx(-wanted, rel=0.2)
    assert np.mean(gained) == pytest.approx(0, abs=0.2 * wanted)


@given(st.integers(0, 10_000), st.integers(2, 5))
def test_no_shares_of_moments_are_worse_than_the_best_member_or_any_others(seed, m):
    members, real = clouds(m, n=40, d=3, seed=seed)
    of_members, of_real = [moments(each) for each in members], moments(real)
    weights = frechet_weights(of_members, of_real)
    assert weights.min() >= 0
    assert weights.sum() == pytest.approx(1)
    value = predicted_frechet(of_members, of_real, weights)
    assert value <= min(predicted_frechet(of_members, of_real, corner) for corner in np.eye(m))  # to the last bit
    others = np.random.default_rng(seed).dirichlet(np.ones(m), 30)
    assert value <= min(predicted_frechet(of_members, of_real, each) for each in others) + 1e-9


@given(st.integers(0, 10_000))
def test_the_slope_is_that_of_the_distance(seed):
    members, real = clouds(3, n=40, d=4, seed=seed)
    of_members, of_real = [moments(each) for each in members], moments(real)
    rng = np.random.default_rng(seed)
    a, way = rng.dirichlet(np.ones(3)), rng.standard_normal(3)
    way -= way.mean()
    value, slope = learned._Steepness(of_members, of_real)(a)
    assert value == pytest.approx(predicted_frechet(of_members, of_real, a), rel=1e-6)
    ahead, behind = (predicted_frechet(of_members, of_real, a + step * way) for step in (1e-5, -1e-5))
    assert slope @ way == pytest.approx((ahead - behind) / 2e-5, rel=1e-3, abs=1e-5)


@given(st.integers(0, 10_000), st.floats(0.05, 0.95))
def test_the_distance_of_a_mixture_is_convex_in_its_shares(seed, part):
    members, real = clouds(4, n=40, d=3, seed=seed)
    of_members, of_real = [moments(each) for each in members], moments(real)
    one, other = np.random.default_rng(seed).dirichlet(np.ones(4), 2)

    def at(a):
        return frechet_distance(mixed(of_members, a), of_real)

    between = at(part * one + (1 - part) * other)
    assert between <= part * at(one) + (1 - part) * at(other) + 1e-9


def test_spread_that_no_member_has_is_found_between_them():
    """Two narrow members left and right of the real mean: half of each restores mean and spread."""
    narrow, apart = (1 - 0.6**2) ** 0.5, np.array([0.6, 0.0])
    both = [Moments(side * apart, np.diag([narrow**2, 1.0]), 10_000) for side in (1, -1)]
    real = Moments(np.zeros(2), np.eye(2), 10_000)
    np.testing.assert_allclose(frechet_weights(both, real), 0.5, atol=1e-3)
    assert frechet_distance(mixed(both, [1, 1]), real) == pytest.approx(0, abs=1e-9)
