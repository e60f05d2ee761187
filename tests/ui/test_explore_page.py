"""The explorer: every frame is what the library draws, the address carries where one is, and no mistake breaks it."""

import numpy as np
import pytest
from explore_visit import NAMES, ask, data, drawn, page, shipped, three  # noqa: F401 - fixtures among them
from fakes import keep_member
from parts_visit import healthy

from ganlab.fusion.walking import Walker
from ganlab.images import png, to_uint8
from ganlab.spec import Walk
from ganlab.ui.pages import explore_address

pytestmark = pytest.mark.usefixtures("shipped")


@pytest.mark.usefixtures("three")
def test_the_first_visit_walks_from_seed_to_seed_with_two_kinds_of_members():
    at = healthy(page())
    told = data(at)
    assert told["names"] == told["members"] == ["anna", "vera"]
    walk = Walk.read({"members": ["anna", "vera"], "corners": [{"seed": 0}, {"seed": 1}]})
    pixels, head = ask(told["address"], what="step", x=0.3, y=0.0, truncation=0.7, row=0)
    assert np.array_equal(pixels, drawn(Walker(walk).step(0.3, 0, truncation=0.7)))
    assert head["ms"] >= 0
    strip, _ = ask(told["address"], what="pad", xs=[0.0, 0.3], ys=[0.0, 0.0], truncation=0.7, row=5)
    places = Walker(walk).places_of([(0.0, 0.0), (0.3, 0.0)], 5, truncation=0.7)
    assert np.array_equal(strip, to_uint8(places.flatten(0, 1)).reshape(strip.shape))


@pytest.mark.usefixtures("three")
def test_the_address_brings_a_fusion_back():
    query = {
        "how": "fused",
        "rule": "mixture",
        "b1": 0.5,
        "kind": "plane",
        "c": 9,
        "n": 4,
        "x": 0.25,
        "truncation": 0.8,
    }
    at = healthy(page(members=NAMES, **query))
    told = data(at)
    assert told["place"] == {"x": 0.25, "y": 0.0, "truncation": 0.8, "row": 0.0, "along": []}
    walk = Walk.read(
        {
            "members": NAMES,
            "blend": {"rule": "mixture", "start": [1, 0, 0], "end": [0.5, 0, 1]},
            "kind": "plane",
            "corners": [{"seed": seed} for seed in (0, 1, 9, 3)],
            "n": 4,
        }
    )
    pixels, head = ask(told["address"], x=0.6, y=0.9)
    assert np.array_equal(pixels, drawn(Walker(walk).step(0.6, 0.9)))
    assert head["weights"] == pytest.approx([0.7 / 1.3, 0, 0.6 / 1.3], abs=1e-3)
    assert at.query_params["explore.rule"] == "mixture"
    assert not at.warning


@pytest.mark.usefixtures("three")
def test_options_of_a_rule_count_and_come_back_with_a_file():
    at = healthy(page(members=NAMES, how="fused", rule="frequency", cutoff=2, low="berta", n=4))
    assert at.slider(key="explore.cutoff").value == 2
    recipe = {
        "members": NAMES,
        "blend": {
            "rule": "frequency",
            "start": [1, 0, 0],
            "end": [0, 0, 1],
            "options": {"cutoff": 2.0, "low": "berta"},
        },
        "corners": [{"seed": 0}, {"seed": 1}],
        "n": 4,
    }
    wanted = drawn(Walker(Walk.read(recipe)).step(0.5, 0.0))
    assert np.array_equal(ask(data(at)["address"], x=0.5)[0], wanted)
    again = healthy(page(tool="film"))
    file = png(np.zeros((8, 8, 1), np.uint8), recipe)
    again.file_uploader(key="explore.dropped").upload("x.png", file, "image/png").run()
    assert np.array_equal(ask(data(healthy(again))["address"], x=0.5)[0], wanted)
    assert again.selectbox(key="explore.low").value == "berta"
    assert again.slider(key="explore.cutoff").value == 2


@pytest.mark.usefixtures("shipped")
def test_eight_members_walk_side_by_side():
    names = [f"member{place}" for place in range(8)]
    for seed, name in enumerate(names):
        keep_member(name, seed=seed)
    told = data(healthy(page(members=names)))
    assert told["names"] == names
    assert told["strips"] == 8


@pytest.mark.usefixtures("three")
def test_terms_of_a_sum_are_drawn():
    told = data(healthy(page(kind="sum", members=["anna"])))
    terms, _ = ask(told["address"], what="terms", row=3)
    walk = Walk.read({"members": ["anna"], "kind": "sum", "corners": [{"seed": seed} for seed in range(3)]})
    wanted = Walker(walk).corners(rows=4)[0, :, 3]
    assert np.array_equal(terms[0], to_uint8(wanted))


@pytest.mark.usefixtures("three")
def test_what_a_link_asks_in_vain_is_told_and_ignored():
    at = healthy(page(members=["anna", "nobody"], kind="spiral", a="x", x="far", rule="average"))
    (warning,) = at.warning
    for word in ("nobody", "spiral", "explore\\.a", "explore\\.x", "explore\\.rule"):
        assert word in warning.value
    assert data(at)["kind"] == "line"
    assert data(at)["place"]["x"] == 0


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize(
    ("wish", "said"),
    [
        ({"x": "a"}, "x is 'a'"),
        ({"what": "all"}, "what is 'all'"),
        ({"x": 1e9}, "x is 1000000000"),
        ({"what": "pad"}, "asks for no place"),
        ({"shell": 1}, "no field 'shell'"),
        ({"what": "pad", "xs": [0.0] * 200, "ys": [0.0] * 200}, "at most 128"),
    ],
)
def test_a_wish_that_makes_no_sense_is_refused(wish, said):
    fault, status = ask(data(page())["address"], **wish)
    assert status == 422
    assert said in fault


@pytest.mark.usefixtures("three")
def test_controls_are_those_of_what_is_chosen():
    at = healthy(page(members=["anna"]))
    assert "explore.how" not in {each.key for each in at.get("button_group")}
    assert [box.key for box in at.number_input] == ["explore.a", "explore.b"]
    at.multiselect[0].set_value(["anna", "berta"]).run()
    assert data(at)["names"] == ["anna", "berta"]
    at = healthy(page(kind="seeds", members=["anna"]))
    assert len(at.number_input) == 0
    at = healthy(page(kind="seeds", members=NAMES, how="fused", rule="mixture"))
    at.slider(key="explore.a1").set_value(0.0).run()
    assert "no member has a weight" in at.error[0].value


def test_without_members_the_page_says_where_they_come_from():
    keep_member("ring", dataset="ring8", network="toy", latent_dim=2)
    at = healthy(page())
    assert "no member that draws pictures" in at.info[0].value


def test_classes_are_offered_where_all_can_be_asked():
    keep_member("clara", conditional=True)
    at = healthy(page(label="7"))
    told = data(at)
    pixels, _ = ask(told["address"], x=0.5)
    walk = Walk.read({"members": ["clara"], "corners": [{"seed": 0}, {"seed": 1}], "label": 7})
    assert np.array_equal(pixels, drawn(Walker(walk).step(0.5, 0)))


def test_places_that_are_none_are_left_out(monkeypatch):
    import streamlit as st

    monkeypatch.setattr(st, "session_state", {})
    monkeypatch.setattr(st, "query_params", {})
    explore_address.hold({"x": 0.12346, "y": float("nan"), "truncation": "much", "row": 3, "other": 1})
    assert st.query_params == {"explore.x": "0.1235", "explore.row": "3"}
    assert "y" not in st.session_state["explore.place"]
