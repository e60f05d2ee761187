"""Precision, recall, density, coverage, nearness: what they mean, three other tellings, values known in advance."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from references import measures as by_hand

from ganlab.metrics.neighbours import K, fidelity, manifold, nearness

FOUR = ("precision", "recall", "density", "coverage")


def drawn(n, d, seed=0):
    return np.random.default_rng(seed).standard_normal((n, d))


def found(fake, real, k=K):
    measured = fidelity(manifold(fake, k), manifold(real, k), k)
    return {name: getattr(measured, name).value for name in FOUR}


@pytest.mark.parametrize("k", [1, 3, 5])
@pytest.mark.parametrize(("n", "m"), [(40, 60), (60, 40)])
def test_they_agree_with_the_papers(n, m, k):
    fake, real = 1.3 * drawn(n, 3, 1) + 0.4, drawn(m, 3, 2)
    assert found(fake, real, k) == pytest.approx(by_hand.neighbours(fake, real, k), rel=1e-12)


def test_they_agree_with_scikit_learn_where_blocks_meet():
    """More rows than are compared at once, so that every seam between blocks is passed."""
    from sklearn.neighbors import NearestNeighbors

    fake, real = (0.9 * drawn(1500, 6, 1)).astype(np.float32), drawn(2300, 6, 2).astype(np.float32)
    a, b = fake.astype(np.float64), real.astype(np.float64)
    own_a, own_b = (NearestNeighbors(n_neighbors=K).fit(each).kneighbors()[0][:, -1] for each in (a, b))
    pairs = NearestNeighbors(n_neighbors=len(a), algorithm="brute").fit(a)
    distances, order = pairs.kneighbors(b)
    apart = np.empty((len(b), len(a)))
    np.put_along_axis(apart, order, distances, axis=1)
    within = apart <= own_b[:, None]
    wanted = {
        "precision": within.any(0).mean(),
        "recall": (apart <= own_a).any(1).mean(),
        "density": within.sum() / K / len(a),
        "coverage": within.any(1).mean(),
    }
    assert found(fake, real) == pytest.approx(wanted, rel=1e-6)


def test_precision_and_recall_agree_with_torch_fidelity():
    """Its first argument is what was generated: older ones had the two the wrong way round."""
    from torch_fidelity.metric_prc import prc_features_to_metric

    fake, real = 0.7 * drawn(900, 5, 1), drawn(1100, 5, 2)
    theirs = prc_features_to_metric(torch.from_numpy(fake), torch.from_numpy(real), prc_neighborhood=K, verbose=False)
    ours = found(fake, real)
    assert (ours["precision"], ours["recall"]) == pytest.approx((theirs["precision"], theirs["recall"]), rel=1e-3)


@pytest.mark.parametrize("k", [3, 5])
def test_a_tight_cluster_within_wide_reals_is_precise_and_recalls_little(k):
    fake, real = 0.05 * drawn(500, 4, 1), drawn(500, 4, 2)
    got = found(fake, real, k)
    assert got["precision"] > 0.99
    assert got["recall"] < 0.05
    assert got["coverage"] < 0.2
    assert got["density"] > 1
    swapped = found(real, fake, k)
    assert swapped["precision"] < 0.05
    assert swapped["recall"] > 0.99


def test_reals_with_far_strangers_added_lose_precision_and_keep_recall():
    real, more = drawn(800, 4, 1), drawn(800, 4, 2)
    fake = np.concatenate([more[:400], more[400:] + 50])
    got = found(fake, real)
    plain = found(more[:400], real)
    assert got["precision"] == pytest.approx(plain["precision"] / 2, abs=0.01)
    assert got["recall"] == pytest.approx(plain["recall"], abs=0.02)


def test_half_of_the_heaps_dropped_halves_coverage_and_recall():
    heaps = 40 * np.arange(10)[:, None] * np.ones(4)

    def of(which, n, seed):
        return np.concatenate([heaps[each] + drawn(n, 4, 100 * seed + each) for each in which])

    real, whole, half = of(range(10), 100, 1), of(range(10), 100, 2), of(range(5), 200, 3)
    assert found(half, real)["coverage"] == pytest.approx(found(whole, real)["coverage"] / 2, abs=0.03)
    assert found(half, real)["recall"] == pytest.approx(found(whole, real)["recall"] / 2, abs=0.05)
    assert found(half, real)["precision"] > 0.85
    assert found(of([3], 1000, 4), real)["coverage"] == pytest.approx(0.1, abs=0.01)


@pytest.mark.parametrize(("k", "wanted"), [(3, 0.875), (5, 0.969)])
def test_coverage_and_density_of_one_law_are_known(k, wanted):
    assert by_hand.expected_coverage(10_000, 10_000, k) == pytest.approx(wanted, abs=5e-4)
    real, fake = drawn(2000, 8, 1), drawn(2000, 8, 2)
    got = found(fake, real, k)
    assert got["coverage"] == pytest.approx(by_hand.expected_coverage(2000, 2000, k), abs=0.02)
    assert got["density"] == pytest.approx(1, abs=0.08)


@pytest.mark.parametrize(("n", "m"), [(1000, 250), (250, 1000)])
def test_expected_coverage_knows_which_set_is_larger(n, m):
    got = np.mean([found(drawn(m, 2, 2 * each), drawn(n, 2, 2 * each + 1))["coverage"] for each in range(8)])
    assert got == pytest.approx(by_hand.expected_coverage(n, m), abs=0.04)


@pytest.mark.parametrize(
    ("d", "k", "wanted"),
    [(2, 3, 0.98), (16, 3, 0.79), (64, 3, 0.60), (2, 5, 0.995), (16, 5, 0.87), (64, 5, 0.70), (256, 5, 0.61)],
)
def test_two_samples_of_one_gaussian_have_the_known_precision_and_recall(d, k, wanted):
    got = found(drawn(2000, d, 1), drawn(2000, d, 2), k)
    # Radii of two samples are common to many rows, so shares of 2,000 wander more than their own error of 0.011.
    assert got["precision"] == pytest.approx(wanted, abs=0.04)
    assert got["recall"] == pytest.approx(wanted, abs=0.04)


def test_the_example_of_prdc_on_a_fifth_of_its_rows():
    """Its README: 10,000 rows, d = 1000, k = 5 give P .4772 R .4705 D 1.0555 C .9735; here 2,000, in a second.

    All 10,000 of another seed gave .4815 .4500 1.0797 .9758 in half a minute.  A few rows are near to very many in
    so many dimensions, so density wanders by 0.08 between seeds; precision and recall are higher for fewer rows.
    """
    got = found(drawn(2000, 1000, 1), drawn(2000, 1000, 2))
    assert got["density"] == pytest.approx(1.0555, abs=0.25)
    assert got["coverage"] == pytest.approx(0.9735, abs=0.02)
    assert got["precision"] == pytest.approx(0.55, abs=0.05)
    assert got["recall"] == pytest.approx(0.55, abs=0.05)


def test_equal_sets_are_precise_recalled_and_covered():
    same = drawn(300, 6)
    assert found(same, same)["precision"] == found(same, same)["recall"] == found(same, same)["coverage"] == 1


@given(st.integers(0, 10_000), st.integers(1, 6), st.floats(0.01, 100))
def test_order_turning_moving_and_scaling_change_nothing(seed, d, scale):
    fake, real = 1.2 * drawn(40, d, seed), drawn(50, d, seed + 1)
    rng, turn = np.random.default_rng(seed), np.linalg.qr(drawn(d, d, seed))[0]
    again = found(rng.permutation(fake) @ turn * scale + 1, rng.permutation(real) @ turn * scale + 1)
    assert again == pytest.approx(found(fake, real), rel=1e-12)


@given(st.integers(0, 10_000))
def test_what_precision_is_to_one_set_recall_is_to_the_other(seed):
    a, b = drawn(40, 3, seed), 1.5 * drawn(50, 3, seed + 1)
    assert found(a, b)["precision"] == found(b, a)["recall"]
    assert found(a, b)["recall"] == found(b, a)["precision"]


def test_intervals_lie_around_their_values_and_within_bounds():
    measured = fidelity(manifold(drawn(300, 6, 1)), manifold(drawn(300, 6, 2)))
    for name in FOUR:
        each = getattr(measured, name)
        assert 0 <= each.low <= each.value <= each.high
        assert name == "density" or each.high <= 1


def test_copies_of_training_pictures_are_near_and_strangers_are_far():
    train, real = drawn(2000, 8, 1), drawn(500, 8, 2)
    assert nearness(train[:500] + 1e-4, real, train).value < 0.01
    assert nearness(drawn(500, 8, 3), real, train).value == pytest.approx(1, abs=0.1)
    assert nearness(drawn(500, 8, 3) + 10, real, train).value > 5
    tenth = np.concatenate([train[:50], drawn(450, 8, 4)])
    assert nearness(tenth, real, train).value < 0.01  # more than a twentieth of them are copies


def test_a_member_that_knows_all_pictures_by_heart_is_caught_by_a_fifth_of_them():
    everything, real = drawn(10_000, 8, 1), drawn(500, 8, 2)
    learned = everything[np.random.default_rng(0).permutation(10_000)[:1_000]]
    assert nearness(learned, real, everything[:1_800]).value < 0.01
    assert nearness(drawn(1_000, 8, 3), real, everything[:1_800]).value == pytest.approx(1, abs=0.15)


def test_nearness_agrees_with_scikit_learn():
    from sklearn.neighbors import NearestNeighbors

    train, real, fake = drawn(1200, 5, 1), drawn(333, 5, 2), 1.5 * drawn(444, 5, 3)
    near = NearestNeighbors(n_neighbors=1).fit(train)
    usual, mine = (np.quantile(near.kneighbors(each)[0], 0.05) for each in (real, fake))
    found = nearness(fake, real, train)
    assert found.value == pytest.approx(mine / usual, rel=1e-9)
    assert found.low < found.value < found.high


def test_rows_that_are_all_alike_give_numbers():
    alike, real = np.ones((200, 4)), drawn(200, 4)
    got = found(alike, real)
    assert all(np.isfinite(value) for value in got.values())
    assert got["recall"] == 0
    assert np.isfinite(nearness(alike, real, real).value)
    assert np.isfinite(nearness(alike, alike, alike).high)
