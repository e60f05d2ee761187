"""Runs in which networks grow: when each level comes, what is told and kept of it, and that it can be repeated."""

from fractions import Fraction

import pytest
import torch
from fakes import data_for, tiny_spec
from hypothesis import given
from hypothesis import strategies as st

from ganlab.networks.growing import Growing, coarsened
from ganlab.training import Checkpoint, member_at, train
from ganlab.training.events import Finished, Preview, Saved, Scored, Stage
from ganlab.training.gan import GAN
from ganlab.training.growth import Growth

SMALL = {"network": "dcgan", "width": 2, "critic_width": 2, "grow": 0.8}


def events_of(spec, **options):
    return list(train(spec, data_for(spec, 20), **options))


def levels(network):
    return {part.level for part in network.modules() if isinstance(part, Growing)}


def level_by_hand(steps, share, top, step):
    """Phases of one length, the first of the coarsest side; each later one fades for half of it."""
    phase = Fraction(steps) * Fraction(share) / (Fraction(top) + Fraction(1, 2))
    for level in range(top + 1):
        begin, now = level * phase, Fraction(step + 1)
        if level == top or now < begin + phase:
            return max(Fraction(0), level - 1 + min(Fraction(1), 2 * (now - begin) / phase))
    raise AssertionError


@given(st.integers(1, 10_000), st.integers(1, 99), st.integers(2, 6), st.data())
def test_each_phase_fades_in_then_stands(steps, percent, top, data):
    step = data.draw(st.integers(0, steps - 1))
    level = Growth(steps, percent / 100, top).level(step)
    assert level * 256 == int(level * 256)
    assert level == pytest.approx(float(level_by_hand(steps, Fraction(percent, 100), top, step)), abs=1 / 256 + 1e-9)


