"""Trainings that start from a member: its weights to the bit, resumed without it, with its lineage."""

import pytest
import torch
from fakes import data_for, rng, tiny_spec

from ganlab.errors import MemberError, SpecError
from ganlab.members import origins
from ganlab.members.networks import to_bytes
from ganlab.networks.layers import initialise
from ganlab.training import Controls, member_at, train
from ganlab.training.events import Finished, Saved

SMALL = {"network": "dcgan", "width": 4, "critic_width": 4, "checkpoint_every": 2}
FAMILIES = {
    "gan": SMALL,
    "spectral norm": {**SMALL, "spectral_norm": True},
    "conditional": {**SMALL, "conditional": True},
    "growing": {**SMALL, "grow": 0.9},
    "vae": {**SMALL, "objective": "elbo"},
    "vaegan": {**SMALL, "objective": "vaegan"},
    "points": {"network": "toy", "dataset": "ring8", "checkpoint_every": 2},
}
families = pytest.mark.parametrize("asked", FAMILIES.values(), ids=FAMILIES)


def trained(name="anna", **asked):
    """A member after a few steps, as it is when it was kept."""
    spec = tiny_spec(**asked)
    *_, last = train(spec, data_for(spec, 20))
    member = last.member
    member.card = member.card.model_copy(update={"name": name, "weights": to_bytes(member.networks)[1]})
    return member


def run(spec, start=None, **options):
    return list(train(spec, data_for(spec, 20), start=start, **options))


def kind(events, wanted):
    return [event for event in events if isinstance(event, wanted)]


def weights(member, role="generator"):
    return {f"{role}.{name}": value for name, value in member.networks[role].state_dict().items()}


@families
@pytest.mark.usefixtures("global_chance")
def test_the_first_weights_are_the_members_to_the_bit(asked):
    anna = trained(**asked)
    spec = tiny_spec(**asked, start="anna", seed=7)
    events = train(spec, data_for(spec, 20), controls=Controls(save=True), start=anna)
    first = next(event for event in events if isinstance(event, Saved))
    assert first.step == 0
    averages = {"generator": ("average",), "encoder": ("average_encoder",), "critic": ()}
    for role in anna.networks:
        for name, value in weights(anna, role).items():
            for part in (role, *averages[role]):
                assert first.checkpoint.tensors[name.replace(role, part, 1)].equal(value), name


@families
def test_a_started_run_is_repeated_and_resumed_to_the_bit_without_its_start(asked):
    anna = trained(**asked)
    spec = tiny_spec(**asked, start="anna", seed=7)
    whole = run(spec, anna)
    middle, *_, end = kind(whole, Saved)
    again = kind(run(spec, anna), Saved)[-1]
    resumed = kind(run(spec, resume=middle.checkpoint), Saved)[-1]
    assert middle.step < end.step
    for other in (again, resumed):
        assert all(value.equal(other.checkpoint.tensors[name]) for name, value in end.checkpoint.tensors.items())
        assert other.checkpoint.facts["lineage"] == end.checkpoint.facts["lineage"]
    fresh = kind(run(tiny_spec(**asked, seed=7)), Saved)[-1]
    assert not all(value.equal(fresh.checkpoint.tensors[name]) for name, value in end.checkpoint.tensors.items())


def test_all_members_of_a_run_share_its_lineage():
    anna = trained(**SMALL)
    spec = tiny_spec(**SMALL, start="anna", seed=7)
    events = run(spec, anna)
    lineage = kind(events, Finished)[0].member.card.lineage
    assert lineage == (origins.identity(spec, anna.card), anna.card.digest(), *anna.card.lineage)
    assert anna.card.lineage == (origins.identity(anna.card.spec),)
    for saved in kind(events, Saved):
        assert member_at(spec, saved.checkpoint).card.lineage == lineage


def test_a_checkpoint_from_before_lineages_goes_on():
    spec = tiny_spec(**SMALL)
    middle = kind(run(spec), Saved)[0].checkpoint
    middle.facts.pop("lineage")
    assert kind(run(spec, resume=middle), Finished)[0].member.card.lineage == (origins.identity(spec),)


def test_a_good_average_is_remembered_from_the_first_step_on():
    anna = trained(**SMALL)
    spec = tiny_spec(**SMALL, start="anna", ema=0.9, steps=1, learning_rate_generator=0.01)
    saved = kind(run(spec, anna), Saved)[-1].checkpoint
    name = next(name for name in weights(anna) if name.endswith("weight"))
    before, learned = weights(anna)[name], saved.tensors[name]
    assert not learned.equal(before)
    expected = 0.9 * before + 0.1 * learned
    assert torch.allclose(saved.tensors[name.replace("generator", "average", 1)], expected, atol=1e-7)


def test_an_unkept_member_is_told_from_others_by_its_weights():
    anna, spec = trained(**SMALL), tiny_spec(**SMALL, start="anna", seed=7)
    kept = kind(run(spec, anna), Finished)[0].member.card.lineage
    anna.card = anna.card.model_copy(update={"weights": None})
    assert kind(run(spec, anna), Finished)[0].member.card.lineage == kept
    for network in anna.networks.values():
        initialise(network, rng(3), normal=False)
    assert kind(run(spec, anna), Finished)[0].member.card.lineage[0] != kept[0]


def test_a_start_that_is_not_at_hand_or_does_not_fit_is_refused():
    anna, spec = trained(**SMALL), tiny_spec(**SMALL, start="anna")
    with pytest.raises(SpecError, match="starts from 'anna', but None was handed over"):
        run(spec)
    with pytest.raises(SpecError, match="starts from None, but 'anna' was handed over"):
        run(tiny_spec(**SMALL), anna)
    with pytest.raises(MemberError, match="has width 4, and the training asks for 2"):
        run(tiny_spec(**(SMALL | {"width": 2}), start="anna"), anna)
    del anna.networks["critic"]
    with pytest.raises(MemberError, match="'anna' was kept without its critic"):
        run(spec, anna)
