"""The loop: what it tells and when, that it can be repeated and resumed to the bit, and how it fails."""

import dataclasses
import math
from itertools import islice

import numpy as np
import pytest
import safetensors.torch
import torch
from fakes import data_for, pictures, points, rng, tiny_spec

from ganlab.data import licence_of
from ganlab.data.dataset import Dataset
from ganlab.errors import RunError, SpecError, TrainingFailed
from ganlab.images import to_uint8
from ganlab.training import Checkpoint, Controls, member_at, train
from ganlab.training.average import Average
from ganlab.training.events import Finished, Preview, Saved, Started, Step

SMALL = {"network": "dcgan", "width": 4, "critic_width": 4}
SPECS = {
    "mlp with dropout": {"network": "mlp", "dropout": 0.3, "steps": 4},
    "spectral norm": {**SMALL, "spectral_norm": True, "objective": "nonsaturating"},
    "attention": {**SMALL, "attention": True, "spectral_norm": True, "objective": "relativistic"},
    "growing": {**SMALL, "grow": 0.9, "attention": True},
    "shifted pictures": {**SMALL, "augment": "shift", "ema": 0.0},
    "wasserstein_gp": {**SMALL, "objective": "wasserstein_gp", "n_critic": 2},
    "wasserstein by rmsprop": {**SMALL, "objective": "wasserstein", "optimizer": "rmsprop", "momentum": 0.5},
    "least squares by sgd": {**SMALL, "objective": "least_squares", "optimizer": "sgd", "momentum": 0.9},
    "plain sgd": {**SMALL, "optimizer": "sgd"},
    "relativistic": {**SMALL, "objective": "relativistic", "batch_size": 5},
    "toy": {"network": "toy", "dataset": "ring8", "steps": 4},
    "packs": {**SMALL, "objective": "wasserstein_gp", "pack": 2},
    "packs of points": {"network": "toy", "dataset": "ring8", "pack": 4, "steps": 4},
    "feature matching": {**SMALL, "feature_matching": 1.0, "n_critic": 2, "spectral_norm": True},
    "minibatch discrimination": {**SMALL, "minibatch_discrimination": 3, "spectral_norm": True},
    "minibatch discrimination, dense": {"network": "mlp", "minibatch_discrimination": 3, "steps": 4},
    "diffaugment": {**SMALL, "diffaugment": "color+translation+cutout", "objective": "relativistic"},
    "diffaugment of colours": {
        **SMALL,
        **{"dataset": "folder:x", "image_size": 8, "diffaugment": "color+translation+cutout", "pack": 2},
        **{"feature_matching": 1.0, "minibatch_discrimination": 3},
    },
    "conditional, with all of these": {
        **SMALL,
        **{"conditional": True, "feature_matching": 1.0, "minibatch_discrimination": 3, "diffaugment": "translation"},
    },
    "vae": {**SMALL, "objective": "elbo", "warmup": 3},
    "vaegan": {**SMALL, "objective": "vaegan", "pretrain": 1.0, "join": 1.0, "adversarial": 0.0, "joint": 1.0},
    "vaegan, short": {**SMALL, "objective": "vaegan", "pretrain": 0.0, "adversarial": 2.0, "joint": 1.0, "join": 0.0},
    "conditional": {**SMALL, "conditional": True, "objective": "wasserstein_gp", "spectral_norm": True},
    "conditional, paired": {"network": "resnet", "width": 2, "critic_width": 2, "conditional": True, "steps": 4}
    | {"objective": "relativistic"},
    "conditional vae": {**SMALL, "objective": "elbo", "conditional": True},
    "vae of points": {"network": "toy", "dataset": "ring8", "objective": "elbo", "steps": 4},
}
# 16 pictures to train from and batches of 4: an epoch ends within every run
every = pytest.mark.parametrize(
    "spec", [tiny_spec(**({"checkpoint_every": 2} | each)).resolved() for each in SPECS.values()], ids=SPECS
)
quick = tiny_spec(**SMALL)


