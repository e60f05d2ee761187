"""DiffAugment: each change is what the paper says, told again slowly, and slopes pass through all of them."""

from typing import get_args

import pytest
import torch
from fakes import data_for, rng, tiny_spec
from torch.nn.functional import pad

from ganlab.spec import MemberSpec
from ganlab.training.diffaugment import POLICIES, brighten, changed, contrast, cut_out, saturate, translate
from ganlab.training.gan import GAN

every_policy = pytest.mark.parametrize("policy", POLICIES)


def noise(n, channels=3, height=16, width=17, seed=0):
    return torch.randn(n, channels, height, width, generator=rng(seed), dtype=torch.float64)


def test_the_policies_are_those_one_may_ask_for():
    choices = get_args(MemberSpec.model_fields["diffaugment"].annotation)
    assert [each for each in choices if each is not None] == list(POLICIES)
    assert changed(noise(2), "none", rng()) is not None


# One by one.


def fits(picture, other, factors):
    """The one factor with which ``other`` came from ``picture``, both around the same middle."""
    factor = (other * picture).sum() / picture.square().sum()
    assert torch.allclose(other, factor * picture, atol=1e-9)
    factors.append(factor.item())


def even(values, low, high):
    """Whether numbers look evenly spread: within the bounds, mean and square within five standard errors."""
    unit = (torch.tensor(values) - low) / (high - low)
    assert 0 <= unit.min() < unit.max() <= 1
    assert unit.mean().item() == pytest.approx(1 / 2, abs=5 * (1 / 12 / len(values)) ** 0.5)
    assert unit.square().mean().item() == pytest.approx(1 / 3, abs=5 * (4 / 45 / len(values)) ** 0.5)


def test_brightness_adds_one_number_to_each_picture():
    x = noise(500)
    added = (brighten(x, rng()) - x).flatten(1)
    assert torch.allclose(added, added[:, :1].expand_as(added))
    even(added[:, 0].tolist(), -0.5, 0.5)


def test_saturation_scales_the_distance_to_each_pixels_grey():
    x, factors = noise(500), []
    grey = x.mean(1, keepdim=True)
    out = saturate(x, rng())
    assert torch.allclose(out.mean(1, keepdim=True), grey)
    for picture, other in zip(x - grey, out - grey, strict=True):
        fits(picture, other, factors)
    even(factors, 0, 2)


def test_a_grey_picture_has_no_saturation():
    x = noise(4, channels=1)
    assert saturate(x, rng()) is x


def test_contrast_scales_the_distance_to_each_pictures_mean():
    x, factors = noise(500), []
    mean = x.mean((1, 2, 3), keepdim=True)
    out = contrast(x, rng())
    for picture, other in zip(x - mean, out - mean, strict=True):
        fits(picture, other, factors)
    even(factors, 0.5, 1.5)


@pytest.mark.parametrize(("side", "most"), [(4, 0), (8, 1), (16, 2), (28, 3)])
def test_translation_moves_by_up_to_an_eighth_of_the_side_each_way(side, most):
    x, n = noise(800, channels=2, height=side, width=side), 800
    wide = pad(x, (most, most, most, most))  # with zeros, which come in from the rim
    ways = range(2 * most + 1)
    hits = {
        (y, x0): (translate(x, rng()) == wide[:, :, y : y + side, x0 : x0 + side]).all((1, 2, 3)).nonzero().flatten()
        for y in ways
        for x0 in ways
    }
    assert sorted(torch.cat(list(hits.values())).tolist()) == list(range(n))  # each picture moved in one way
    assert min(map(len, hits.values())) > 0  # one of 49 ways is missed by 800 pictures once in 300,000
    for rows in hits.values():
        share = 1 / len(hits)
        assert len(rows) / n == pytest.approx(share, abs=5 * (share / n) ** 0.5)


