"""A training in the plane that is stepped by hand: halves against the whole step, and what is seen of it."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from fakes import points

from ganlab.errors import SpecError, TrainingFailed
from ganlab.objectives import OBJECTIVES
from ganlab.spec import MemberSpec
from ganlab.training import Live
from ganlab.training.gan import GAN

CPU = torch.device("cpu")
SMALL = {"dataset": "ring8", "network": "toy", "width": 8, "critic_width": 8, "batch_size": 16, "ema": 0.0}
ADVERSARIAL = [each.name for each in OBJECTIVES if each.facts["kind"] == "gan"]


def live(**changes):
    return Live(MemberSpec(**(SMALL | {"objective": "nonsaturating"} | changes)), points(400))


def weights(network):
    return [each.detach().clone() for each in network.parameters()]


def same(ones, others):
    return all(torch.equal(one, other) for one, other in zip(ones, others, strict=True))


def test_it_is_the_training_of_everybody_else():
    one = live()
    other = GAN(one.spec, points(400).split("train")[0], CPU)
    one.advance(7)
    for _ in range(7):
        other.step("both", measure_gradients=False)
    assert same(weights(one.trainer.generator), weights(other.generator))
    assert same(weights(one.trainer.critic), weights(other.critic))


@pytest.mark.parametrize("n_critic", [1, 3])
def test_the_critics_half_is_that_of_the_whole_step(n_critic):
    whole, half = live(n_critic=n_critic), live(n_critic=n_critic)
    for each in (whole, half):  # batch norm is as it will stay: a half step leaves the other player untouched
        each.trainer.generator.train = lambda mode=True: None
        each.trainer.generator.eval()
    whole.advance(1)
    before = weights(half.trainer.generator)
    half.advance(1, "critic")
    assert same(weights(half.trainer.critic), weights(whole.trainer.critic))
    assert same(weights(half.trainer.generator), before)


def test_the_generators_half_follows_the_critics_and_makes_the_whole():
    """Of what both see the same: with the noise of the critic's half the generator's half ends where a step does."""
    whole, halves = live(), live()
    for each in (whole, halves):
        each.trainer.generator.train = lambda mode=True: None
        each.trainer.generator.eval()
    before = halves.trainer.rng.get_state()
    whole.advance(1)
    halves.advance(1, "critic")
    halves.trainer.rng.set_state(before)
    halves.advance(1, "generator")
    assert same(weights(halves.trainer.generator), weights(whole.trainer.generator))
    assert same(weights(halves.trainer.critic), weights(whole.trainer.critic))
    assert halves.steps == 2


def test_what_is_seen_is_what_a_member_of_it_draws():
    one = live(seed=4, ema=0.9)
    one.advance(3)
    member, view = one.member(), one.view()
    assert np.allclose(member.sample(2500, 4).numpy(), view.points, atol=1e-6)
    centre = view.warp[10, 10]
    assert np.allclose(member.generate(np.zeros((1, 2), "float32")).numpy()[0], centre, atol=1e-6)
    assert (member.card.steps, member.card.spec.seed) == (3, 4)


def test_to_look_changes_nothing():
    one, other = live(), live()
    for _ in range(3):
        one.advance(1)
        one.view()
        one.member()
    other.advance(3)
    assert same(weights(one.trainer.generator), weights(other.trainer.generator))
    assert same(weights(one.trainer.critic), weights(other.trainer.critic))


@pytest.mark.parametrize("objective", ADVERSARIAL)
def test_what_a_point_feels_is_the_slope_of_its_share_of_the_loss(objective):
    """Point by point and by differences; the loss is a mean, so that each has one of N shares."""
    torch.set_default_dtype(torch.float64)
    try:
        one = live(objective=objective)
        for network in (*one.trainer.networks.values(), one.trainer.drawing()["generator"]):
            network.double()
        one.real, one._noise = one.real.double(), one._noise.double()
        view = one.view()
        critic, objective = one.trainer.critic.eval(), one.trainer.objective
        shown = torch.from_numpy(view.points[:512])

        def loss(moved):
            with torch.no_grad():
                return objective.generator_loss(critic(moved), critic(one.real)).item() * len(moved)

        for row, column in ((0, 0), (17, 1), (511, 0)):
            ahead, behind = shown.clone(), shown.clone()
            ahead[row, column] += 1e-6
            behind[row, column] -= 1e-6
            slope = (loss(ahead) - loss(behind)) / 2e-6
            assert view.felt[row, column] == pytest.approx(-slope, rel=1e-4, abs=1e-7)
    finally:
        torch.set_default_dtype(torch.float32)


def test_the_surface_lies_as_the_plane_does():
    one = live(objective="hinge")
    view, critic = one.view(), one.trainer.critic.eval()
    left, right, bottom, top = one.extent
    with torch.no_grad():
        corner = critic(torch.tensor([[right, bottom]])).item()
    assert view.surface[0, -1] == pytest.approx(corner, abs=1e-5)
    assert right - left == pytest.approx(top - bottom)


def test_knobs_hold_from_the_next_step_and_the_member_says_them():
    one = live()
    one.advance(1)
    one.turn(learning_rate_generator=0.03, n_critic=2)
    drawn = one.trainer.batches.drawn
    one.advance(1)
    assert one.trainer.batches.drawn == drawn + 2
    assert one.trainer.optimizers["generator"].param_groups[0]["lr"] == 0.03
    assert one.member().card.spec.learning_rate_generator == 0.03
    with pytest.raises(SpecError, match="n_critic"):
        one.turn(n_critic=0)


def test_an_autoencoder_has_one_player_and_no_critic():
    one = Live(MemberSpec(**(SMALL | {"critic_width": None, "objective": "elbo"})), points(400))
    values = one.advance(2)
    assert {"reconstruction_loss", "divergence"} <= set(values)
    view = one.view()
    assert view.surface is view.felt is view.scores is None
    with pytest.raises(SpecError, match="no critic that learns alone"):
        one.advance(1, "critic")


def test_time_ends_it_after_one_step():
    one = live()
    one.advance(1000, seconds=0.0)
    assert one.steps == 1


def test_what_runs_away_is_said():
    wild = {"learning_rate_critic": 0.9, "learning_rate_generator": 0.9, "optimizer": "sgd", "clip": 10}
    one = live(objective="wasserstein", **wild)
    with pytest.raises(TrainingFailed, match="ran away"):
        one.advance(300)


def test_pictures_are_refused():
    data = replace(points(40), examples=torch.zeros(40, 1, 8, 8))
    with pytest.raises(SpecError, match="Only points"):
        Live(MemberSpec(network="mlp"), data)