def events_of(spec, data=None, **options):
    return list(train(spec, data or data_for(spec, 20), **options))


def last(events, kind):
    return [event for event in events if isinstance(event, kind)][-1]


def state(checkpoint):
    """All that a checkpoint holds but the clock."""
    return {name: value.clone() for name, value in checkpoint.tensors.items()}, {
        name: value for name, value in checkpoint.facts.items() if name != "seconds"
    }


def same(one, other):
    (tensors, facts), (more_tensors, more_facts) = one, other
    assert tensors.keys() == more_tensors.keys()
    different = [name for name, value in tensors.items() if not torch.equal(value, more_tensors[name])]
    return not different and facts == more_facts


def whole(checkpoint, player):
    """A player's state: weights, running statistics, singular vectors."""
    return {name: value for name, value in checkpoint.tensors.items() if name.startswith(f"{player}.")}


def weights(checkpoint, player):
    """What a player learns: its state without running statistics."""
    statistics = ("_mean", "_var", "_tracked", "_u", "_v")
    return {name: value for name, value in whole(checkpoint, player).items() if not name.endswith(statistics)}


def moved(one, other):
    return [name for name, value in one.items() if not torch.equal(value, other[name])]


# Repeated and resumed.


@every
@pytest.mark.usefixtures("global_chance")
def test_equal_specs_train_equal_weights_to_the_bit(spec):
    first, again = (last(events_of(spec), Saved).checkpoint for _ in range(2))
    assert same(state(first), state(again))
    assert all(value.isfinite().all() for value in first.tensors.values())


def test_another_seed_trains_other_weights():
    one, other = (last(events_of(tiny_spec(**SMALL, seed=seed)), Saved).checkpoint for seed in (0, 1))
    assert not same(state(one), state(other))


@every
def test_a_run_broken_off_and_resumed_goes_on_to_the_bit(spec):
    whole = events_of(spec)
    saved = [event for event in whole if isinstance(event, Saved)]
    assert len(saved) == spec.steps // 2
    for event in saved[:-1]:
        kept = Checkpoint.from_bytes(event.checkpoint.to_bytes())
        resumed = events_of(spec, resume=kept)
        assert resumed[0] == dataclasses.replace(whole[0], step=event.step)
        assert same(state(last(resumed, Saved).checkpoint), state(saved[-1].checkpoint))
        assert np.array_equal(*(pictures_of(last(each, Preview)) for each in (resumed, whole)))


def pictures_of(preview):
    return preview.points if preview.images is None else preview.images


def test_breaking_off_between_two_checkpoints_when_asked_resumes_to_the_bit():
    spec, controls = tiny_spec(**SMALL, checkpoint_every=100), Controls()
    whole, kept = [], []
    for event in train(spec, pictures(20), controls=controls):
        whole.append(event)
        if isinstance(event, Step) and event.step == 4:
            controls.save = True
        if isinstance(event, Saved) and event.step == 4:
            assert not controls.save
            kept.append(Checkpoint.from_bytes(event.checkpoint.to_bytes()))
    resumed = events_of(spec, pictures(20), resume=kept[0])
    assert same(state(last(resumed, Saved).checkpoint), state(last(whole, Saved).checkpoint))
    plain = events_of(spec, pictures(20))
    assert same(state(last(plain, Saved).checkpoint), state(last(whole, Saved).checkpoint))


def test_saving_before_the_first_step_is_a_whole_checkpoint():
    stream = train(quick, pictures(20), controls=(controls := Controls(save=True)))
    saved = next(event for event in stream if isinstance(event, Saved))
    assert (saved.step, controls.save) == (0, False)
    resumed = events_of(quick, pictures(20), resume=Checkpoint.from_bytes(saved.checkpoint.to_bytes()))
    assert same(*(state(last(each, Saved).checkpoint) for each in (resumed, events_of(quick, pictures(20)))))


