"""Boosting against the paper, retold in tests/references/adagan.py, and on a plane where one heap is missed."""

import numpy as np
import pytest
import torch
from ensemble_helpers import InMemory, same, small
from hypothesis import given
from hypothesis import strategies as st
from references.adagan import mixture_by_hand, weights_by_hand

from ganlab.data import load_dataset
from ganlab.ensembles.boosting import Boosting, row_weights
from ganlab.ensembles.loop import with_rows

CHANCES = st.lists(st.floats(0.01, 0.99), min_size=2, max_size=12, unique=True)


@given(CHANCES, st.floats(0.05, 0.95))
def test_row_weights_agree_with_the_paper(chances, share):
    covered = np.array([(1 - d) / d for d in chances])
    assert row_weights(covered, share) == pytest.approx(weights_by_hand(chances, share), rel=1e-9, abs=1e-12)


@given(CHANCES, st.floats(0.05, 0.95))
def test_row_weights_are_chances_that_fall_with_coverage(chances, share):
    covered = np.array([(1 - d) / d for d in chances])
    weights = row_weights(covered, share)
    assert weights.sum() == pytest.approx(1, abs=1e-12)
    assert (np.diff(weights[np.argsort(covered)]) <= 1e-15).all()


def test_in_closed_form():
    """Two rows of four are not covered at all, two exactly: with b = 1/2 the missing half is all that is learned."""
    assert row_weights(np.array([0.0, 0.0, 2.0, 2.0]), 0.5).tolist() == [0.5, 0.5, 0.0, 0.0]
    assert row_weights(np.ones(4), 0.3) == pytest.approx(np.full(4, 0.25)), "a perfect mixture asks for all rows alike"
    # l of two rows: (3 * 0.5 + 0.5 * (0 + 1)) / 2 = 1 < 0.5 * 4; weights (1 - 0.5 h) / 1.5.
    assert row_weights(np.array([0.0, 1.0, 4.0]), 0.5) == pytest.approx([1 / 1.5, 0.5 / 1.5, 0])


@pytest.mark.parametrize(("share", "betas"), [(None, [1, 1 / 2, 1 / 3, 1 / 4]), (0.3, [1, 0.3, 0.3, 0.3])])
def test_mixture_weights_agree_with_the_paper(share, betas):
    plan = Boosting(small("boosting", share=share), load_dataset("ring8"), torch.device("cpu"), lambda text: None)
    assert list(plan.weights(4).values()) == pytest.approx(mixture_by_hand(betas))
    if share is None:
        assert list(plan.weights(4).values()) == pytest.approx([0.25] * 4), "1/t weighs all alike"


class Real:
    """A member that draws real points, but none right of the middle."""

    def __init__(self, data):
        points = data.split("train")[0]
        self.points = points[points[:, 0] < 0.5]

    def sample(self, n, seed):
        return self.points[torch.randint(len(self.points), (n,), generator=torch.Generator().manual_seed(seed))]


@pytest.mark.parametrize("ratio", ["boosted", "least_squares"])
def test_what_is_missed_is_learned_next(ratio):
    data = with_rows(load_dataset("ring8"), np.arange(4_000))
    plan = Boosting(small("boosting", ratio=ratio), data, torch.device("cpu"), lambda text: None)
    kept = InMemory()
    kept.members[1] = Real(data)
    part = plan.part(2, kept)
    points = data.split("train")[0][part.rows]
    missed = (data.split("train")[0][:, 0] >= 0.5).float().mean()
    assert 0.3 < missed < 0.45, "three heaps of eight"
    # With the true ratio, h is 0 where the member draws nothing and 1 / (1 - missed) elsewhere, l is 1, and weights of
    # 2 / N make the missed part twice as frequent; trees know less, and a sample varies by 0.01.
    assert 1.5 * missed < (points[:, 0] >= 0.5).float().mean() < 2 * missed + 0.04
    assert len(part.rows) == 4_000
    assert part.told.startswith("sample 2 of 4,000 rows by weight (effective ")
    assert (plan.part(2, kept).rows == part.rows).all()


def test_a_boosted_ensemble_broken_off_gives_the_same_members():
    data = with_rows(load_dataset("ring8"), np.arange(1_000))
    asked = small("boosting", {"steps": 30}, members=3)
    whole = InMemory().train(asked, data)
    broken = InMemory()
    broken.members, broken.checkpoints = {1: whole.members[1]}, {}
    broken.train(asked, data)
    assert all(same(whole.members[number], broken.members[number]) for number in (2, 3))
    assert not same(whole.members[1], whole.members[2])
