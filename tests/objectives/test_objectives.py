"""Each objective against its paper's formula in plain numbers, and laws that all of them keep."""

from dataclasses import fields
from math import exp, log
from statistics import fmean

import pytest
import torch
from fakes import rng
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from ganlab.objectives import OBJECTIVES
from ganlab.objectives.objective import Objective

REAL, FAKE = (0.7, -1.3, 2.0, 0.0, 5.5), (-0.4, 1.1, -3.0, 0.25, 0.9)


def sigmoid(a):
    return 1 / (1 + exp(-a))


def softplus(a):
    return log(1 + exp(a))


def one_minus(smoothing):
    """Salimans 2016, 3.4: positive targets are 1 - s, negative ones stay 0 (cross-entropy with the target)."""
    return lambda d: (1 - smoothing) * log(d) + smoothing * log(1 - d)


def mean(f, *rows):
    return fmean(f(*values) for values in zip(*rows, strict=True))


# name, options, critic's loss, generator's loss, each as printed in the paper
PAPERS = [
    (
        "minimax",
        {},
        lambda r, f: -mean(lambda a: log(sigmoid(a)), r) - mean(lambda a: log(1 - sigmoid(a)), f),
        lambda r, f: mean(lambda a: log(1 - sigmoid(a)), f),
    ),
    (
        "minimax",
        {"label_smoothing": 0.1},
        lambda r, f: -mean(lambda a: one_minus(0.1)(sigmoid(a)), r) - mean(lambda a: log(1 - sigmoid(a)), f),
        lambda r, f: mean(lambda a: log(1 - sigmoid(a)), f),
    ),
    (
        "nonsaturating",
        {"label_smoothing": 0.25},
        lambda r, f: -mean(lambda a: one_minus(0.25)(sigmoid(a)), r) - mean(lambda a: log(1 - sigmoid(a)), f),
        lambda r, f: -mean(lambda a: log(sigmoid(a)), f),
    ),
    (
        "least_squares",
        {},
        lambda r, f: mean(lambda a: (a - 1) ** 2 / 2, r) + mean(lambda a: a**2 / 2, f),
        lambda r, f: mean(lambda a: (a - 1) ** 2 / 2, f),
    ),
    (
        "least_squares",
        {"label_smoothing": 0.1},
        lambda r, f: mean(lambda a: (a - 0.9) ** 2 / 2, r) + mean(lambda a: a**2 / 2, f),
        lambda r, f: mean(lambda a: (a - 1) ** 2 / 2, f),
    ),
    ("wasserstein", {}, lambda r, f: fmean(f) - fmean(r), lambda r, f: -fmean(f)),
    ("wasserstein_gp", {}, lambda r, f: fmean(f) - fmean(r), lambda r, f: -fmean(f)),
    (
        "hinge",
        {},
        lambda r, f: mean(lambda a: max(0, 1 - a), r) + mean(lambda a: max(0, 1 + a), f),
        lambda r, f: -fmean(f),
    ),
    (
        "relativistic",
        {},
        lambda r, f: mean(lambda a, b: softplus(-(a - b)), r, f),
        lambda r, f: mean(lambda a, b: softplus(-(b - a)), r, f),
    ),
]
ADVERSARIAL = [each.name for each in OBJECTIVES if each.facts["kind"] == "gan"]
every = pytest.mark.parametrize("name", ADVERSARIAL)


def made(name, **options):
    return OBJECTIVES[name].load()(**options)


def logits(values):
    return torch.tensor(values, dtype=torch.float64, requires_grad=True)


def test_every_objective_is_compared_with_a_paper():
    assert {name for name, *_ in PAPERS} == set(ADVERSARIAL)


@pytest.mark.parametrize(("name", "options", "critic", "generator"), PAPERS)
def test_agrees_with_the_paper(name, options, critic, generator):
    objective, real, fake = made(name, **options), logits(REAL), logits(FAKE)
    # float64 both ways: only the order of additions differs
    assert objective.critic_loss(real, fake).item() == pytest.approx(critic(REAL, FAKE), rel=1e-12)
    assert objective.generator_loss(fake, real).item() == pytest.approx(generator(REAL, FAKE), rel=1e-12)


@every
def test_the_list_tells_the_options_as_they_are(name):
    entry = OBJECTIVES[name]
    assert issubclass(entry.load(), Objective)
    assert {each.name: each.default for each in fields(entry.load())} == entry.facts["options"]
    assert entry.help.endswith((".", ")"))


# a step against the gradient moves the loss's own logits this way; at these logits no hinge or square has turned
near_zero = st.lists(st.floats(-0.9, 0.9, allow_subnormal=False), min_size=1, max_size=6)