@given(st.integers(1, 300), st.floats(1e-300, 0.99), st.integers(2, 6))
def test_a_run_grows_from_the_coarsest_side_to_a_whole_network(steps, share, top):
    growth = Growth(steps, share, top)
    reached = [growth.level(step) for step in range(steps)]
    assert reached == sorted(reached)
    assert reached[-1] == top, "whole at the end, however short the run"
    assert all(level == top for step, level in enumerate(reached) if step + 1 >= share * steps + 1)
    assert [growth.stage(step) for step in range(steps)] == [-int(-level // 1) for level in reached]
    if share * steps > 2 * (top + 0.5):
        assert reached[0] == 0


def test_what_does_not_grow_has_no_schedule():
    assert Growth.of(tiny_spec(network="mlp").resolved()) is None
    assert Growth.of(tiny_spec(**(SMALL | {"grow": 0.0})).resolved()) is None
    assert Growth.of(tiny_spec(**SMALL, dataset="mnist").resolved()) == Growth(6, 0.8, 2)


def test_sizes_are_stages_each_with_a_member():
    spec = tiny_spec(**SMALL, steps=50, checkpoint_every=1_000, preview_every=1_000).resolved()
    events = events_of(spec)
    stages = [event for event in events if isinstance(event, Stage)]
    assert [(each.step, each.name, each.ended) for each in stages] == [
        (0, "2x2", None),
        (16, "4x4", "2x2"),  # 0.8 * 50 steps in two phases and a half
        (32, "8x8", "4x4"),
    ]
    saved = {event.step: event.checkpoint for event in events if isinstance(event, Saved)}
    assert sorted(saved) == [16, 32, 50]
    for level, (step, block) in enumerate([(16, 4), (32, 2), (50, 1)]):
        member = member_at(spec, Checkpoint.from_bytes(saved[step].to_bytes()))
        assert levels(member.networks["generator"]) == levels(member.networks["critic"]) == {level}
        drawn = member.sample(4, seed=0)
        coarse = drawn[:, :, ::block, ::block]
        assert torch.equal(drawn, coarse.repeat_interleave(block, 2).repeat_interleave(block, 3))
        shown = next(each for each in events if isinstance(each, Preview) and each.step == step).images
        assert (shown[:, ::block, ::block].repeat(block, 1).repeat(block, 2) == shown).all()


@pytest.mark.parametrize(
    "options",
    [{"objective": "hinge", "conditional": True}, {"objective": "wasserstein_gp"}, {"objective": "relativistic"}],
)
def test_a_run_broken_off_at_any_step_of_a_fade_goes_on_to_the_bit(options):
    spec = tiny_spec(**SMALL, steps=12, checkpoint_every=1, **options).resolved()
    saved = [event for event in events_of(spec) if isinstance(event, Saved)]
    growth = Growth.of(spec)
    within = [event for event in saved if growth.level(event.step - 1) % 1]
    assert len(within) >= 4
    for event in within:
        assert levels(member_at(spec, event.checkpoint).networks["generator"]) == {growth.level(event.step - 1)}
        resumed = events_of(spec, resume=Checkpoint.from_bytes(event.checkpoint.to_bytes()))
        tensors = next(each for each in reversed(resumed) if isinstance(each, Saved)).checkpoint.tensors
        wanted = saved[-1].checkpoint.tensors
        assert tensors.keys() == wanted.keys()
        assert [name for name, value in wanted.items() if not torch.equal(value, tensors[name])] == []


def trainer_of(**changes):
    spec = tiny_spec(**(SMALL | {"steps": 20, "batch_size": 8, "dropout": 0.0} | changes)).resolved()
    return GAN(spec, data_for(spec, 40).split("train")[0], torch.device("cpu"))


@pytest.mark.parametrize("players", ["both", "generator", "critic"])
def test_all_networks_have_the_level_of_the_step(players):
    trainer, growth = trainer_of(), Growth(20, 0.8, 2)
    for step in range(20):
        trainer.step(players, measure_gradients=True)
        for network in (*trainer.networks.values(), *trainer.drawing().values()):
            assert levels(network) == {growth.level(step)}


def test_the_critic_learns_from_real_pictures_as_coarse_as_the_drawn_ones():
    trainer, twin, seen = trainer_of(), trainer_of(), []
    trainer.critic.register_forward_pre_hook(lambda _, given: seen.append(given[0].detach()))
    growth = Growth(20, 0.8, 2)
    for step in range(20):
        seen.clear()
        trainer.step("critic", measure_gradients=False)
        real, fake = seen[0].split(8)
        assert torch.equal(real, coarsened(twin.batches.draw(twin.rng)[0], growth.level(step), 2))
        if not growth.level(step) % 1:
            torch.testing.assert_close(fake, coarsened(fake, growth.level(step), 2))


def test_what_is_too_fine_does_not_learn_yet():
    trainer = trainer_of(objective="least_squares", steps=100)
    kept = {role: [each.detach().clone() for each in net.parameters()] for role, net in trainer.networks.items()}
    for _ in range(5):
        trainer.step("both", measure_gradients=True)
    for role, network in trainer.networks.items():
        (part,) = (each for each in network.modules() if isinstance(each, Growing))
        fine = {
            id(each) for place in (1, 2) for block in (part.blocks, part.ways) for each in block[place].parameters()
        }
        for before, after in zip(kept[role], network.parameters(), strict=True):
            assert torch.equal(before, after) == (id(after) in fine)


def test_coarse_scores_end_no_run():
    """Patience waits for the last size, as it does for the last of other stages."""
    spec = tiny_spec(**SMALL, steps=40, score_every=2, patience=2, log_every=40, preview_every=40, checkpoint_every=40)
    told = iter(range(100))
    events = events_of(spec, scorer=lambda member, seed: {"fid": 10.0 + next(told)})
    assert [event.step for event in events if isinstance(event, Stage)][-1] == 25
    assert 25 < [event.step for event in events if isinstance(event, Scored)][-1] < 40
    assert isinstance(events[-1], Finished)
