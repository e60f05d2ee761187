"""A sweep: its ends are the members, its places are fusions like any other."""

import math

import numpy as np
import pytest
from fakes import keep_member

from ganlab.errors import SpecError
from ganlab.fusion import RULES, fuse, load, misfit, sweep
from ganlab.images import grid, to_uint8
from ganlab.members import store
from ganlab.metrics import glance
from ganlab.spec import Recipe

NAMES = ["anna", "berta", "clara"]


@pytest.fixture
def three(workspace, tmp_path, monkeypatch):
    monkeypatch.setattr(store, "shipped_folder", lambda: tmp_path / "pretrained")
    for seed, name in enumerate(NAMES):
        keep_member(name, seed=seed)
    return [load(name) for name in NAMES]


def recipe(rule="weighted_average", weights=(0.2, 0.6, 0.3), **options):
    return Recipe(members=tuple(NAMES), rule=rule, weights=weights, options=options)


def cards(members):
    return [member.card for member in members]


def swept(members, asked, look=None, n=20, shown=4):
    return list(sweep.sweeping(members, asked, look, n=n, seed=3, shown=shown))


@pytest.mark.parametrize("place", range(3))
def test_along_a_member_its_share_grows_evenly_and_the_others_keep_their_proportion(three, place):
    found = [each.weights for _, each in sweep.axis(recipe(), NAMES[place], 5, cards(three))]
    others = [other for other in range(3) if other != place]
    assert [weights[place] for weights in found] == [0, 0.25, 0.5, 0.75, 1]
    for weights in found:
        assert math.isclose(sum(weights), 1)
        if weights[place] < 1:
            asked = recipe().weights
            assert math.isclose(weights[others[0]] / weights[others[1]], asked[others[0]] / asked[others[1]])


def test_where_the_others_have_nothing_they_share_alike(three):
    found = [each.weights for _, each in sweep.axis(recipe(weights=(1, 0, 0)), "anna", 3, cards(three))]
    assert found == [(0, 0.5, 0.5), (0.5, 0.25, 0.25), (1, 0, 0)]


@pytest.mark.parametrize("rule", ["weighted_average", "median", "mixture", "parameters"])
def test_its_ends_are_the_member_alone_and_the_others_without_it(three, rule):
    options = {"force": 1.0} if rule == "parameters" else {}
    found = swept(three, sweep.cells(recipe(rule, **options), "berta", None, 3, cards(three)))
    alone = to_uint8(three[1].sample(20, 3))[:4]
    rest = fuse(three, rule, (0.2, 0, 0.3), options=options)
    assert np.abs(found[-1].images.astype(int) - alone).max() <= 1
    assert np.abs(found[0].images.astype(int) - to_uint8(rest.sample(20, 3))[:4]).max() <= 1


def test_every_place_is_the_fusion_of_its_recipe_with_its_numbers(three):
    look = glance.of("digits", (1, 8, 8))
    found = swept(three, sweep.cells(recipe(), "rules", "anna", 3, cards(three)), look)
    fitting = [each.name for each in RULES if not each.facts.get("fitted") and misfit(each.name, cards(three)) is None]
    assert [cell.at for cell in found] == [(rule, share) for share in ("0.00", "0.50", "1.00") for rule in fitting]
    for cell in found:
        made = fuse(three, cell.recipe.rule, cell.recipe.weights)
        images = to_uint8(made.sample(20, 3))
        assert np.array_equal(cell.images, images[:4])
        assert cell.numbers == look.at(images)


def test_a_fusion_that_cannot_be_drawn_says_why_and_the_others_go_on(three):
    asked = [[(("a",), recipe("selection", (1, 1, 1))), (("b",), recipe())]]
    bad, good = swept(three, asked)
    assert bad.images is None
    assert "fit" in bad.fault
    assert good.images is not None
    drawn = sweep.sheet([bad, good], 2, 1)
    tile = grid(good.images, 1)
    assert drawn.shape == (tile.shape[0], 2 * tile.shape[1] + 4, 1)
    assert np.array_equal(drawn[:, -tile.shape[1] :], tile)


@pytest.mark.parametrize(
    ("asked", "along", "across", "steps", "said"),
    [
        (recipe(), "dora", None, 3, "'rules', not 'dora'"),
        (recipe("average", ()), "anna", None, 3, "no weight to go along"),
        (recipe(), "anna", "anna", 3, "Both axes"),
        (recipe(), "anna", None, 1, "allowed: 2 to 51"),
        (recipe(), "anna", "berta", 40, "1,600 fusions; allowed: 441"),
    ],
)
def test_what_is_no_sweep_is_refused(three, asked, along, across, steps, said):
    with pytest.raises(SpecError, match=said):
        sweep.cells(asked, along, across, steps, cards(three))
