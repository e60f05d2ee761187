"""Fusion in the plane: training in slices, every rule with its numbers, sentences from what was measured."""

import json

import numpy as np
import pytest
from fakes import keep_member
from parts_visit import healthy, visit
from test_frames import ask
from test_plane_page import alone, data, frame  # noqa: F401 - a fixture

from ganlab.fusion import fuse, load
from ganlab.metrics import toy
from ganlab.metrics.toy import Told
from ganlab.toys import density
from ganlab.ui.i18n import read
from ganlab.ui.pages import plane_fuse, plane_words


@pytest.fixture(autouse=True)
def short(monkeypatch, alone):  # noqa: F811
    monkeypatch.setattr(plane_fuse, "steps_for", lambda dataset: 3)


def page(**query):
    return visit("plane", plane__view="fuse", **{f"plane__{name}": value for name, value in query.items()})


def ring(*names):
    for seed, name in enumerate(names):
        keep_member(name, seed=seed, dataset="ring8", network="toy", latent_dim=2)


def test_a_set_is_trained_in_slices_and_then_fused_by_every_rule():
    at = healthy(page(set="quarters", rule="mixture", weights="0.1-0.2-0.3-0.4"))
    assert at.warning == []
    mounted = data(at)
    assert (len(mounted["names"]), mounted["rule"]) == (4, "mixture")
    assert mounted["weights"] == [0.1, 0.2, 0.3, 0.4]
    head, parts = frame(mounted["address"], real=True, weights=mounted["weights"])
    assert (head["done"], head["steps"], head["of"]) == (False, [0] * 4, 3)
    assert set(parts) == {"real", *(f"member.{k}" for k in range(4))}
    for _ in range(20):
        head, _ = frame(mounted["address"], go=True, weights=mounted["weights"])
        if head["done"]:
            break
    head, parts = frame(mounted["address"], settle=True, weights=mounted["weights"])
    assert head["done"]
    assert {*parts} == {*(f"member.{k}" for k in range(4)), *plane_fuse._RULES[:-1]}
    for _ in range(20):
        head, parts = frame(mounted["address"], boost=True, weights=mounted["weights"])
        if "boosting" in parts:
            break
    assert set(head["said"]) == set(plane_fuse._RULES)
    assert set(head["drawers"]["boosting"]) <= set(range(5))


def test_numbers_and_points_are_those_of_the_library():
    ring("anna", "otto")
    mounted = data(healthy(page(set="store", members="anna--otto", weights="0.25-0.75")))
    frame(mounted["address"], weights=[1, 0])  # what other weights drew is not shown for these
    head, parts = frame(mounted["address"], weights=mounted["weights"])
    assert "selection" not in parts
    for rule in ("weighted_average", "mixture"):
        drawn = fuse([load("anna"), load("otto")], rule, (0.25, 0.75)).sample(2500, 2).numpy()
        assert np.allclose(parts[rule], drawn[:512], atol=1e-6)
        assert head["measured"][rule] == pytest.approx(vars(toy.told(drawn, density("ring8"))), nan_ok=True)


def test_equal_weights_of_nought_are_refused_in_a_sentence():
    ring("anna", "otto")
    address = data(healthy(page(set="store", members="anna--otto")))["address"]
    answer = ask(address, b'{"weights": [0, 0]}')
    assert answer.status_code == 422
    assert "above 0" in json.loads(answer.body)["fault"]
    assert ask(address, b'{"weights": [1, 2, 3]}').status_code == 422
    assert ask(address, b'{"weights": [-1, 2]}').status_code == 422


def test_bad_values_of_the_address_are_told_and_members_that_are_gone_are_left_out():
    at = healthy(page(set="thirds", rule="guess", weights="1-x"))
    (warning,) = at.warning
    assert all(key in warning.value.replace("\\", "") for key in ("plane.set", "plane.rule", "plane.weights"))
    ring("anna", "otto")
    at = healthy(page(set="store", members="anna--nobody"))
    assert [each.value for each in at.info] == [read("en", "plane")["pick_two"]]
    assert at.query_params["plane.members"] == "anna"


def test_an_empty_store_and_no_drawing_say_what_to_do():
    assert "keep one" in healthy(page(set="store")).info[0].value
    assert "Draw points" in healthy(page(data="drawn")).info[0].value


def told(quality, modes=8, kl=0.1):
    return Told(2500, quality, 8, modes, kl, 0.0)


def test_sentences_say_what_was_measured():
    said = read("en", "plane")
    found = {
        "member.0": told(0.8),
        "member.1": told(0.6),
        "average": told(0.1),
        "median": told(0.69),
        "parameters": told(0.0, 0, None),
        "mixture": told(0.65, 6, 0.3),
        "selection": told(0.9, 6),
        "boosting": told(0.6, 8, 0.01),
    }
    sentences = plane_words.sentences(found, (1.0, 3.0), said)
    assert sentences["average"].startswith("90 % of its points lie where no real one does")
    assert "69.0 %, is near the members' own, 65.0 %" in sentences["median"]
    assert sentences["median"].startswith("Of two members")
    assert "share no ancestor" in sentences["parameters"]
    assert "weighted mean, 65.0 %" in sentences["mixture"]
    assert "from 65.0 % in the mixture to 90.0 %" in sentences["selection"]
    assert "modes from 6 to 8, KL from 0.300 to 0.010" in sentences["boosting"]
    middle = plane_words.sentences(found | {"parameters": told(0.9, 1)}, (), said)
    assert middle["parameters"].startswith("Of 8 modes it draws 1")
    worse = plane_words.sentences(found | {"selection": told(0.5), "boosting": told(0.6, 6)}, (), said)
    assert "does not help" in worse["selection"]
    assert "lacked no mode" in worse["boosting"]
