"""Along the line between two members: flat between equals, a wall between the same network in another order; soups."""

import copy
from dataclasses import replace
from itertools import pairwise

import pytest
import torch
from fakes import card_for, rng, tiny_spec
from fusion.conftest import fused, ground_of

from ganlab.errors import FusionError, MetricError, SpecError
from ganlab.fusion import load
from ganlab.fusion.barrier import Barrier, walking
from ganlab.fusion.learned import gram
from ganlab.fusion.soup import TRIALS, searching
from ganlab.fusion.yardstick import Yardstick
from ganlab.images import to_uint8
from ganlab.members.member import NetworkMember
from ganlab.members.networks import build
from ganlab.metrics.frechet import frechet_distance, moments


def seen():
    ground = ground_of(load("anna"))
    return ground.extractor, ground.reference


def line(one, other, points=5, n=200, seed=0, looker=None):
    *_, told = walking(one, other, *(looker or seen()), points=points, n=n, seed=seed)
    return told


@pytest.fixture(scope="module")
def dense(store_of_four):
    """An untrained dense generator."""
    spec = tiny_spec(network="mlp-relu", latent_dim=8).resolved()
    made = NetworkMember(card_for(spec, "dense"), build(spec, rng(3)))
    # First weights are small, and all pictures grey: larger ones draw many things.
    return changed(made, "dense", lambda state: {key: 2.5 * value for key, value in state.items()})


def as_if_real(member):
    """An extractor, and pictures of a member in the place of real ones: nobody draws better than it."""
    extractor, reference = seen()
    features = extractor.features(to_uint8(member.sample(400, 99)))
    return extractor, replace(reference, features={**reference.features, "validation": features})


def changed(member, name, change):
    """The member with other weights; ``change`` gets and returns its generator's state."""
    state = {key: value.clone() for key, value in member.networks["generator"].state_dict().items()}
    network = copy.deepcopy(member.networks["generator"])
    network.load_state_dict(change(state))
    return NetworkMember(member.card.model_copy(update={"name": name}), {"generator": network})


def permuted(state):
    """Hidden units in another order: the same function, at another place."""
    weights = [key for key in state if key.endswith("weight")]
    rng = torch.Generator().manual_seed(0)
    for first, second in pairwise(weights):
        order = torch.randperm(len(state[first]), generator=rng)
        state[first], state[second] = state[first][order], state[second][:, order]
        bias = first.replace("weight", "bias")
        state[bias] = state[bias][order]
    return state


def pushed(strength, seed=1):
    def change(state):
        rng = torch.Generator().manual_seed(seed)
        return {
            key: value + strength * torch.randn(value.shape, generator=rng) * value.abs().mean()
            for key, value in state.items()
        }

    return change


def test_between_a_member_and_itself_there_is_none():
    told = line(load("anna"), load("anna"))
    assert told.relatives
    for by in ("kid", "fid"):
        assert len(set(told.curves[by])) == 1
        assert told.height(by) == 0.0


def test_hidden_units_in_another_order_stand_behind_a_wall(dense):
    other = changed(dense, "turned", permuted)
    assert torch.allclose(other.sample(20, 0), dense.sample(20, 0), atol=1e-5)
    told = line(dense, other, looker=as_if_real(dense))
    for by in ("kid", "fid"):
        first, *between, last = told.curves[by]
        assert first == pytest.approx(last, rel=1e-3)
        assert told.height(by) == pytest.approx(max(between) - first, rel=1e-3)
        assert told.height(by) > 10 * abs(first)
    assert told.curves["fid"][2] == max(told.curves["fid"]), "half way it is worst"


def test_its_ends_are_the_members_and_its_middle_is_their_mean():
    extractor, reference = seen()
    told = line(load("anna"), load("stranger"), points=3, n=150, seed=4)
    assert not told.relatives
    assert told.positions == (0.0, 0.5, 1.0)
    middle = fused("anna", "stranger", rule="parameters", options={"force": 1.0})
    real = reference.split("validation")
    for place, member in enumerate((load("anna"), middle, load("stranger"))):
        features = extractor.features(to_uint8(member.sample(150, 4)))
        assert told.curves["kid"][place] == pytest.approx(gram([features], real).errors[0, 0], rel=1e-6, abs=1e-9)
        assert told.curves["fid"][place] == pytest.approx(frechet_distance(moments(features), moments(real)), rel=1e-5)


@pytest.mark.parametrize(
    ("curve", "height"),
    [((1.0, 1.0, 1.0), 0.0), ((1.0, 2.0, 3.0), 0.0), ((1.0, 5.0, 3.0), 3.0), ((3.0, 0.5, 1.0), 0.0)],
)
def test_the_height_is_over_the_straight_line(curve, height):
    told = Barrier(("a", "b"), True, (0.0, 0.5, 1.0), {"kid": curve}, "x", 1, 1, 0)
    assert told.height("kid") == height
    assert told.straight("kid") == (curve[0], (curve[0] + curve[2]) / 2, curve[2])


def test_lines_that_cannot_be_walked_are_refused():
    with pytest.raises(SpecError, match="points is 2; allowed: 3 to 33"):
        line(load("anna"), load("otto"), points=2)
    with pytest.raises(MetricError, match="99 pictures cannot be measured"):
        line(load("anna"), load("otto"), n=99)
    with pytest.raises(FusionError, match="one architecture"):
        line(load("anna"), load("conv"))


def soup(members, by="kid", looker=None):
    *_, told = searching(members, *(looker or seen()), by, n=200, seed=0)
    return told


@pytest.mark.parametrize("by", ["kid", "fid"])
def test_a_soup_is_never_worse_than_the_best_member_and_the_greedy_soup(by):
    members = [load(name) for name in ("anna", "otto", "ida")]
    told = soup(members, by)
    yardstick = Yardstick(*seen(), 200, 0)
    assert told.distance <= told.greedy <= min(told.alone)
    assert sum(told.weights) == pytest.approx(1, abs=3e-4)
    assert min(told.weights) >= 0
    assert told.trials <= TRIALS
    for place, corner in enumerate(torch.eye(3).tolist()):
        assert told.alone[place] == yardstick(members, corner)[by]
    assert told.distance == yardstick(members, told.weights)[by]
    assert soup(members, by) == told


@pytest.mark.parametrize(("ahead", "behind", "share"), [(0.3, 0.3, 0.5), (0.2, 0.6, 0.75), (0.1, 0.9, 0.9)])
def test_two_that_were_pushed_apart_are_led_back(dense, ahead, behind, share):
    one, other = changed(dense, "one", pushed(ahead)), changed(dense, "other", pushed(-behind))
    told = soup([one, other], looker=as_if_real(dense))
    assert told.weights[0] == pytest.approx(share, abs=0.051)
    assert told.distance < 0.1 * min(told.alone)
    assert told.distance <= told.greedy


def test_a_member_that_spoils_the_soup_is_left_out(dense):
    bad = changed(dense, "bad", lambda state: {key: 20 * value for key, value in state.items()})
    told = soup([bad, dense], looker=as_if_real(dense))
    assert told.weights[0] < 0.15
    assert told.greedy == told.alone[1]
