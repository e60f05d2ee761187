"""Density ratios: closed forms between Gaussians, walks beside scikit-learn's, bytes, refusals."""

import numpy as np
import pytest
from scipy.stats import norm, spearmanr

from ganlab.errors import FusionError, UnknownName
from ganlab.fusion.selection import ESTIMATORS, OF_REAL
from ganlab.fusion.selection.boosted import Boosted, nodes, walked
from ganlab.fusion.selection.critics import Critics, CriticsVote, WeightedCritics
from ganlab.fusion.selection.ratio import LARGEST, fit, from_arrays, log_loss

APART = np.array([1.0, 0.5])  # the mean of real rows; that of drawn ones is 0
OF_FEATURES = [*OF_REAL]


def cloud(n, mean=0.0, width=2, seed=0):
    return np.random.default_rng(seed).standard_normal((n, width)) + mean


REAL, DRAWN = cloud(3_000, APART, seed=1), cloud(3_000, seed=2)


OF_ROWS = [
    *OF_REAL,
    *(each.name for each in ESTIMATORS if each.facts["sees"] == "critics"),
]  # those learn from another ratio


@pytest.fixture(scope="module", params=OF_ROWS)
def fitted(request):
    return fit(request.param, REAL, DRAWN)


def exact(rows):
    return np.exp(norm.logpdf(rows, APART) - norm.logpdf(rows)).prod(1)


@pytest.mark.parametrize("name", OF_FEATURES)
def test_the_ratio_of_two_gaussians_is_found(name):
    rows = cloud(2_000, APART / 2, seed=3)
    found = fit(name, REAL, DRAWN)(rows)
    assert spearmanr(found, exact(rows)).statistic > 0.85
    middle = np.abs(rows - APART / 2).max(1) < 1  # where there are rows of both
    assert np.median(found[middle] / exact(rows)[middle]) == pytest.approx(1, abs=0.15)


def test_the_mean_over_drawn_rows_is_one(fitted):
    assert fitted.known.drawn.mean() == pytest.approx(1, rel=1e-9)
    assert fitted(cloud(4_000, seed=5)).mean() == pytest.approx(1, abs=0.15)


def test_held_out_rows_tell_how_well_it_tells(fitted):
    quality = fitted.known.quality()
    best = norm.cdf(np.linalg.norm(APART) / np.sqrt(2))  # of the exact ratio
    assert quality.rows == (600, 600)
    assert 0.6 < quality.auc < best + 0.03
    assert quality.log_loss < np.log(2)


@pytest.mark.parametrize("name", OF_ROWS)
def test_of_one_law_there_is_nothing_to_tell(name):
    quality = fit(name, cloud(2_000, seed=6), cloud(2_000, seed=7)).known.quality()
    assert quality.auc == pytest.approx(0.5, abs=0.07)
    assert quality.log_loss > np.log(2) - 0.02


def test_what_is_stored_reads_back_to_the_bit(fitted):
    again = from_arrays(fitted.name, fitted.to_arrays())
    rows = cloud(700, seed=8)
    np.testing.assert_array_equal(again(rows), fitted(rows))
    np.testing.assert_array_equal(again.known.real, fitted.known.real)
    assert equal(again.to_arrays(), fitted.to_arrays())


def equal(one, other):
    return one.keys() == other.keys() and all(np.array_equal(one[name], other[name]) for name in one)


def test_a_seed_is_a_fit(fitted):
    assert equal(fit(fitted.name, REAL, DRAWN).to_arrays(), fitted.to_arrays())


def test_a_row_is_told_alone_and_however_far(fitted):
    rows = np.concatenate([cloud(30, seed=9), [[1e4, -1e4]]])
    together = fitted(rows)
    assert ((together >= 0) & (together <= LARGEST)).all()
    np.testing.assert_allclose(together, [fitted(row[None])[0] for row in rows], rtol=1e-8)
    assert fitted(rows[:0]).shape == (0,)