def test_a_caller_who_keeps_a_checkpoint_keeps_it():
    """What was yielded does not change while the training goes on."""
    spec, kept = tiny_spec(**SMALL, checkpoint_every=2), []
    for event in train(spec, pictures(20)):
        if isinstance(event, Saved):
            kept.append((event.checkpoint, state(event.checkpoint)))
    assert len(kept) == 3
    assert all(same(state(checkpoint), then) for checkpoint, then in kept)


def test_a_finished_run_resumed_is_finished():
    done = last(events_of(quick), Saved).checkpoint
    kinds = [type(event) for event in events_of(quick, resume=done)]
    assert kinds == [Started, Finished]


@pytest.mark.parametrize("data", [b"", b"x" * 100, b"\x80\x04\x95", "truncated", "no facts"])
def test_what_is_no_checkpoint_is_refused(data):
    whole = last(events_of(quick), Saved).checkpoint
    if data == "truncated":
        data = whole.to_bytes()[:-50]
    if data == "no facts":
        data = safetensors.torch.save({"a": torch.zeros(2)})
    with pytest.raises(RunError, match=r"The checkpoint cannot be read .* Start the run again"):
        Checkpoint.from_bytes(data)


@pytest.mark.parametrize(
    "other", [{"width": 8}, {"critic_width": 8}, {"spectral_norm": True}, {"optimizer": "sgd"}, {"latent_dim": 7}]
)
def test_a_checkpoint_of_another_spec_is_refused(other):
    done = last(events_of(quick), Saved).checkpoint
    with pytest.raises(RunError, match="The checkpoint does not fit the spec"):
        next(train(tiny_spec(**(SMALL | other)), pictures(20), resume=done))


# What is told.


def promised(spec, start=0):
    """The events in order, told again step by step."""
    yield Started, start
    if start == 0:
        yield Preview, 0
    for step in range(start + 1, spec.steps + 1):
        end = step == spec.steps
        save = end or step % spec.checkpoint_every == 0
        if end or save or step % spec.log_every == 0:
            yield Step, step
        if end or step % spec.preview_every == 0:
            yield Preview, step
        if save:
            yield Saved, step
    yield Finished, spec.steps


@pytest.mark.parametrize("every_few", [(1, 1, 1), (2, 3, 4), (3, 2, 5), (4, 9, 3), (7, 7, 7), (5, 4, 2)])
def test_events_come_in_the_promised_order(every_few):
    log, preview, save = every_few
    spec = tiny_spec(**SMALL, steps=7, log_every=log, preview_every=preview, checkpoint_every=save).resolved()
    whole = events_of(spec)
    assert [(type(event), event.step) for event in whole] == list(promised(spec))
    middle = next(event for event in whole if isinstance(event, Saved))
    resumed = events_of(spec, resume=middle.checkpoint)
    assert [(type(event), event.step) for event in resumed] == list(promised(spec, middle.step))


def test_to_stop_is_to_stop_asking():
    spec = tiny_spec(**SMALL, steps=10**8, log_every=1)
    taken = list(islice(train(spec, pictures(20)), 20))
    assert [type(event) for event in taken] == [Started, Preview, *[Step] * 18]


def test_curves_are_means_since_the_last_point():
    one, three = (
        {
            event.step: event.values
            for event in events_of(tiny_spec(**SMALL, n_critic=2, log_every=log))
            if isinstance(event, Step)
        }
        for log in (1, 3)
    )
    for step in (3, 6):
        for name in ("generator_loss", "critic_loss", "real_score", "fake_score"):
            mean = sum(one[each][name] for each in range(step - 2, step + 1)) / 3
            assert three[step][name] == pytest.approx(mean, rel=1e-5)  # sums of float32
        for name in ("generator_gradient", "critic_gradient"):
            assert three[step][name] == one[step][name] > 0
        assert three[step].keys() == one[step].keys()
        assert three[step]["images_per_second"] > 0


