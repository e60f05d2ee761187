"""What the card of the guided tour is told; how it behaves is tested in a browser."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest
from parts_visit import healthy, visit

from ganlab.fusion import tables
from ganlab.ui.parts import tour


def told(at):
    (card,) = [json.loads(each.proto.json) for each in healthy(at).get("bidi_component")]
    return card


def test_only_a_visit_that_asks_for_nothing_opens_it_by_itself(workspace):
    assert told(visit())["fresh"]
    assert told(visit(lang="zh"))["fresh"]
    assert not told(visit(gallery__only_dataset="mnist"))["fresh"]


@pytest.mark.parametrize(("asked", "turn", "at"), [("1", 1, 0), ("5", 1, 4), ("6", 0, 0), ("0", 0, 0), ("x", 0, 0)])
def test_an_address_opens_it_at_a_step_once(workspace, asked, turn, at):
    seen = visit(tour=asked)
    card = told(seen)
    assert (card["turn"], card["at"], card["fresh"]) == (turn, at, False)
    assert "tour" not in seen.query_params
    assert told(seen.run())["turn"] == turn


def test_each_step_leads_to_a_page_with_its_address_and_the_language(workspace):
    steps = told(visit(lang="zh"))["steps"]
    assert len(steps) == len(tour.STEPS) == 5
    for number, (step, (place, query)) in enumerate(zip(steps, tour.STEPS.values(), strict=True), 1):
        address = urlsplit(step["href"])
        assert address.path == ("./" if place == "gallery" else f"./{place}")  # the first page has no path of its own
        asked = {name: value if isinstance(value, list) else [value] for name, value in query.items()}
        assert parse_qs(address.query) == asked | {"tour": [str(number)], "lang": ["zh"]}


def test_the_numbers_of_the_third_step_are_those_of_the_table(workspace):
    rows = {row["rule"]: row["fid"] for row in tables.shipped("mnist")}
    text = told(visit())["steps"][2]["text"]
    assert f"mixture {rows['mixture']:.2f}, selection {rows['selection']:.2f}" in text
    assert f"alone reaches {rows['best-member+selection']:.2f}" in text
