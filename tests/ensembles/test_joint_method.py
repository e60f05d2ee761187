"""The joint method: one training, K members with the shares it came to, and what has no place in it."""

from itertools import islice

import pytest
from ensemble_helpers import InMemory, same, small

from ganlab import ensembles
from ganlab.data import load_dataset
from ganlab.ensembles.loop import Begins, Of
from ganlab.errors import SpecError
from ganlab.training.events import Finished, Preview, Started, Step

BASE = {"seed": 1, "log_every": 2, "learning_rate_generator": 0.01}


@pytest.fixture(scope="module")
def whole():
    return InMemory().train(small("joint", BASE, members=3))


def of(told, kind):
    return [each for each in told if isinstance(each, Of) and isinstance(each.event, kind)]


def test_the_first_training_is_that_of_all(whole):
    asked = small("joint", BASE, members=3)
    assert ensembles.lengths(asked) == (6, 0, 0)
    assert [each.event.step for each in of(whole.told, Started)] == [0, 6, 6]
    assert [each.event.step for each in of(whole.told, Finished)] == [6, 6, 6]
    assert [each.start for each in whole.told if isinstance(each, Begins)] == [0, 6, 6]
    assert {each.number for each in of(whole.told, Step)} == {1}
    assert [each.event.step for each in of(whole.told, Preview) if each.number > 1] == [6, 6]
    assert not any(same(whole.members[one], whole.members[two]) for one, two in ((1, 2), (1, 3), (2, 3)))


def test_members_weigh_what_their_shares_came_to(whole):
    *_, last = of(whole.told, Step)
    shares = [last.event.values[f"share_{k}"] for k in (1, 2, 3)]
    weights = whole.begun[3].weights
    assert sum(weights.values()) == pytest.approx(1)
    assert list(weights.values()) == pytest.approx(shares, abs=0.02)  # those are means over the last steps
    assert len(set(weights.values())) == 3
    first, second = whole.begun[2].weights.values()
    assert first / second == pytest.approx(weights[1] / weights[2])
    assert whole.begun[1].weights == {1: 1.0}


def test_cards_say_who_was_trained_with_whom(whole):
    told = [whole.begun[k].part.told for k in (1, 2, 3)]
    assert told[1] == "all rows, as generator 2 of 3 trained together"
    assert len(set(told)) == 3


def test_broken_off_anywhere_it_gives_the_same_members(whole):
    asked, data = small("joint", BASE, members=3), load_dataset("ring8")
    for events in (1, 6, 9, 13, 15):
        broken = InMemory()
        for told in islice(ensembles.train(asked, data, broken), events):
            broken.take(told)
        broken.train(asked, data)
        assert all(same(whole.members[number], broken.members[number]) for number in (1, 2, 3))


def test_options_are_those_of_the_game():
    usual = small("joint")
    assert (usual.members, usual.critics, usual.diversity, usual.softness) == (4, 2, 0.01, 1.0)
    game = InMemory().train(small("joint", BASE, members=2, critics=3, diversity=0.0, softness=0.0))
    *_, last = of(game.told, Step)
    assert [last.event.values[f"critic_weight_{m}"] for m in (1, 2, 3)] == pytest.approx([1 / 3] * 3)
    assert "confusion" not in last.event.values


@pytest.mark.parametrize(
    ("base", "changes", "words"),
    [
        ({"dataset": "digits", "network": "mlp", "objective": "elbo"}, {}, "objective 'elbo' is no such game"),
        ({"dataset": "digits", "network": "mlp", "conditional": True}, {}, "conditional is True, which method 'joint'"),
        ({"feature_matching": 1.0}, {}, "feature_matching is 1.0, which method 'joint' has no use for"),
        ({"start": "anna"}, {}, "start is 'anna'"),
        ({}, {"split": "labels"}, "split does not belong to method 'joint'"),
    ],
)
def test_what_has_no_place_in_it_is_refused(base, changes, words):
    with pytest.raises(SpecError, match=words):
        small("joint", base, **changes)


def test_others_take_none_of_its_options():
    with pytest.raises(SpecError, match="softness does not belong to method 'seeds': it takes members"):
        small("seeds", softness=2.0)
