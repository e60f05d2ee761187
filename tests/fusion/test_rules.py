"""What is a rule's own, against slow re-tellings of its formula."""

import math

import numpy as np
import pytest
import torch
from fusion.conftest import Still, fused, noise, stills
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter

from ganlab.fusion import RULES, fuse, load
from ganlab.fusion.frequency import blurred

weights_of_three = st.lists(st.floats(0, 100), min_size=3, max_size=3).filter(lambda weights: sum(weights) > 1e-3)


def combine(rule, pictures, weights=()):
    return RULES[rule].load()(tuple(weights)).combine(pictures, torch.empty(pictures.shape[1], 0))


def weighted_median_by_hand(values, weights):
    """Walk up the sorted values until half of the weight lies at or below; on exactly half, take the middle."""
    half = math.fsum(weights) / 2
    ordered = sorted(zip(values, weights, strict=True))
    reached = 0.0
    for index, (value, weight) in enumerate(ordered):
        reached += weight
        if math.isclose(reached, half, rel_tol=2e-6):
            following = next(other for other, more in ordered[index + 1 :] if more > 2e-6 * half)
            return (value + following) / 2
        if reached > half:
            return value
    raise AssertionError("the weights add up to more than their half")


def test_average_is_the_mean():
    pictures = noise(4, 3, 1, 5, 5)
    drawn = fuse(stills(*pictures), "average").sample(3, 0)
    np.testing.assert_allclose(drawn, pictures.numpy().mean(0), atol=1e-6)


@given(weights_of_three)
def test_weighted_average_is_the_weighted_mean(weights):
    pictures = noise(3, 2, 1, 3, 3)
    expected = np.average(pictures.double().numpy(), axis=0, weights=weights)
    np.testing.assert_allclose(combine("weighted_average", pictures, weights), expected, atol=1e-6)


def test_the_sum_adds_brightness_and_clips_at_white():
    # Brightness (x + 1) / 2 of the two members: 0 and 1, 0.5 and 0.5, 0.25 and 0.75, 0 and 0.
    one = torch.tensor([-1.0, 0.0, -0.5, -1.0]).reshape(1, 1, 2, 2)
    two = torch.tensor([1.0, 0.0, 0.5, -1.0]).reshape(1, 1, 2, 2)
    drawn = fuse(stills(one, two), "weighted_sum", (1.0, 0.5)).sample(1, 0)
    brightness = [0.5, 0.75, 0.625, 0.0]
    assert ((drawn + 1) / 2).flatten().tolist() == pytest.approx(brightness)
    over = fuse(stills(one, two), "weighted_sum", (3.0, 2.0)).sample(1, 0)
    assert ((over + 1) / 2).flatten().tolist() == pytest.approx([1.0, 1.0, 1.0, 0.0])


def test_black_stays_black_under_the_largest_weights():
    black, half = torch.full((1, 1, 2, 2), -1.0), torch.zeros(1, 1, 2, 2)
    drawn = fuse(stills(black, half), "weighted_sum", (1e300, 1e-3)).sample(1, 0)
    assert ((drawn + 1) / 2).flatten().tolist() == pytest.approx([5e-4] * 4, abs=1e-6)
    assert (fuse(stills(half, half), "weighted_sum", (1e300, 1e300)).sample(1, 0) == 1).all()


def test_the_sum_of_points_is_not_clipped():
    one, two = torch.tensor([[2.0, -3.0]]), torch.tensor([[4.0, 5.0]])
    drawn = fuse([Still("one", one, dataset="ring8"), Still("two", two, dataset="ring8")], "weighted_sum", (1.0, 2.0))
    assert drawn.sample(1, 0).tolist() == [[10.0, 7.0]]


@pytest.mark.parametrize("members", [2, 3, 4, 5, 6])
def test_voting_of_equals_is_the_median(members):
    pictures = noise(members, 3, 1, 6, 6, seed=members)
    np.testing.assert_allclose(combine("median", pictures), np.median(pictures.numpy(), axis=0), atol=1e-7)