@every
@given(values=near_zero)
def test_a_critic_step_raises_real_logits_and_lowers_fake_ones(name, values):
    real, fake = logits(values), logits([-value for value in values])
    made(name).critic_loss(real, fake).backward()
    assert (real.grad < 0).all()
    # at 0 the square's slope on fakes is flat, and beyond it its target 0 lies above
    assert (fake.grad[fake > 0] > 0).all() if name == "least_squares" else (fake.grad > 0).all()


@every
@given(values=near_zero)
def test_a_generator_step_raises_fake_logits(name, values):
    fake, real = logits(values), logits([0.0] * len(values))
    made(name).generator_loss(fake, real).backward()
    assert (fake.grad < 0).all()


def test_only_the_minimax_gradient_vanishes_when_the_critic_is_sure():
    """Section 3 of the paper, the reason why the other loss exists: slopes -sigmoid(a) and sigmoid(a) - 1."""
    for name, slope in (("minimax", -sigmoid(-20)), ("nonsaturating", sigmoid(-20) - 1)):
        sure = logits([-20.0])
        made(name).generator_loss(sure).backward()
        assert sure.grad.item() == pytest.approx(slope, rel=1e-6)


@every
def test_any_logit_gives_a_finite_loss_and_slope(name):
    real, fake = (torch.tensor([1e4, -1e4, 88.8, -104.0], requires_grad=True) for _ in range(2))
    objective = made(name)
    loss = objective.critic_loss(real, fake) + objective.generator_loss(fake, real)
    loss.backward()
    assert loss.isfinite()
    assert real.grad.isfinite().all()
    assert fake.grad.isfinite().all()


@every
def test_losses_are_means_so_batches_of_copies_count_alike(name):
    objective, real, fake = made(name), logits(REAL), logits(FAKE)
    for loss in (objective.critic_loss, lambda r, f: objective.generator_loss(f, r)):
        assert loss(real.repeat(3), fake.repeat(3)).item() == pytest.approx(loss(real, fake).item(), rel=1e-12)
        assert loss(real, fake).ndim == 0


@given(st.floats(-50, 50))
def test_the_relativistic_losses_know_only_differences(shift):
    objective, real, fake = made("relativistic"), logits(REAL), logits(FAKE)
    for loss in (objective.critic_loss, lambda r, f: objective.generator_loss(f, r)):
        assert loss(real + shift, fake + shift).item() == pytest.approx(loss(real, fake).item(), rel=1e-9)


def test_the_relativistic_generator_refuses_to_judge_alone():
    with pytest.raises(ValueError, match="real images"):
        made("relativistic").generator_loss(logits(FAKE))
    assert made("relativistic").paired
    assert not any(made(name).paired for name in ADVERSARIAL if name != "relativistic")


@every
def test_scores_are_probabilities_only_where_the_formula_has_them(name):
    scores = made(name).score(torch.tensor([-3.0, 0.0, 2.0])).tolist()
    if name in ("minimax", "nonsaturating"):
        assert scores == pytest.approx([sigmoid(-3), 0.5, sigmoid(2)], rel=1e-6)
    else:
        assert scores == [-3, 0, 2]


@every
def test_only_clipping_changes_the_critic_after_its_step(name):
    critic = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 1))
    with torch.no_grad():
        for weight in critic.parameters():
            weight.copy_(torch.linspace(-0.05, 0.05, weight.numel()).reshape(weight.shape))
    before = [weight.tolist() for weight in critic.parameters()]
    made(name).constrain(critic)
    after = [weight.tolist() for weight in critic.parameters()]
    assert (before != after) == (name == "wasserstein")


def test_clipping_is_to_the_box_and_leaves_what_lies_within():
    critic = nn.Linear(5, 1)
    with torch.no_grad():
        critic.weight.copy_(torch.tensor([[-3.0, -0.02, 0.0, 0.019, 0.5]]))
        critic.bias.fill_(7)
    made("wasserstein", clip=0.02).constrain(critic)
    assert critic.weight[0].tolist() == pytest.approx([-0.02, -0.02, 0, 0.019, 0.02])
    assert critic.bias.item() == pytest.approx(0.02)


@every
def test_only_penalised_objectives_ask_for_slopes(name):
    critic, images = nn.Sequential(nn.Flatten(), nn.Linear(4, 1), nn.Flatten(0)), torch.zeros(2, 1, 2, 2)
    penalty = made(name).regularise(critic, images, images, rng())
    assert (penalty is not None) == ("penalty" in OBJECTIVES[name].facts["options"])