@pytest.mark.parametrize("seed", range(3))
def test_the_walk_down_the_trees_is_scikit_learns(seed):
    from sklearn.ensemble import HistGradientBoostingClassifier

    rows = np.random.default_rng(seed).standard_normal((900, 5))
    labels = (rows[:, 0] * rows[:, 1] + rows[:, 2] > 0.3).astype(int)
    model = HistGradientBoostingClassifier(max_iter=30, max_leaf_nodes=4 + seed, random_state=0).fit(rows, labels)
    asked = nodes(model)
    places = np.random.default_rng(seed).integers(0, asked["threshold"].size, (300, 5))
    rows[:300] = asked["threshold"].ravel()[places]  # also on the very borders
    np.testing.assert_allclose(walked(asked, rows), model.decision_function(rows), rtol=1e-12, atol=1e-12)


def test_trees_see_what_no_straight_border_does():
    real, drawn = cloud(3_000, width=1, seed=1), cloud(3_000, width=1, seed=2) * 2
    straight, curved = (fit(name, real, drawn).known.quality().auc for name in ("logistic", "boosted"))
    assert straight < 0.55
    assert curved > 0.62
    assert fit("least_squares", real, drawn).known.quality().auc > 0.62


def two_members(n, seed):
    """Rows of a mixture of two members on either side of real ones, and who drew each."""
    who = np.random.default_rng(seed).integers(0, 2, n)
    return cloud(n, seed=seed + 1) + np.where(who, 2.0, -2.0)[:, None] * [1, 0], who


def test_who_drew_a_row_bends_the_border():
    """Real rows between two members: the ratio is 2 / (exp(2x - 2) + exp(-2x - 2)), which no straight border has."""
    drawn, who = two_members(3_000, 5)
    real, rows = cloud(3_000, seed=1), cloud(2_000, seed=3)
    found = fit("members", real, drawn, 0, who)
    exact = 2 / (np.exp(2 * rows[:, 0] - 2) + np.exp(-2 * rows[:, 0] - 2))
    assert np.median(np.abs(np.log(found(rows) / exact))) < 0.15
    assert fit("logistic", real, drawn).known.quality().auc < 0.55
    assert found.known.quality().auc > 0.75


def test_members_count_as_often_as_they_draw():
    """Three of four rows are of the first: where only it is, the ratio is a third of that where only the other is."""
    who = np.arange(4_000) % 4 == 3
    drawn = cloud(4_000, seed=2) + np.where(who, 3.0, -3.0)[:, None] * [1, 0]
    rows = np.array([[-1.5, 0.0], [1.5, 0.0]])  # as far from real rows as from one member
    found = fit("members", cloud(1_000, seed=1), drawn, 0, who.astype(int))
    low, high = found(rows)
    assert high / low == pytest.approx(3, rel=0.25)
    assert found.scale == pytest.approx(1, rel=0.25)  # real rows count as much as all others, however few they are


def test_of_one_member_it_is_the_straight_border():
    rows = cloud(500, APART / 2, seed=3)
    one, straight = (np.log(fit(name, REAL, DRAWN)(rows)) for name in ("members", "logistic"))
    np.testing.assert_allclose(one, straight, atol=0.05)  # penalties are chosen from a list


def test_critics_weigh_what_they_know():
    knows = np.array([1.0, 0, 0])  # two of three tell nothing
    rows = cloud(3_000, knows, 3, seed=1), cloud(3_000, 0, 3, seed=2)
    plain, weighed = (fit(kind.name, *rows) for kind in (Critics, WeightedCritics))
    assert plain.arrays["shares"].tolist() == [1 / 3] * 3
    assert weighed.arrays["shares"][0] > 0.85
    assert weighed.known.quality().log_loss < plain.known.quality().log_loss - 0.02


def test_a_calibrated_critic_is_the_ratio_itself():
    """One critic whose logit is a rising function of the ratio, on a scale of its own."""
    real, drawn = REAL[:, :1], DRAWN[:, :1]
    found = fit("critics", 7 * real - 3, 7 * drawn - 3)
    rows = cloud(2_000, APART[0] / 2, width=1, seed=3)
    middle = np.abs(rows[:, 0] - APART[0] / 2) < 1
    alone = np.exp(norm.logpdf(rows[:, 0], APART[0]) - norm.logpdf(rows[:, 0]))
    assert np.median(np.abs(np.log(found(7 * rows - 3) / alone))[middle]) < 0.25


