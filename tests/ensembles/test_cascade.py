"""Cascades: whose rows go on, how many, with which shares."""

import numpy as np
import pytest
import torch
from ensemble_helpers import InMemory, small

from ganlab import ensembles
from ganlab.data import load_dataset
from ganlab.ensembles.cascade import Cascade
from ganlab.ensembles.loop import with_rows
from ganlab.errors import SpecError
from ganlab.spec import EnsembleSpec, MemberSpec


class Judge:
    """A member whose critic likes what lies to the right."""

    conditional = False

    def score(self, points, labels=None):
        return points[:, 0]


@pytest.fixture(scope="module")
def data():
    return with_rows(load_dataset("ring8"), np.arange(1_000))


@pytest.fixture
def judged():
    kept = InMemory()
    kept.members = dict.fromkeys((1, 2), Judge())
    return kept


def test_the_rows_a_critic_is_surest_of_go_on(data, judged):
    plan = Cascade(small("cascade", members=3, passed=0.25), data, torch.device("cpu"), lambda text: None)
    x = data.split("train")[0][:, 0].numpy()
    assert plan.part(1, judged).rows.tolist() == list(range(1_000))
    assert plan.part(1, judged).told is None
    second = plan.part(2, judged)
    assert sorted(second.rows) == sorted(np.argsort(-x, kind="stable")[:250])
    assert second.told == "250 of 1,000 rows, those that 1 critic let pass"
    third = plan.part(3, judged)
    assert set(third.rows) < set(second.rows)
    assert len(third.rows) == 62
    assert x[third.rows].min() >= np.delete(x[second.rows], np.searchsorted(second.rows, third.rows)).max()


def test_shares_are_of_the_rows_that_went_no_further(data, judged):
    plan = Cascade(small("cascade", members=3, passed=0.25), data, torch.device("cpu"), lambda text: None)
    assert plan.weights(1) == {1: 1.0}
    assert plan.weights(2) == {1: 0.75, 2: 0.25}
    assert plan.weights(3) == pytest.approx({1: 0.75, 2: 0.188, 3: 0.062})


def test_a_resumed_cascade_judges_anew(data, judged):
    """The third member's rows follow from both critics, also for a plan that never saw the second one's."""
    asked = small("cascade", members=3, passed=0.25)
    plans = [Cascade(asked, data, torch.device("cpu"), lambda text: None) for _ in range(2)]
    plans[0].part(2, judged)
    assert (plans[0].part(3, judged).rows == plans[1].part(3, judged).rows).all()


def test_real_critics_choose(data):
    made = InMemory().train(small("cascade", {"steps": 20}, members=2, passed=0.5), data)
    logits = made.members[1].score(data.split("train")[0]).numpy()
    chosen = np.isin(np.arange(1_000), made.rows(2))
    assert chosen.sum() == 500
    assert logits[chosen].min() >= logits[~chosen].max()


@pytest.mark.parametrize(
    ("base", "options", "sentence"),
    [
        ({"objective": "elbo"}, {}, "objective 'elbo' trains none"),
        ({"pack": 2}, {}, "use pack 1 and minibatch_discrimination 0"),
        ({"network": "mlp"}, {"passed": 0.1}, "Only 14 rows would reach member 3, fewer than batch_size 64"),
    ],
)
def test_what_no_cascade_can_be_is_refused(base, options, sentence):
    with pytest.raises(SpecError) as told:
        ensembles.resolved(EnsembleSpec(method="cascade", base=MemberSpec(**base), **options))
    assert sentence in str(told.value)