def test_voting_of_three_identical_is_the_identity():
    picture = noise(4, 1, 6, 6)
    torch.testing.assert_close(fuse(stills(picture, picture, picture), "median").sample(4, 0), picture, rtol=0, atol=0)


@given(
    st.integers(2, 6).flatmap(
        lambda members: st.tuples(
            st.lists(st.integers(0, 8), min_size=members, max_size=members).filter(any),
            st.lists(st.integers(-4, 4), min_size=members, max_size=members),
        )
    )
)
def test_voting_agrees_with_the_slow_walk(drawn):
    """Whole numbers make ties of values and exact halves of weight common."""
    weights, values = drawn
    pictures = torch.tensor(values, dtype=torch.float32).reshape(-1, 1, 1, 1, 1) / 4
    expected = weighted_median_by_hand([value / 4 for value in values], weights)
    assert combine("median", pictures, map(float, weights)).item() == pytest.approx(expected, abs=1e-6)


@given(st.lists(st.floats(0.01, 1), min_size=2, max_size=6))
def test_voting_agrees_with_the_slow_walk_for_any_weights(weights):
    values = noise(len(weights), seed=len(weights)).tolist()
    pictures = torch.tensor(values).reshape(-1, 1, 1, 1, 1)
    expected = weighted_median_by_hand(values, weights)
    assert combine("median", pictures, weights).item() == pytest.approx(expected, abs=1e-6)


def test_an_outvoted_member_leaves_no_trace():
    quiet, loud = torch.full((1, 1, 2, 2), -1.0), torch.ones(1, 1, 2, 2)
    drawn = fuse(stills(quiet, loud, quiet), "median").sample(1, 0)
    torch.testing.assert_close(drawn, quiet, rtol=0, atol=0)


def picks(weights, n=20_000, seed=0):
    """How often each member of a mixture is picked."""
    members = stills(*(torch.full((n, 1, 1, 1), index / 8) for index in range(len(weights))))
    drawn = fuse(members, "mixture", weights).sample(n, seed).flatten()
    return torch.bincount((drawn * 8).long(), minlength=len(weights)).numpy()


@pytest.mark.parametrize("weights", [(0.7, 0.3), (1, 1, 1), (5, 0, 3, 2), (0.01, 0.99)])
@pytest.mark.parametrize("seed", [0, 1])
def test_a_mixture_picks_by_share(weights, seed):
    """Pearson's chi-square with up to 3 degrees of freedom: 16.3 is passed once in a thousand fair draws."""
    n = 20_000
    expected = np.array(weights) / sum(weights) * n
    found = picks(weights, n, seed)
    assert (found[expected == 0] == 0).all()
    some = expected > 0
    assert ((found - expected)[some] ** 2 / expected[some]).sum() < 16.3


def test_the_order_of_a_mixture_changes_which_pictures_but_not_how_many():
    one, other = picks((0.2, 0.8)), picks((0.8, 0.2))
    assert abs(one[0] - other[1]) < 4 * math.sqrt(20_000 * 0.2 * 0.8 * 2)  # four standard deviations


@given(weights_of_three.map(lambda weights: [0.0, *weights, 0.0]), st.floats(-40, 40))
def test_a_mixture_never_picks_a_member_of_no_weight(weights, place):
    """At any latent, also far out, where the distribution function is rounded to 0 or 1."""
    rule = RULES["mixture"].load()(tuple(weights))
    picked = rule.pick(torch.tensor([[place], [math.inf], [-math.inf]]), 5)
    assert all(weights[index] > 0 for index in picked.tolist())


