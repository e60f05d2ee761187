"""Points that somebody drew: their name holds them, and they are a dataset like any other."""

import numpy as np
import pytest
import torch

from ganlab.data import load_dataset
from ganlab.errors import DataError, SpecError
from ganlab.metrics import toy
from ganlab.spec import MemberSpec
from ganlab.toys import density, drawn, has_modes

CORNERS = [[-1.0, -1.0], [1.0, -1.0], [0.0, 1.5]]
STROKE = [[x / 20, 0.0] for x in range(20)]


def test_a_name_gives_back_what_was_drawn_to_half_a_step():
    found = drawn.centres(drawn.named(CORNERS))
    assert np.abs(np.array(found) - CORNERS).max() <= 2 / 255 + 1e-9


def test_equal_points_count_once_and_far_ones_move_to_the_border():
    found = drawn.centres(drawn.named([[9, -9], [9, -9], [0.001, 0.001]]))
    assert np.allclose(found, [(2, -2), (2 / 255, 2 / 255)])


@pytest.mark.parametrize("name", ["drawn:", "drawn:A", "drawn:AAAA", "drawn:?!?!", "drawn:" + "AAAA" * 200])
def test_a_name_that_holds_no_points_is_refused(name):
    with pytest.raises(DataError, match="holds no drawn points"):
        drawn.centres(name)
    with pytest.raises(SpecError, match="holds no drawn points"):
        MemberSpec.read({"dataset": name})


@pytest.mark.parametrize("count", [0, drawn.MOST + 1])
def test_as_many_points_as_fit(count):
    with pytest.raises(DataError, match="draw 1 to"):
        drawn.named([[0, 0]] * count)


def test_points_apart_are_modes_and_those_of_a_stroke_are_not():
    apart, stroke = drawn.named(CORNERS), drawn.named(STROKE)
    assert (has_modes(apart), has_modes(stroke)) == (True, False)
    assert (density(apart).modes is None, density(stroke).modes is None) == (False, True)


def test_they_are_a_dataset_that_follows_its_density():
    name = drawn.named(CORNERS)
    data = load_dataset(name)
    assert (data.name, data.shape, len(data.splits["train"])) == (name, (2,), 100_000)
    told = toy.told(data.split("test")[0].numpy(), density(name))
    assert (told.of, told.modes) == (3, 3)
    assert told.high_quality == pytest.approx(toy.PERFECT_SHARE, abs=4 * 0.001)
    assert torch.equal(data.log_density(data.examples[:5]), density(name).log_density(data.examples[:5]))


def test_a_spec_of_them_is_complete():
    spec = MemberSpec(dataset=drawn.named(STROKE), network="toy", steps=100).resolved()
    assert (spec.shape, spec.latent_dim, spec.score_every) == ((2,), 2, 0)
    assert MemberSpec(dataset=drawn.named(CORNERS), network="toy", steps=10_000).resolved().score_every > 0
