"""The kernel distance: its printed formula, two libraries, closed forms of its mean and spread."""

import warnings

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from references import measures as by_hand

from ganlab.metrics import kernel
from ganlab.metrics.kernel import nearer


def drawn(n, d, seed=0):
    return np.random.default_rng(seed).standard_normal((n, d))


@pytest.fixture
def on_all_rows(monkeypatch):
    """One subset of all rows, as torch-fidelity then takes: what is left is the formula itself."""
    from torch_fidelity.metric_kid import kid_features_to_metric

    def whole(fake, real, **asked):
        return kid_features_to_metric(fake, real, **(asked | {"kid_subsets": 1, "kid_subset_size": len(fake)}))

    monkeypatch.setattr(kernel, "kid_features_to_metric", whole)


@pytest.mark.parametrize(("d", "shift"), [(2, 0.0), (5, 1.0)])
@pytest.mark.usefixtures("on_all_rows")
def test_it_agrees_with_the_paper(d, shift):
    a, b = drawn(14, d, 1) + shift, 2 * drawn(14, d, 2)
    assert kernel.kid(a, b).interval.value == pytest.approx(by_hand.mmd2(list(a), list(b)), rel=1e-9)


def test_its_mean_over_subsets_is_the_paper_s_number_on_all_rows():
    a, b = drawn(400, 3, 1) + 0.5, drawn(400, 3, 2)
    found = kernel.kid(a, b)
    wanted = by_hand.mmd2(list(a[:150]), list(b[:150])), by_hand.mmd2(list(a[150:300]), list(b[150:300]))
    # A hundred subsets of 200: their mean wanders by a tenth of their spread, the halves by more.
    assert found.interval.value == pytest.approx(np.mean(wanted), abs=3 * found.std)
    assert found.interval.low < found.interval.value < found.interval.high


def test_it_agrees_with_torchmetrics():
    from torchmetrics.image.kid import KernelInceptionDistance

    a, b = (drawn(600, 8, 1) + 0.7).astype(np.float32), drawn(600, 8, 2).astype(np.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = KernelInceptionDistance(feature=torch.nn.Identity(), subsets=100, subset_size=300)
        theirs.update(torch.from_numpy(a).double(), real=False)
        theirs.update(torch.from_numpy(b).double(), real=True)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        mean, std = (each.item() for each in theirs.compute())
    ours = kernel.kid(a, b)
    # Other subsets: two means of a hundred differ by std / 10 each.
    assert ours.interval.value == pytest.approx(mean, abs=4 * 2**0.5 * std / 10)
    assert ours.std == pytest.approx(std, rel=0.35)


@pytest.mark.parametrize(("n", "spread"), [(200, 0.0049), (1000, 0.0010)])
@pytest.mark.usefixtures("on_all_rows")
def test_two_samples_of_one_law_are_at_zero_give_or_take_the_known_spread(n, spread):
    found = [kernel.kid(drawn(n, 64, 2 * each), drawn(n, 64, 2 * each + 1)).interval.value for each in range(24)]
    assert np.mean(found) == pytest.approx(0, abs=4 * spread / 24**0.5)
    assert spread / 1.8 < np.std(found, ddof=1) < 1.8 * spread
    assert min(found) < 0 < max(found)  # it is not biased, so it may be negative


@given(st.integers(0, 10_000), st.integers(2, 8))
def test_turning_both_sets_changes_nothing(seed, d):
    a, b = drawn(120, d, seed), drawn(100, d, seed + 1) + 0.5
    turn = np.linalg.qr(drawn(d, d, seed))[0]
    one, other = kernel.kid(a, b), kernel.kid(a @ turn, b @ turn)
    assert other.interval.value == pytest.approx(one.interval.value, rel=1e-6, abs=1e-9)


@pytest.mark.usefixtures("on_all_rows")
@given(st.integers(0, 10_000))
def test_the_order_of_rows_and_sets_does_not_matter(seed):
    a, b = drawn(30, 3, seed), drawn(30, 3, seed + 1) + 1
    value = kernel.kid(a, b).interval.value
    assert kernel.kid(b, a).interval.value == pytest.approx(value, rel=1e-9)
    assert kernel.kid(a[::-1].copy(), b).interval.value == pytest.approx(value, rel=1e-9)


def test_a_seed_gives_the_same_number(global_chance):
    a, b = drawn(300, 4, 1), drawn(300, 4, 2)
    assert kernel.kid(a, b, seed=3) == kernel.kid(a, b, seed=3) != kernel.kid(a, b, seed=4)


def test_a_set_against_itself_is_a_little_below_zero():
    """Pairs of a row with itself are left out within the sets and not between them: -2 (k(x, x) - k(x, y)) / n."""
    a = drawn(600, 4)
    kernels = (a @ a.T / 4 + 1) ** 3
    alike, others = np.diag(kernels).mean(), (kernels.sum() - np.trace(kernels)) / (600 * 599)
    found = kernel.kid(a, a)
    # Each of the 100 subsets wanders by std.
    assert found.interval.value == pytest.approx(-2 * (alike - others) / 600, abs=4 * found.std / 10)


def test_rows_that_are_all_alike_give_a_number():
    alike = np.ones((300, 4))
    assert kernel.kid(alike, alike).interval.value == pytest.approx(0, abs=1e-12)
    assert np.isfinite(kernel.kid(alike, drawn(300, 4)).interval.value)


def _squared_mmd(fake, real):
    """As it is written, a pair at a time; what real rows have among themselves is left out."""
    kernel = lambda x, y: (x @ y / len(x) + 1) ** 3  # noqa: E731
    own = np.mean([kernel(x, y) for i, x in enumerate(fake) for j, y in enumerate(fake) if i != j])
    return own - 2 * np.mean([kernel(x, y) for x in fake for y in real])


def test_nearer_is_the_difference_of_two_distances():
    rng = np.random.default_rng(0)
    before, after, real = rng.standard_normal((12, 3)) + 1, rng.standard_normal((9, 3)), rng.standard_normal((7, 3))
    assert nearer(before, after, real).value == pytest.approx(_squared_mmd(before, real) - _squared_mmd(after, real))
    assert nearer(before, before, real).value == 0


def test_its_interval_holds_the_true_difference_and_is_narrower_than_both_apart():
    """In one dimension with k(x, y) = (x y + 1)^3, the true distance of N(m, 1) from N(0, 1) has a closed form."""

    def true(m):
        moments = [1, m, m * m + 1, m**3 + 3 * m]  # E[x^k], and of the standard normal 1, 0, 1, 0
        binomial = (1, 3, 3, 1)
        return sum(c * (a - b) ** 2 for c, a, b in zip(binomial, moments, (1, 0, 1, 0), strict=True))

    held = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        rows = rng.standard_normal((3, 150, 1)) + np.array([0.5, 0.3, 0.0])[:, None, None]
        found = nearer(*rows)
        held += found.low <= true(0.5) - true(0.3) <= found.high
    assert 0.90 <= held / 200 <= 0.99
