"""Sets of members in the plane: who sees what, when they part, and every rule that makes sense on points."""

import math

import numpy as np
import pytest
import torch

from ganlab.data import load_dataset
from ganlab.ensembles import plane
from ganlab.errors import FusionError
from ganlab.members.member import NetworkMember
from ganlab.members.origins import are_relatives
from ganlab.metrics import toy
from ganlab.spec import MemberSpec
from ganlab.toys import density

SPEC = MemberSpec(dataset="ring8", network="toy", objective="hinge", width=8, critic_width=8, ema=0.0, batch_size=16)


@pytest.fixture(scope="module")
def data():
    return load_dataset("ring8")


def crew(data, way, steps=4):
    made = plane.Crew(SPEC, data, way, steps)
    while not made.done:
        made.advance(0.01)
    return made


def modes_seen(data, way, k):
    points = plane.part_of(data, plane.SETS[way], k).split("train")[0].numpy()
    return set(np.unique(toy.nearest_modes(points, density("ring8")))) - {-1}


def test_parts_share_no_mode_and_leave_none_out(data):
    for way, size in (("halves", 4), ("quarters", 2)):
        parts = [modes_seen(data, way, k) for k in range(plane.SETS[way].members)]
        assert [len(part) for part in parts] == [size] * len(parts)
        assert set().union(*parts) == set(range(8))
    assert modes_seen(data, "gap", 0) == modes_seen(data, "gap", 1)
    assert len(modes_seen(data, "gap", 0)) == 6
    assert len(modes_seen(data, "seeds", 1)) == 8


def test_each_takes_its_steps_and_is_named_after_the_set(data):
    made = crew(data, "quarters")
    assert [live.steps for live in made.lives] == [4] * 4
    assert [member.name for member in made.members()] == [f"quarters-{k}" for k in range(1, 5)]
    with pytest.raises(FusionError, match="still being trained"):
        plane.Crew(SPEC, data, "halves", 4).members()


def test_relatives_are_one_until_half_time_and_strangers_never(data):
    made = plane.Crew(SPEC, data, "relatives", 6)
    while made.lives[0] is made.lives[1]:
        assert made.lives[0].steps <= 3
        made.advance(0.0)
    one, other = ([*live.trainer.generator.parameters()] for live in made.lives)
    assert not all(torch.equal(a, b) for a, b in zip(one, other, strict=True))
    while not made.done:
        made.advance(0.01)
    assert are_relatives(*(member.card for member in made.members()))
    assert not are_relatives(*(member.card for member in crew(data, "seeds").members()))


@pytest.fixture(scope="module")
def members(data):
    return crew(data, "halves").members()


def test_every_rule_draws_points(data, members):
    assert plane.unfit(members) == {}
    fit = plane.select(members)
    booster = plane.booster(members, data, SPEC)
    booster.advance(1)
    boosted = plane.renamed(booster.member(), "boosted")
    for rule in plane.RULES:
        own = [*members, boosted] if rule == "boosting" else members
        weights = (0.25, 0.75)
        drawn = plane.fused(own, rule, weights, fit if rule == "selection" else None).sample(50, 0)
        assert drawn.shape == (50, 2)
        assert torch.isfinite(drawn).all()
    average = plane.fused(members, "weighted_average", (0.25, 0.75)).sample(50, 0)
    by_hand = 0.25 * members[0].sample(50, 0) + 0.75 * members[1].sample(50, 0)
    assert torch.allclose(average, by_hand, atol=1e-6)


def test_what_does_not_go_together_is_said(data, members):
    (stranger,) = crew(data, "seeds").members()[:1]
    wide = plane.Crew(SPEC.model_copy(update={"width": 9}), data, "halves", 1)
    while not wide.done:
        wide.advance(1)
    assert set(plane.unfit([stranger, wide.members()[0]])) == {"parameters"}
    assert set(plane.unfit(members, (0.0, 0.0))) >= {"mixture", "selection", "weighted_average"}


def test_the_booster_sees_what_the_mixture_lacks(data, members, monkeypatch):
    """Members that know three quarters of the ring: of the rows that are drawn for the new one most lie in the last.

    With a perfect ratio three of four would (l = 1: weight 1 there, 1 - 8/9 elsewhere); of all rows it is one of four.
    """

    rows = plane.part_of(data, plane.SETS["gap"], 0).split("train")[0]

    class Known(NetworkMember):
        def generate(self, z, labels=None):
            return rows[(torch.special.ndtr(self.placed(z)[:, 0]) * len(rows)).long().clamp(0, len(rows) - 1)]

    monkeypatch.setattr(plane, "_WEIGHED", 3_000)
    booster = plane.booster([Known(member.card, member.networks) for member in members], data, SPEC)
    given = booster.trainer.batches.examples.numpy()
    angle = np.mod(np.arctan2(given[:, 1], given[:, 0]) - plane.CUT, 2 * math.pi)
    assert (angle >= 1.5 * math.pi).mean() > 0.5
    assert booster.spec.seed == SPEC.seed + 2