def test_seconds_grow_and_go_on_after_a_break():
    whole = events_of(tiny_spec(**SMALL, checkpoint_every=2))
    seconds = [event.seconds for event in whole if isinstance(event, Step)]
    assert 0 < seconds[0] < seconds[1] < seconds[2]
    middle = next(event for event in whole if isinstance(event, Saved))
    assert middle.checkpoint.facts["seconds"] == seconds[0]
    late = dataclasses.replace(middle.checkpoint, facts=middle.checkpoint.facts | {"seconds": 1000.0})
    assert last(events_of(tiny_spec(**SMALL, checkpoint_every=2), resume=late), Step).seconds > 1000


@every
def test_previews_are_the_members_own_pictures_of_one_seed(spec):
    whole = events_of(spec)
    member, preview = last(whole, Finished).member, last(whole, Preview)
    if len(spec.shape) == 3:
        assert preview.images.shape == (64, *spec.shape[1:], spec.shape[0])
        assert np.array_equal(preview.images, to_uint8(member.sample(64, spec.seed)))
    else:
        assert preview.points.shape == (512, 2)
        assert np.array_equal(preview.points, member.sample(512, spec.seed).numpy())


def test_the_surface_is_the_critic_over_all_points():
    spec = tiny_spec(network="toy", dataset="ring8", steps=2)
    data = points(20)
    whole = events_of(spec, data)
    preview, member = last(whole, Preview), last(whole, Finished).member
    left, right, bottom, top = preview.extent
    seen = data.split("train")[0]
    (x, y), half = ((seen.amax(0) + seen.amin(0)) / 2).tolist(), (seen.amax(0) - seen.amin(0)).max().item() / 2
    assert (left, right) == pytest.approx((x - 1.25 * half, x + 1.25 * half), rel=1e-5)
    assert (bottom, top) == pytest.approx((y - 1.25 * half, y + 1.25 * half), rel=1e-5)
    assert preview.surface.shape == (32, 32)
    for row, column in ((0, 0), (0, 31), (31, 0), (17, 5)):
        place = torch.tensor([[left + (right - left) * column / 31, bottom + (top - bottom) * row / 31]])
        assert preview.surface[row, column] == pytest.approx(member.score(place).item(), rel=1e-4, abs=1e-5)


def test_a_critic_of_packs_has_no_surface():
    spec = tiny_spec(network="toy", dataset="ring8", steps=2, pack=2)
    assert {event.surface is None for event in events_of(spec) if isinstance(event, Preview)} == {True}


def test_what_feature_matching_adds_is_told_beside_the_loss():
    with_it, without = (
        last(events_of(tiny_spec(**SMALL, dropout=0.0, steps=1, feature_matching=weight)), Step).values
        for weight in (1e-9, 0.0)
    )
    assert with_it.keys() - without.keys() == {"feature_distance"}
    assert with_it["feature_distance"] > 0
    assert with_it["generator_loss"] == without["generator_loss"]


@every
def test_the_member_is_the_average_of_the_last_checkpoint(spec):
    whole = events_of(spec)
    member, saved = last(whole, Finished).member, last(whole, Saved).checkpoint
    stored = {"generator": "average", "encoder": "average_encoder", "critic": "critic"}
    roles = {
        "gan": {"generator", "critic"},
        "vae": {"generator", "encoder"},
        "vaegan": {"generator", "critic", "encoder"},
    }
    assert set(member.networks) == roles[spec.kind]
    for role, network in member.networks.items():
        for name, value in network.state_dict().items():
            assert torch.equal(value, saved.tensors[f"{stored[role]}.{name}"])
    card = member.card
    assert (card.kind, card.spec, card.steps, card.dataset) == (spec.kind, spec, spec.steps, spec.dataset)
    assert (card.parameters, card.critic_parameters) == (whole[0].generator_parameters, whole[0].critic_parameters)
    assert card.licence == licence_of(spec.dataset)
    assert card.versions.keys() == {"python", "torch", "numpy"}
    again = member_at(spec, saved)
    assert torch.equal(again.sample(4, 1), member.sample(4, 1))


# Knobs.


