"""One network of several: its laws to the bit, how far others enter at which depth, and who may not be averaged."""

import pytest
import torch
from fakes import card_for, keep_member, tiny_spec
from fusion.conftest import FAMILY, fused

from ganlab.errors import FusionError
from ganlab.fusion import fuse, keep, load, misfit
from ganlab.fusion.parameters import depths_of
from ganlab.members.networks import outlines
from ganlab.spec import MemberSpec

NAMES = ("anna", "otto", "ida")


def state(member):
    return member.network().state_dict()


def equal(one, other):
    return all(value.equal(other[key]) for key, value in one.items())


def by_hand(weights, names=NAMES, own=lambda key: ()):
    """Each number for itself; ``own`` says whose weights count for an entry, where not everybody's do."""
    states = [state(load(name)) for name in names]
    total, mean = sum(weights), {}
    for key, value in states[0].items():
        shares = own(key) or [weight / total for weight in weights]
        numbers = [
            sum(share * float(each[key].flatten()[place]) for share, each in zip(shares, states, strict=True))
            for place in range(value.numel())
        ]
        mean[key] = torch.tensor(numbers, dtype=torch.float64).reshape(value.shape).to(value.dtype)
    return mean


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("low", [{}, {"low": "ida"}])
def test_all_weight_on_one_member_is_that_member_to_the_bit(place, low):
    weights = [0.0, 0.0, 0.0]
    weights[place] = 7.0
    made, alone = fused(*NAMES, rule="parameters", weights=weights, options=low), load(NAMES[place])
    assert equal(state(made), state(alone))
    assert made.sample(9, 3).equal(alone.sample(9, 3))


@pytest.mark.parametrize("times", [2, 3, 7])
def test_a_mean_of_equals_is_each_of_them_to_the_bit(times):
    made = fused(*["anna"] * times, rule="parameters")
    assert equal(state(made), state(load("anna")))
    assert made.sample(9, 3).equal(load("anna").sample(9, 3))


@pytest.mark.parametrize("weights", [(), (0.2, 0.5, 0.3), (1.0, 0.0, 3.0)])
def test_each_weight_is_the_mean_of_theirs(weights):
    made, expected = state(fused(*NAMES, rule="parameters", weights=weights)), by_hand(weights or (1, 1, 1))
    assert made.keys() == expected.keys()
    for key, value in made.items():
        torch.testing.assert_close(value, expected[key], rtol=1e-6, atol=1e-9)
    assert any(key.endswith("running_var") for key in made), "statistics of batch norm are averaged with the rest"


@pytest.mark.parametrize("depth", [0, 1, 2, 3, 12])
def test_a_swap_takes_coarse_layers_of_one_and_fine_ones_of_the_other(depth):
    made = state(fused("anna", "otto", rule="parameters", weights=(0, 1), options={"swap": float(depth)}))
    anna, otto = state(load("anna")), state(load("otto"))
    depths, count = depths_of(load("anna").network())
    assert count == 3, "maps of 2x2 and 4x4, then the picture"
    for key, value in made.items():
        assert value.equal((anna if depths[key] < depth else otto)[key]), key


def test_others_enter_as_far_as_they_may_at_each_depth(own_home):
    keep_member("m0", seed=30, dataset="mnist", lineage=FAMILY)
    keep_member("m1", seed=31, dataset="mnist", lineage=FAMILY)
    enters = {"coarse": 0.2, "middle": 0.5, "fine": 0.75}
    made = state(fused("m0", "m1", rule="parameters", weights=(0.4, 0.6), options=enters))
    of_depth = [0.6 * 0.2, 0.6 * 0.5, 0.6 * 0.75]
    depths, count = depths_of(load("m0").network())
    assert count == 3

    def own(key):
        return 1 - of_depth[depths[key]], of_depth[depths[key]]

    expected = by_hand((0.4, 0.6), ("m0", "m1"), own)
    for key, value in made.items():
        torch.testing.assert_close(value, expected[key], rtol=1e-6, atol=1e-9)
    turned = fused("m1", "m0", rule="parameters", weights=(0.6, 0.4), options={**enters, "low": "m0"})
    assert equal(made, state(turned))


NETWORKS = [
    ({"network": "dcgan"}, ["0", "4", "7"]),
    ({"network": "dcgan", "conditional": True}, ["generator.0", "generator.4", "generator.7"]),
    ({"network": "dcgan", "attention": True}, ["0", "4", "8"]),
    ({"network": "dcgan", "grow": 0.5}, ["blocks.0.0", "blocks.1.0", "ways.0.0", "ways.1.0", "ways.2.0"]),
    ({"network": "mlp"}, ["0", "2", "4", "6"]),
    ({"network": "resnet"}, ["0", "2", "5", "9"]),
    ({"network": "recurrent"}, ["start", "rows", "pixels"]),
    ({"network": "toy", "dataset": "ring8"}, ["0", "3", "6", "9", "12"]),
]


