"""The loop over members: what it tells, and that it may be broken off anywhere."""

from itertools import islice

import numpy as np
import pytest
from ensemble_helpers import InMemory, same, small

from ganlab import ensembles
from ganlab.data import load_dataset
from ganlab.ensembles.loop import Begins, Of, with_rows
from ganlab.training import train
from ganlab.training.events import Finished, Started


def test_a_member_is_an_ordinary_training_of_its_rows():
    asked, data = small("bagging", {"seed": 4}, members=2), load_dataset("ring8")
    made = InMemory().train(asked, data)
    *_, alone = train(ensembles.specs_of(asked)[1], with_rows(data, made.rows(2)))
    assert same(made.members[2], alone.member)
    assert not same(made.members[1], made.members[2])


def test_events_come_with_their_member():
    told = list(ensembles.train(asked := small("seeds", members=2), load_dataset("ring8"), kept := InMemory()))
    assert [each.number for each in told if isinstance(each, Begins)] == [1, 2]
    assert [each.number for each in told if isinstance(each, Of) and isinstance(each.event, Started)] == [1, 2]
    assert [each.number for each in told if isinstance(each, Of) and isinstance(each.event, Finished)] == [1, 2]
    assert told[0].weights == {1: 1.0}
    assert next(each for each in told if isinstance(each, Begins) and each.number == 2).weights == {1: 0.5, 2: 0.5}
    assert kept.members == {}, "to keep members is the business of whoever iterates"
    assert len(ensembles.specs_of(asked)) == 2


@pytest.mark.parametrize("method", ["bagging", "snapshots"])
def test_broken_off_anywhere_it_gives_the_same_members(method):
    asked, data = small(method, {"seed": 1}, members=3), load_dataset("ring8")
    whole = InMemory().train(asked, data)
    for events in (1, 9, 17, 25):
        broken = InMemory()
        for told in islice(ensembles.train(asked, data, broken), events):
            broken.take(told)
        saved = {number: broken.checkpoint(number).facts["steps"] for number in broken.checkpoints}
        told = broken.train(asked, data).told
        (start, *_) = [each for each in told if isinstance(each, Of) and isinstance(each.event, Started)]
        assert start.event.step == saved.get(start.number, 6 * (start.number - 1) if method == "snapshots" else 0)
        assert all(same(whole.members[number], broken.members[number]) for number in (1, 2, 3))


def test_finished_members_are_not_trained_again():
    asked, data = small("seeds", members=3), load_dataset("ring8")
    kept = InMemory().train(asked, data)
    del kept.members[2]
    told = list(ensembles.train(asked, data, kept))
    assert {each.number for each in told} == {2}


def test_rows_may_come_several_times():
    data = load_dataset("ring8")
    seen = with_rows(data, np.array([3, 3, 0]))
    assert seen.split("train")[0].equal(data.split("train")[0][[3, 3, 0]])
    assert seen.splits["validation"].equal(data.splits["validation"])


def test_members_start_from_a_kept_one():
    data = load_dataset("ring8")
    first = InMemory().train(small("seeds", members=2), data).members[1]
    first.card = first.card.model_copy(update={"name": "anna"})
    asked = small("seeds", {"start": "anna", "seed": 9}, members=2)
    kept = InMemory()
    for told in ensembles.train(asked, data, kept, opened={"anna": first}.__getitem__):
        kept.take(told)
    *_, alone = train(ensembles.specs_of(asked)[1], data, start=first)
    assert same(kept.members[2], alone.member)
