"""Learning from a teacher: its pictures in the place of real ones, and nothing else changed."""

import dataclasses

import pytest
import torch
from fakes import data_for, keep_member, tiny_spec

from ganlab import seeds
from ganlab.errors import MemberError, SpecError
from ganlab.fusion import fuse, load
from ganlab.images import to_uint8
from ganlab.members import origins
from ganlab.training import taught, train
from ganlab.training.events import Finished, Saved

SMALL = {"network": "dcgan", "width": 2, "critic_width": 2, "checkpoint_every": 2}
TOY = {"network": "toy", "dataset": "ring8", "checkpoint_every": 2}

pytestmark = pytest.mark.usefixtures("workspace")


def lesson(data, teacher, seed=0):
    *_, last = taught(data, teacher, seed)
    return last


def last(events, kind):
    return [event for event in events if isinstance(event, kind)][-1]


def the_same(one, other):
    return all(value.equal(other.tensors[name]) for name, value in one.tensors.items())


@pytest.mark.usefixtures("global_chance")
def test_only_what_trains_is_drawn():
    keep_member("anna")
    data, teacher = data_for(tiny_spec(), 1_500), load("anna")
    before = data.examples.clone()
    *counts, drawn = taught(data, teacher, 0)
    assert counts == [500, 1_000, 1_200]
    assert data.examples.equal(before), "the real ones are left alone"
    assert drawn.drawn_by == ("anna", teacher.card.digest())
    assert drawn.labels is None, "nothing is known of what it draws"
    for split in ("validation", "test"):
        assert drawn.split(split)[0].equal(data.split(split)[0])
    pictures = drawn.split("train")[0]
    assert (pictures.dtype, pictures.shape) == (torch.uint8, (1_200, 1, 8, 8))
    assert len(pictures.flatten(1).unique(dim=0)) > 1_000, "each chunk has noise of its own"
    assert lesson(data, teacher).examples.equal(drawn.examples)
    assert not lesson(data, teacher, 1).examples.equal(drawn.examples)


def test_a_teacher_of_classes_is_asked_for_those_of_the_real_pictures():
    keep_member("anna", conditional=True)
    teacher, data = load("anna"), data_for(tiny_spec(), 40)
    drawn = lesson(data, teacher)
    assert drawn.labels.equal(data.labels)
    noise = seeds.stream(0, "teacher").integers(2**63, size=1).tolist()
    rows = data.splits["train"]
    wanted = teacher.sample(len(rows), noise[0], data.labels[rows])
    assert drawn.examples[rows].equal(torch.from_numpy(to_uint8(wanted)).permute(0, 3, 1, 2))


@pytest.mark.parametrize("asked", [SMALL, {**SMALL, "conditional": True}, TOY], ids=["gan", "conditional", "points"])
def test_a_student_is_one_trained_on_the_drawn_pictures(asked):
    kept = {name: value for name, value in asked.items() if name != "checkpoint_every"}
    keep_member("anna", **kept)
    keep_member("otto", seed=1, **kept)
    teacher = fuse(["anna", "otto"], "mixture", name="both")
    spec, data = tiny_spec(**asked, teacher="both", seed=5), data_for(tiny_spec(**asked), 40)
    drawn = lesson(data, teacher, 5)
    events = list(train(spec, drawn))
    plain = dataclasses.replace(drawn, drawn_by=None)
    expected = list(train(tiny_spec(**asked, seed=5), plain))
    assert the_same(last(events, Saved).checkpoint, last(expected, Saved).checkpoint)
    assert not the_same(last(events, Saved).checkpoint, last(train(tiny_spec(**asked, seed=5), data), Saved).checkpoint)
    card = last(events, Finished).member.card
    assert card.made_of == {"both": teacher.card.digest()}
    assert card.lineage == (origins.identity(spec, None, teacher.card.digest()),)
    assert not origins.are_relatives(card, load("anna").card), "a teacher hands on no weights"
    assert card.lineage != (origins.identity(spec),)


def test_the_tuned_mixture_is_taught_to_a_student_started_from_a_member():
    keep_member("anna")
    keep_member("otto", seed=1)
    teacher, start = fuse(["anna", "otto"], "mixture", name="both"), load("anna")
    spec = tiny_spec(**SMALL, teacher="both", start="anna", seed=5)
    drawn = lesson(data_for(spec, 40), teacher, 5)
    events = list(train(spec, drawn, start=start))
    card = last(events, Finished).member.card
    assert card.made_of == {"anna": start.card.digest(), "both": teacher.card.digest()}
    assert origins.are_relatives(card, start.card)
    middle = next(event for event in events if isinstance(event, Saved))
    resumed = list(train(spec, drawn, middle.checkpoint))
    assert the_same(last(events, Saved).checkpoint, last(resumed, Saved).checkpoint)
    assert last(resumed, Finished).member.card.made_of == card.made_of
    other = dataclasses.replace(drawn, drawn_by=("both", "0" * 64))
    with pytest.raises(SpecError, match="'both' is not the member that the run learned from before"):
        list(train(spec, other, middle.checkpoint))


def test_pictures_of_another_than_the_teacher_are_refused():
    keep_member("anna")
    data = data_for(tiny_spec(), 40)
    with pytest.raises(SpecError, match="learns from 'anna', but the pictures were drawn by None"):
        list(train(tiny_spec(**SMALL, teacher="anna"), data))
    with pytest.raises(SpecError, match="learns from None, but the pictures were drawn by 'anna'"):
        list(train(tiny_spec(**SMALL), lesson(data, load("anna"))))


def test_who_cannot_teach_is_told_in_a_sentence():
    keep_member("anna")
    spec = tiny_spec(**SMALL, teacher="anna")
    origins.check_origins(spec)
    with pytest.raises(
        MemberError, match=r"'anna' draws 'digits' \(1x8x8\), and the training is of 'mnist' \(1x28x28\)"
    ):
        origins.check_origins(tiny_spec(**SMALL, teacher="anna", dataset="mnist"))
    with pytest.raises(MemberError, match="cannot be asked for a class, and the student shall learn classes"):
        origins.check_origins(tiny_spec(**SMALL, teacher="anna", conditional=True))
    keep_member("otto", conditional=True)
    for conditional in (True, False):
        origins.check_origins(tiny_spec(**SMALL, teacher="otto", conditional=conditional))
    assert set(origins.teachers("digits", (1, 8, 8))) >= {"anna", "otto"}
    assert origins.teachers("mnist", (1, 8, 8)) == []