@pytest.mark.parametrize(("asked", "first"), NETWORKS, ids=[str(asked) for asked, _ in NETWORKS])
def test_a_depth_begins_with_a_layer_that_has_weights_of_its_own(asked, first):
    network = outlines(MemberSpec(**{"dataset": "mnist"} | asked).resolved())["generator"]
    depths, count = depths_of(network)
    assert count == len(first)
    assert depths.keys() | {"shares", "_extra_state"} >= network.state_dict().keys()
    found = [next(key for key, place in depths.items() if place == depth) for depth in range(count)]
    assert all(key.startswith(f"{name}.") for key, name in zip(found, first, strict=True)), found
    assert list(depths.values()) == sorted(depths.values())


@pytest.mark.parametrize("changes", [{"network": "mlp"}, {"network": "dcgan", "grow": 0.5}, {"network": "resnet"}])
def test_every_architecture_can_be_averaged(own_home, changes):
    names = [f"{changes['network']}{seed}" for seed in (0, 1)]
    for seed, name in enumerate(names):
        keep_member(name, seed=seed, lineage=FAMILY, **changes)
    for place, weights in enumerate([(1, 0), (0, 1)]):
        assert equal(state(fused(*names, rule="parameters", weights=weights)), state(load(names[place])))
    assert fused(*names, rule="parameters").sample(3, 0).isfinite().all()


def test_members_that_know_classes_give_one_that_does(own_home):
    for seed, name in enumerate(("c0", "c1")):
        keep_member(name, seed=seed, conditional=True, lineage=FAMILY)
    made = fused("c0", "c1", rule="parameters")
    labels = torch.arange(10)
    z = made.latents(1, 0)
    drawn = made.sample(10, 0, labels)
    for label in (0, 9):
        asked = made.generate(made.asked(made.latents(10, 0), label))[label]
        torch.testing.assert_close(asked, drawn[label], rtol=0, atol=1e-6)
    assert z.shape == (1, 7)
    one = fused("c0", "c1", rule="parameters", weights=(1, 0))
    assert one.sample(10, 0, labels).equal(load("c0").sample(10, 0, labels))


def test_it_is_one_network_of_a_members_size():
    made = fused(*NAMES, rule="parameters")
    assert made.card.parameters == load("anna").card.parameters
    assert made.network()(made.placed(made.latents(4, 0))).equal(made.sample(4, 0))


def test_it_is_kept_with_its_depths(own_home):
    options = {"coarse": 0.0, "low": "otto", "swap": 1.0}
    made = fused("anna", "otto", rule="parameters", weights=(0.3, 0.7), options=options)
    keep(made, "both")
    assert load("both").sample(5, 0).equal(made.sample(5, 0))
    assert load("both").card.recipe.options == options


def test_strangers_are_refused_and_can_be_forced():
    cards = [load(name).card for name in ("anna", "stranger")]
    told = misfit("parameters", cards)
    assert told == (
        "'anna' and 'stranger' share no ancestor: averaging strangers' parameters gives noise (measured). "
        "Choose relatives (train --start), or force=1 to see it fail."
    )
    with pytest.raises(FusionError) as refusal:
        fuse(["anna", "stranger"], "parameters")
    assert str(refusal.value) == told
    assert misfit("parameters", cards, options={"force": 1.0}) is None
    assert fused("anna", "stranger", rule="parameters", options={"force": 1.0}).sample(2, 0).isfinite().all()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"width": 4}, "but 'anna' has width 2 and 'other' has 4"),
        ({"network": "resnet"}, "but 'anna' has network 'dcgan' and 'other' has 'resnet'"),
        ({"conditional": True}, "has conditional False and 'other' has True"),
    ],
)
def test_other_architectures_are_refused_by_what_differs(changes, told):
    small = {"network": "dcgan", "width": 2, "critic_width": 2}
    other = card_for(tiny_spec(**(small | changes)), "other", lineage=FAMILY)
    for force in (0.0, 1.0):
        found = misfit("parameters", [load("anna").card, other], options={"force": force})
        assert told in found
        assert found.endswith("Pick others, or use 'mixture'.")


def test_critics_need_not_be_alike():
    other = card_for(tiny_spec(network="dcgan", width=2, critic_width=9, spectral_norm=True), "other", lineage=FAMILY)
    assert misfit("parameters", [load("anna").card, other]) is None
