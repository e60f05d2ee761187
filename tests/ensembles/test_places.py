"""Members trained several at once: whatever waits for nobody, in any order, with machines that are lost."""

import pickle

import pytest
import torch
from ensemble_helpers import InMemory, same, small
from fakes import card_for, rng, tiny_spec

from ganlab import ensembles
from ganlab.data import load_dataset
from ganlab.ensembles import METHODS
from ganlab.ensembles.loop import Begins, Broke, Of, Training
from ganlab.errors import RunError
from ganlab.fusion import fuse
from ganlab.members.member import NetworkMember
from ganlab.members.networks import build, to_bytes
from ganlab.training.events import Controls, Finished, Saved, Scored, Started, Unscored
from ganlab.training.loop import train
from ganlab.training.place import Here, Lost, Over, several


class Turns:
    """A place for three, which asks one after the other, and loses those it is told to at their n-th event, from 0."""

    room = 3

    def __init__(self, device, lose=()):
        self.device, self.lose, self.going, self.most = device, [*lose], [], 0

    def begin(self, key, work):
        travelled = pickle.loads(pickle.dumps(work)) if isinstance(work, Training) else work
        self.going.append((key, enumerate(travelled(self.device, Controls()))))
        self.most = max(self.most, len(self.going))

    def next(self):
        key, events = self.going.pop(0)
        place, event = next(events, (None, Over()))
        if (key, place) in self.lose:
            self.lose.remove((key, place))
            return key, Lost("It is gone.")
        if place is not None:
            self.going.append((key, events))
        return key, event


class Told(InMemory):
    def train(self, asked, data, place):
        for told in ensembles.train(asked, data, self, place=place):
            self.told.append(told)
            self.take(told)
        return self


@pytest.fixture(scope="module")
def data():
    return load_dataset("ring8")


@pytest.fixture
def place(data):
    return Turns(data.examples.device)


@pytest.mark.parametrize("method", ["bagging", "snapshots", "joint", "cross_validation"])
def test_members_are_the_same_wherever_they_are_trained(method, data, place):
    asked = small(method, {"seed": 2}) if method == "cross_validation" else small(method, {"seed": 2}, members=3)
    here, there = InMemory().train(asked, data), Told().train(asked, data, place)
    assert all(same(here.members[k], there.members[k]) for k in here.members)
    assert here.facts == there.facts
    independent = method in ("bagging", "cross_validation")
    assert place.most == (3 if independent else 2 if method == "joint" else 1)
    assert (ensembles.one_by_one(asked) is None) == independent


@pytest.mark.parametrize("method", METHODS.names)
def test_what_a_method_does_not_wait_for_it_does_not_look_at(method, data):
    class Nobody:
        def member(self, number):
            raise AssertionError(f"looks at {number}")

        checkpoint = finished = member

    asked = small(method, split="features", members=2) if method == "specialists" else small(method)
    plan = METHODS[method].load()(asked, data, data.examples.device, lambda text: None)
    free = [k for k in range(1, len(plan.specs(asked)) + 1) if not plan.waits(asked, k)]
    assert [plan.part(number, Nobody()).spec.dataset for number in free] == ["ring8"] * len(free)
    assert free[0] == 1


def test_what_is_lost_goes_on_from_its_checkpoint(data):
    asked = small("bagging", {"steps": 9, "log_every": 1}, members=3)
    here = InMemory().train(asked, data)
    told = Told().train(asked, data, Turns(data.examples.device, [(2, 9), (3, 1)]))
    assert all(same(here.members[k], told.members[k]) for k in here.members)
    assert [(each.number, each.why) for each in told.told if isinstance(each, Broke)] == [
        (3, "It is gone."),
        (2, "It is gone."),
    ]
    starts = [
        (each.number, each.event.step) for each in told.told if isinstance(each, Of) and isinstance(each.event, Started)
    ]
    assert sorted(starts) == [(1, 0), (2, 0), (2, 3), (3, 0), (3, 0)]
    assert [each.number for each in told.told if isinstance(each, Begins)] == [1, 2, 3, 3, 2]


def test_what_breaks_every_machine_is_not_tried_for_ever(data):
    asked = small("seeds", members=2)
    with pytest.raises(RunError, match=r"Member 2 was lost 3 times in a row at step 0\. It is gone\. Resume the run"):
        Told().train(asked, data, Turns(data.examples.device, [(2, 2)] * 3))


def test_only_what_trains_travels(data):
    begun = {}

    class Full(Turns):
        def begin(self, key, work):
            begun[key] = work
            super().begin(key, work)

    Told().train(small("bagging", members=2), data, Full(data.examples.device))
    theirs = pickle.loads(pickle.dumps(begun[2]))
    assert theirs.data.examples.equal(begun[2].data.split("train")[0])
    assert {*theirs.data.splits} == {"train"}
    assert theirs.data.log_density is None


def test_a_scorer_that_fails_ends_the_scores_and_not_the_training(data):
    def broken(member, seed):
        raise RunError("No eyes.")

    spec = ensembles.specs_of(small("seeds", {"score_every": 2}, members=2))[0]
    told = list(train(spec, data, scorer=broken))
    assert [(each.step, each.why) for each in told if isinstance(each, Unscored)] == [
        (2, "The run goes on without scores. No eyes.")
    ]
    assert isinstance(told[-1], Finished)
    assert not [each for each in told if isinstance(each, Scored)]
    assert [each.step for each in told if isinstance(each, Saved)] == [3, 6]


def test_pieces_of_work_are_iterated_as_there_is_room_and_again_where_they_are_lost(data):
    class Piece:
        def __init__(self, name):
            self.name = name

        def __call__(self, device, controls):
            yield from (f"{self.name}{place}" for place in range(3))

    place = Turns(data.examples.device, [("b", 1)])
    told = list(several(place, ((name, Piece(name)) for name in "abcd")))
    assert place.most == 3
    assert [event for key, event in told if key == "b"] == ["b0", "b0", "b1", "b2"]
    assert dict(told) == {name: f"{name}2" for name in "abcd"}
    assert list(several(Here(), [("a", Piece("a"))])) == [("a", "a0"), ("a", "a1"), ("a", "a2")]
    with pytest.raises(RunError, match=r"'a' was lost 3 times\. It is gone\."):
        list(several(Turns(None, [("a", 1)] * 3), [("a", Piece("a"))]))


def test_members_travel_with_whatever_they_are_made_of():
    members = []
    for seed in range(2):
        spec = tiny_spec(network="dcgan", spectral_norm=True, conditional=True, seed=seed).resolved()
        members.append(NetworkMember(card_for(spec, f"m{seed}"), build(spec, rng(seed))))
    for member in [*members, fuse(members, "average"), fuse(members, "mixture", (0.3, 0.7))]:
        there = pickle.loads(pickle.dumps(member)).on(torch.device("cpu"))
        assert there.sample(4, 0).equal(member.sample(4, 0))
        assert there.card == member.card
    there = pickle.loads(pickle.dumps(members[0]))
    assert to_bytes(there.networks)[1] == to_bytes(members[0].networks)[1]