def test_no_critic_is_certain():
    """Real and drawn rows that never meet: so many rows cannot tell odds beyond the root of their number."""
    rows = np.array([[-50.0], [50.0]])
    low, high = fit("critics", cloud(500, 9, 1), cloud(500, -9, 1))(rows)
    assert high / low == pytest.approx((np.sqrt(800) - 1) ** 2, rel=1e-6)


def test_a_vote_has_two_values_and_the_majority_decides():
    real, drawn = (np.repeat(rows[:, :1], 3, 1) + cloud(3_000, width=3, seed=4) * 0.1 for rows in (REAL, DRAWN))
    vote = fit(CriticsVote.name, real, drawn)
    low, high = vote(np.array([[9.0, -9, -9], [9, 9, -9]]))
    assert set(np.unique(vote(drawn))) == {low, high}
    assert low < 1 < high


def test_log_loss_is_that_of_scikit_learn():
    from sklearn.metrics import log_loss as theirs

    real, drawn = np.exp(np.random.default_rng(0).standard_normal((2, 40)))
    chances = np.concatenate([real, drawn]) / (1 + np.concatenate([real, drawn]))
    assert log_loss(real, drawn) == pytest.approx(theirs([1] * 40 + [0] * 40, chances))


@pytest.mark.parametrize(
    ("real", "drawn", "words"),
    [
        (cloud(20), DRAWN, "at least 50 real pictures, and 20 were given"),
        (REAL, cloud(20), "at least 50 drawn pictures"),
        (REAL, cloud(100, width=3), "rows of drawn pictures are no finite numbers"),
        (REAL * np.nan, DRAWN, "rows of real pictures are no finite numbers"),
    ],
)
def test_rows_that_tell_nothing_are_refused(real, drawn, words):
    with pytest.raises(FusionError, match=words):
        fit("logistic", real, drawn)


def test_unknown_names_and_other_files_are_refused(fitted):
    with pytest.raises(UnknownName, match="Did you mean 'logistic'"):
        fit("logistik", REAL, DRAWN)
    with pytest.raises(FusionError, match="stored ratio is no"):
        from_arrays(fitted.name, {"else": np.zeros(2)})
    other = Boosted if fitted.name != "boosted" else Critics
    with pytest.raises(FusionError, match=f"no {other.name!r}.*fit it again"):
        from_arrays(other.name, fitted.to_arrays())


def test_a_product_of_two_members_is_the_law_between_them():
    """N(-1, 1) and N(1, 1) with shares s and 1 - s: the product is N(1 - 2s, 1), by completing the square."""
    for share in (0.5, 0.8):
        rng = np.random.default_rng(7)
        who = (rng.random(20_000) > share).astype(int)
        drawn = rng.standard_normal((20_000, 1)) + (2 * who - 1)[:, None]
        found = fit("product", cloud(500, 5.0, width=1), drawn, 0, who)
        ratios = found(drawn)
        kept = drawn[rng.random(len(drawn)) < ratios / ratios.max(), 0]
        mean = 1 - 2 * share
        assert abs(kept.mean() - mean) < 0.06
        assert abs(kept.std() - 1) < 0.05
        # And r is exp(-KL(s || P)), whatever the classifier was written with.
        exact = np.exp(-((drawn[:, 0] - mean) ** 2) / 2) / (
            share * np.exp(-((drawn[:, 0] + 1) ** 2) / 2) + (1 - share) * np.exp(-((drawn[:, 0] - 1) ** 2) / 2)
        )
        near = np.abs(drawn[:, 0]) < 2
        assert np.corrcoef(np.log(ratios[near]), np.log(exact[near]))[0, 1] > 0.99


def test_a_product_of_one_member_keeps_all_alike_and_of_members_far_apart_hardly_anything():
    assert np.ptp(fit("product", REAL, DRAWN)(cloud(50, seed=9))) == 0
    rng = np.random.default_rng(3)
    who = rng.integers(0, 2, 2_000)
    for apart, least, most in ((0.1, 0.9, 1.0), (6.0, 0.0, 0.05)):
        drawn = rng.standard_normal((2_000, 2)) + apart * (2 * who - 1)[:, None]
        found = fit("product", REAL, drawn, 0, who)
        assert least <= found.raw(found.arrays, drawn).mean() <= most