def checkpoint_after(steps, spec=quick, resume=None, **knobs):
    """The state after some steps under these knobs."""
    controls = Controls(pace=1, save=steps == 0, **knobs)
    for event in train(spec, data_for(spec, 20), resume=resume, controls=controls):
        if isinstance(event, Step) and event.step == steps:
            controls.save = True
        if isinstance(event, Saved) and event.step == steps:
            return event.checkpoint
    raise AssertionError("no such step")


@pytest.mark.parametrize(
    "kind",
    ["spectral norm", "wasserstein_gp", "relativistic", "toy", "feature matching", "minibatch discrimination", "packs"],
)
@pytest.mark.parametrize(("learns", "rests"), [("generator", "critic"), ("critic", "generator")])
def test_who_stands_still_does_not_move_by_a_bit(learns, rests, kind):
    spec = tiny_spec(**SPECS[kind])
    before, after = checkpoint_after(0, spec), checkpoint_after(3, spec, players=learns)
    assert moved(whole(before, rests), whole(after, rests)) == []
    assert moved(whole(before, learns), whole(after, learns)) != []
    if rests == "generator":
        assert moved(whole(before, "average"), whole(after, "average")) == []


@pytest.mark.parametrize(("learns", "rests"), [("generator", "critic"), ("critic", "generator")])
def test_curves_leave_out_who_stands_still(learns, rests):
    step = last(events_of(quick, controls=Controls(players=learns)), Step)
    assert {f"{learns}_loss", f"{learns}_gradient", "images_per_second"} <= step.values.keys()
    assert not {f"{rests}_loss", f"{rests}_gradient"} & step.values.keys()


def test_turns_of_one_player_alone_resume_to_the_bit():
    """First the critic alone, then the generator alone: nothing of the first turn lingers outside the checkpoint."""
    spec = tiny_spec(**SPECS["relativistic"])
    controls, kept = Controls(players="critic", pace=1), {}
    for event in train(spec, data_for(spec, 20), controls=controls):
        if isinstance(event, Step) and event.step in (3, 5):
            controls.save, controls.players = True, "generator"
        if isinstance(event, Saved):
            kept[event.step] = event.checkpoint
    resumed = checkpoint_after(5, spec, resume=kept[3], players="generator")
    assert same(state(resumed), state(kept[5]))


@pytest.mark.parametrize("player", ["generator", "critic"])
def test_a_new_rate_holds_from_the_next_step_on_and_is_remembered(player):
    controls = Controls(pace=1)
    seen = {}
    for event in train(quick, pictures(20), controls=controls):
        if isinstance(event, Step):
            controls.save = True
            if event.step == 2:
                setattr(controls, f"learning_rate_{player}", 1e-30)  # too small to move any float32 weight
        if isinstance(event, Saved):
            seen[event.step] = event.checkpoint
    assert getattr(controls, f"learning_rate_{player}") is None
    other = {"generator": "critic", "critic": "generator"}[player]
    assert moved(weights(seen[1], player), weights(seen[2], player)) != []
    assert moved(weights(seen[2], player), weights(seen[6], player)) == []
    assert moved(weights(seen[2], other), weights(seen[6], other)) != []
    assert seen[2].facts[f"{player}_optimizer.rates"] == [1e-30]
    resumed = checkpoint_after(5, resume=seen[3])
    assert moved(weights(seen[3], player), weights(resumed, player)) == []


def test_pace_steps_by_hand_and_lets_go_again():
    controls, steps = Controls(pace=1), []
    for event in train(tiny_spec(**SMALL, steps=9, log_every=4, checkpoint_every=100), pictures(20), controls=controls):
        if isinstance(event, Step):
            steps.append(event.step)
            if event.step == 3:
                controls.pace = None
    assert steps == [1, 2, 3, 4, 8, 9]


# The average.