def test_a_mixture_combines_what_it_would_draw():
    members = [load(name) for name in ("anna", "otto", "conv")]
    mixture = fuse(members, "mixture", (0.2, 0.5, 0.3))
    z = torch.from_numpy(mixture.latents(40, 6))
    base, extra = mixture.rule.split(members, z)
    combined = mixture.rule.combine(torch.stack([member.generate(base) for member in members]), extra)
    torch.testing.assert_close(mixture.generate(z), combined, rtol=0, atol=1e-5)  # other batch sizes
    assert len(set(mixture.rule.pick(extra, 3).tolist())) == 3


def test_each_picture_of_a_mixture_is_one_of_its_members():
    mixture = fused("anna", "wide", rule="mixture", weights=(1, 1))
    drawn = mixture.sample(20, 2)
    wide = load("wide").latents(20, 2)
    own = [load("anna").generate(wide[:, :6]), load("wide").generate(wide)]
    nearest = torch.stack([(drawn - each).flatten(1).abs().amax(1) for each in own])
    assert (nearest.amin(0) < 1e-5).all()
    assert set(nearest.argmin(0).tolist()) == {0, 1}


def test_truncation_leaves_the_pick_alone():
    mixture = fused("anna", "otto", rule="mixture")
    full, half = mixture.latents(50, 3), mixture.latents(50, 3, truncation=0.5)
    np.testing.assert_array_equal(half[:, -1], full[:, -1])
    np.testing.assert_array_equal(half[:, :-1], full[:, :-1] * np.float32(0.5))


@pytest.mark.parametrize("weights", [(), (0.2, 0.5, 0.3), (1, 1, 2)])
def test_majority_agrees_with_a_count_by_hand(weights):
    pictures = noise(3, 2, 1, 4, 4, seed=5)
    shares = np.array(weights or (1, 1, 1)) / sum(weights or (1, 1, 1))
    wanted = np.empty(pictures.shape[1:])
    for place in np.ndindex(wanted.shape):
        white = sum(share for share, picture in zip(shares, pictures.numpy(), strict=True) if picture[place] > 0)
        wanted[place] = 0 if abs(white - 0.5) < 1e-9 else 1 if white > 0.5 else -1
    np.testing.assert_array_equal(combine("majority", pictures, weights), wanted)


def test_maximum_and_minimum_are_those_of_each_pixel():
    pictures = noise(4, 2, 1, 4, 4, seed=6)
    np.testing.assert_array_equal(combine("maximum", pictures), pictures.numpy().max(0))
    np.testing.assert_array_equal(combine("minimum", pictures), pictures.numpy().min(0))


@pytest.mark.parametrize("deviation", [0.5, 2.0, 5.0])
def test_a_blur_is_scipys_in_the_middle_and_keeps_brightness(deviation):
    picture = noise(1, 41, 41, seed=7)[0].double()
    inner = slice(20, 21)
    # mode "constant" with both picture and ones: what is normalised at the border, by another library
    weighed = gaussian_filter(picture.numpy(), deviation, mode="constant", truncate=20)
    ones = gaussian_filter(np.ones((41, 41)), deviation, mode="constant", truncate=20)
    np.testing.assert_allclose(blurred(picture[None], deviation)[0], weighed / ones, atol=1e-6)
    assert blurred(torch.full((1, 9, 9), 0.3), deviation)[0, inner].numpy() == pytest.approx(0.3)


def test_shapes_of_one_and_details_of_another():
    coarse, fine = noise(2, 1, 1, 12, 12, seed=8)
    both = fuse(stills(coarse, fine), "frequency", (0, 1), options={"low": "still0", "cutoff": 1.5}).sample(1, 0)
    wanted = blurred(coarse, 1.5) + fine - blurred(fine, 1.5)
    torch.testing.assert_close(both, wanted.clamp(-1, 1))
    turned = fuse(stills(coarse, fine), "frequency", (1, 0), options={"low": "still1", "cutoff": 1.5}).sample(1, 0)
    torch.testing.assert_close(turned, (blurred(fine, 1.5) + coarse - blurred(coarse, 1.5)).clamp(-1, 1))