@pytest.mark.parametrize(("height", "width"), [(8, 8), (10, 7), (4, 4)])
def test_cutout_blanks_a_square_of_half_the_side_wherever_its_middle_lies(height, width):
    n = 3_000
    out = cut_out(torch.ones(n, 2, height, width), rng())
    assert torch.equal(out[:, 0], out[:, 1])
    blank = out[:, 0] == 0
    for axis, side in ((2, height), (1, width)):
        found = [tuple(lines.nonzero().flatten().tolist()) for lines in blank.any(axis)]
        size = side // 2
        middles = range(side + 1 if size % 2 == 0 else side)  # between two pixels where the square is even
        wanted = [tuple(i for i in range(side) if 0 <= i - (m - size // 2) < size) for m in middles]
        assert set(found) == set(wanted)
        for lines in set(wanted):
            share = wanted.count(lines) / len(wanted)
            assert found.count(lines) / n == pytest.approx(share, abs=5 * (share / n) ** 0.5)
    for picture in blank:  # a rectangle: rows times columns
        assert torch.equal(picture, picture.any(1)[:, None] & picture.any(0)[None, :])


# Laws of all.


@every_policy
def test_every_change_is_affine_in_the_pictures_and_slopes_pass(policy):
    """With the same chance, what lies between two pictures becomes what lies between the changed ones."""
    x, y = noise(5, height=8, width=8), noise(5, height=8, width=8, seed=1)
    between = 0.3 * x + 0.7 * y
    wanted = 0.3 * changed(x, policy, rng(2)) + 0.7 * changed(y, policy, rng(2))
    assert torch.allclose(changed(between, policy, rng(2)), wanted, atol=1e-12)
    one = x[:1, :, :4, :4].clone().requires_grad_()
    assert torch.autograd.gradcheck(lambda images: changed(images, policy, rng(2)), one)


@every_policy
@pytest.mark.usefixtures("global_chance")
def test_changes_follow_from_the_rng_alone_and_leave_the_pictures(policy):
    x = noise(6)
    kept = x.clone()
    once, again, other = (changed(x, policy, rng(seed)) for seed in (1, 1, 2))
    assert torch.equal(x, kept)
    assert torch.equal(once, again)
    assert torch.equal(once, other) == (policy == "none")


@every_policy
def test_each_picture_has_chance_of_its_own(policy):
    x = noise(1).expand(8, -1, -1, -1)
    out = changed(x, policy, rng())
    different = [not torch.equal(a, b) for i, a in enumerate(out) for b in out[:i]]
    assert sum(different) >= (0 if policy == "none" else 20)  # of 28 pairs; of 25 moves two may be the same


# In training.


def trainer(**changes):
    spec = tiny_spec(**({"network": "mlp", "dropout": 0.0, "batch_size": 8, "optimizer": "sgd"} | changes)).resolved()
    return GAN(spec, data_for(spec, 20).split("train")[0], torch.device("cpu"))


def test_the_generator_learns_through_the_changes():
    gan = trainer(diffaugment="color+translation+cutout")
    before = [weight.detach().clone() for weight in gan.generator.parameters()]
    gan.step("both", measure_gradients=False)
    assert not any(map(torch.equal, before, gan.generator.parameters()))


@pytest.mark.parametrize("objective", ["hinge", "relativistic", "wasserstein_gp"])
def test_all_that_the_critic_sees_was_changed(objective, monkeypatch):
    """Real and drawn, in the critic's step, where slopes are taken, and in the generator's."""
    monkeypatch.setitem(POLICIES, "translation", (lambda images, _: torch.full_like(images, 0.5) + 0 * images,))
    gan, seen = trainer(diffaugment="translation", objective=objective, feature_matching=1.0), []
    gan.critic[0].register_forward_pre_hook(lambda _, given: seen.append(given[0].detach()))
    for players in ("both", "generator", "critic"):
        gan.step(players, measure_gradients=False)
    assert len(seen) >= 6
    assert all((each == 0.5).all() for each in seen)