@pytest.mark.parametrize("decay", [0.0, 0.5, 0.999])
def test_the_average_is_that_of_the_formula(decay):
    network = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
    average = Average(network, decay)
    wanted = {name: value.double().clone() for name, value in network.state_dict().items()}
    for step in range(1, 30):
        with torch.no_grad():
            for weight in network.parameters():
                weight.add_(torch.randn(weight.shape, generator=rng(step)))
        network(torch.randn(4, 3, generator=rng(step)))  # moves the running statistics too
        average.follow(step)
        memory = min(decay, (1 + step) / (10 + step))
        for name, value in network.state_dict().items():
            if value.is_floating_point():
                wanted[name] = memory * wanted[name] + (1 - memory) * value.double()
            else:
                wanted[name] = value.double().clone()
    for name, value in average.network.state_dict().items():
        # 29 roundings of float32
        assert torch.allclose(value.double(), wanted[name], rtol=1e-5, atol=1e-6), name
        assert decay or torch.equal(value, network.state_dict()[name])
    assert not average.network.training
    assert not any(weight.requires_grad for weight in average.network.parameters())


# Failing.


def test_an_exploding_loss_stops_with_step_and_advice_and_leaves_a_good_checkpoint():
    spec = tiny_spec(
        **SMALL,
        objective="least_squares",
        optimizer="sgd",
        momentum=0.9,
        learning_rate_critic=1.0,
        learning_rate_generator=1.0,
        steps=500,
        log_every=1,
        checkpoint_every=1,
    )
    told = []
    with pytest.raises(TrainingFailed) as caught:
        told.extend(train(spec, pictures(20)))
    error = caught.value
    assert str(error).startswith(f"Training failed at step {error.step:,}: ")
    assert any(word in error.reason for word in ("no longer", "exploded"))
    assert "Try learning rates below 1 (say 0.1)" in error.advice
    assert "'hinge'" in error.advice
    saved = last(told, Saved)
    assert saved.step == error.step - 1
    assert all(value.isfinite().all() for value in saved.checkpoint.tensors.values())
    assert all(math.isfinite(value) for event in told if isinstance(event, Step) for value in event.values.values())


def test_weights_that_are_no_numbers_are_never_saved():
    """The losses of a step come before its weights: the last step can break what no curve shows."""
    spec, told = tiny_spec(**SMALL, steps=2, log_every=1, checkpoint_every=2), []

    def turning(controls):
        for event in train(spec, pictures(20), controls=controls):
            if isinstance(event, Step) and event.step == 1:
                controls.learning_rate_generator = float("inf")
            yield type(event)

    with pytest.raises(TrainingFailed, match="a weight is no longer finite") as caught:
        told.extend(turning(Controls()))
    assert caught.value.step == 2
    assert Step in told
    assert not {Saved, Finished} & set(told)


def test_a_batch_larger_than_the_data_is_refused_before_anything():
    with pytest.raises(SpecError, match="batch_size 17 is more than the 16 training examples of 'digits'"):
        next(train(tiny_spec(batch_size=17), pictures(20)))


def test_data_of_another_shape_is_refused_before_anything():
    with pytest.raises(SpecError, match=r"The spec makes \(1, 8, 8\), but dataset 'digits' holds \(1, 12, 12\)"):
        next(train(tiny_spec(), pictures(20, shape=(1, 12, 12))))


# Learning.


def heap(n=500):
    """A narrow heap of points around (2, -1)."""
    examples = torch.randn(n, 2, generator=rng()) * 0.3 + torch.tensor([2.0, -1.0])
    return Dataset("ring8", examples, None, (), {"train": torch.arange(n)})


def test_a_gan_learns_where_the_points_are():
    spec = tiny_spec(
        network="toy",
        dataset="ring8",
        latent_dim=2,
        objective="nonsaturating",
        batch_size=64,
        steps=60,
        ema=0.8,
        preview_every=60,
        learning_rate_generator=5e-4,
        learning_rate_critic=5e-4,
    )
    first, final = (event.points for event in train(spec, heap()) if isinstance(event, Preview))
    before, after = (float(((each - [2, -1]) ** 2).sum(1).mean()) for each in (first, final))
    # the first points lie around (0, 0), five away in square; those of the data are 0.18 away from their middle
    assert before > 4
    assert after < 1
