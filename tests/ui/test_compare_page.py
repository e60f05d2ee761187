"""Compare: the page shows what stands on the cards, never two questions in one column."""

import csv
import io
import json
import re

import numpy as np
import pytest
import torch
from compare_visit import chart, keep_three, page, shown, texts, visit_compare
from fakes import keep_fused, keep_member
from measurements import PICTURES, POINTS, measurement, measurement_of_points, put
from parts_visit import healthy, picture, pictures, visit

from ganlab.fusion import load
from ganlab.images import grid, to_uint8
from ganlab.members import store
from ganlab.members.card import Number
from ganlab.members.sheet import reach_of, sheet
from ganlab.metrics import MEASURES, classes
from ganlab.ui import engine
from ganlab.ui.pages import compare_measure, compare_table
from ganlab.ui.pages.compare_sets import Question
from ganlab.ui.parts import grid as grid_part
from ganlab.ui.parts import numbers

HOSTILE = "<script>alert(1)</script> [x](http://evil.example) $x$"


@pytest.fixture(autouse=True)
def shipped(workspace, tmp_path, monkeypatch):
    monkeypatch.setattr(store, "shipped_folder", lambda: tmp_path / "pretrained")
    monkeypatch.setattr(grid_part, "_STAYING", 10**6)  # so that all pictures can be read off the page


@pytest.fixture
def measured():
    keep_three(6.589, 8.1, 7.25)


def test_an_empty_store_leads_to_training():
    at = healthy(visit_compare())
    assert "Train" in at.info[0].value
    assert at.get("page_link")[0].proto.page == "train"


def test_the_table_holds_what_stands_on_the_cards(measured):
    at = healthy(page())
    table = at.dataframe[0].value.set_index("member")
    assert list(table.index) == ["anna", "berta", "clara", "real pictures"]
    assert list(table.columns) == PICTURES
    for entry in store.catalogue():
        (card,) = entry.card.metrics
        assert {name: table.loc[entry.name, name] for name in PICTURES} == {
            name: card.numbers[name].value for name in PICTURES
        }
    assert table.loc["real pictures", "fid"] == 0.05
    assert table["fid"].dtype == float  # so that the column sorts as numbers
    rows = shown(at)
    assert rows["anna"]["fid"] == "★ 6.59 [6.41, 6.79]"
    assert rows["berta"]["fid"] == "8.10 [7.92, 8.30]"
    assert rows["berta"]["precision"] == "★ 0.810 [0.736, 0.900]"
    assert rows["anna"]["modes"] == "9"  # all alike: nobody is best
    assert rows["real pictures"]["fid"] == "0.0500"


def test_every_column_says_what_it_means(measured):
    columns = json.loads(page().dataframe[0].proto.columns)
    for name in PICTURES:
        assert columns[name]["label"] == numbers.title(name)
        assert re.search(r"[.?] \w", columns[name]["help"])  # two sentences: what it means, where it misleads


@pytest.mark.parametrize(
    ("values", "floor", "winners"),
    [
        ({"a": 1.0, "b": 2.0}, 0.1, {"fid": ["a"], "precision": ["b"], "diversity": ["a"]}),
        ({"a": 1.0, "b": 2.0}, 1.9, {"fid": ["a"], "precision": ["b"], "diversity": ["b"]}),
        ({"a": 1.0, "b": 2.0}, None, {"fid": ["a"], "diversity": []}),
        ({"a": 1.0, "b": 1.0}, 0.1, {"fid": [], "precision": [], "diversity": []}),
        ({"a": 1.0, "b": 1.0, "c": 2.0}, 0.1, {"fid": ["a", "b"], "precision": ["c"]}),
        ({"a": 1.0}, 0.1, {"fid": []}),
    ],
)
def test_the_best_is_lowest_highest_or_nearest_to_real_pictures(values, floor, winners):
    for measure, names in winners.items():
        answers = {
            name: measurement(numbers={measure: Number(value=value)}, floors={} if floor is None else {measure: floor})
            for name, value in values.items()
        }
        assert compare_table.best(measure, answers) == names


def test_numbers_of_two_questions_never_share_a_column(measured):
    put("anna", measurement(1.5, n_fake=5_000), measurement(0.5, split="validation"))
    keep_member("dora", seed=9)
    put("dora", measurement(0.7, seed=4))
    at = healthy(page())
    box = at.selectbox(key="compare.set")
    assert box.options[0] == "digits-classifier · 10,000 drawn against 360 real (test split) · seed 0"
    assert len(box.options) == 4
    rows = shown(at)
    assert rows["anna"]["fid"] == "★ 6.59 [6.41, 6.79]"
    assert at.dataframe[0].value.set_index("member")["fid"].isna().to_dict()["dora"]
    assert "Not measured like this: **dora**." in texts(at)
    at = healthy(box.set_value("digits-classifier,5000,360,test,0").run())
    table = at.dataframe[0].value.set_index("member")["fid"]
    assert table.dropna().to_dict() == {"anna": 1.5, "real pictures": 0.05}
    assert at.query_params["compare.set"] == "digits-classifier,5000,360,test,0"
    assert chart(at, "compare.bars")["data"][0]["x"] == [1.5]


def test_bars_show_the_chosen_measure_with_intervals_and_floor(measured):
    at = healthy(page(measure="density"))
    drawn = chart(at, "compare.bars")
    bar, (line,) = drawn["data"][0], drawn["layout"]["shapes"]
    assert bar["x"] == pytest.approx([0.6589, 0.81, 0.725])
    assert [text.split()[0] for text in bar["y"]] == ["anna", "berta", "clara"]
    assert bar["error_x"]["array"][1] == pytest.approx(8.1 / 9 - 0.81)
    assert bar["error_x"]["arrayminus"][1] == pytest.approx(0.81 - 8.1 / 11)
    assert line["x0"] == line["x1"] == pytest.approx(0.09)
    assert line["line"]["dash"] == "dash"
    assert "Longer is better." in texts(at)
    at.selectbox(key="compare.measure").set_value("fid").run()
    assert chart(healthy(at), "compare.bars")["data"][0]["x"] == [6.589, 8.1, 7.25]
    assert "Shorter is better." in texts(at)
    assert "compare.measure" not in at.query_params  # the usual one needs no words


def test_precision_against_recall_names_members_and_real_pictures(measured):
    points = chart(page(), "compare.plane")["data"]
    assert [point["name"] for point in points] == ["anna", "berta", "clara", "real pictures"]
    assert (points[0]["x"], points[0]["y"]) == ([6.589 / 12], [0.6589])
    assert (points[3]["x"], points[3]["y"]) == ([pytest.approx(0.08)], [pytest.approx(0.07)])


def test_members_stand_side_by_side_with_number_and_classes(measured):
    at = healthy(page(seed="4"))
    told = [alt for alt, _ in pictures(at)]
    assert told == [f"16 samples of {name} from seed 4" for name in ("anna", "berta", "clara")]
    assert "FID **6\\.59 \\[6\\.41, 6\\.79\\]**" in texts(at)
    assert texts(at).count("9 of 10 classes. **Missing: 1**") == 3
    drawn, real = chart(at, "compare.classes.anna")["data"]
    assert drawn["x"] == [str(digit) for digit in range(10)]
    assert drawn["y"] == [0.2, 0.0, *[0.1] * 8]
    assert real["y"] == [0.1] * 10
    at = healthy(at.button(key="compare.new").click().run())
    assert pictures(at)[0][0].endswith("from seed 5")
    assert at.query_params["compare.seed"] == "5"


def test_what_is_missing_is_what_the_measure_does_not_count():
    rng = np.random.default_rng(0)
    for _ in range(50):
        real = rng.dirichlet(np.ones(10)) * (rng.random(10) > 0.2)
        fake = real * rng.choice([0, 0.05, 0.0999, 0.1001, 3], 10)
        told = numbers.missing(measurement(class_shares=tuple(fake), real_shares=tuple(real)))
        there = classes.covered(fake, real)
        assert told == [str(place) for place in range(10) if real[place] > 0 and not there[place]]


def test_points_have_modes_but_no_precision():
    for seed, name in enumerate(["ring-a", "ring-b"]):
        keep_member(name, seed=seed, dataset="ring8", network="toy", latent_dim=2)
    put("ring-a", measurement_of_points())
    at = healthy(page())
    assert list(at.dataframe[0].value.columns) == ["member", *POINTS]
    assert at.dataframe[0].value["member"].tolist() == ["ring-a", "ring-b", "real points"]
    assert "6 of 8 heaps. **Missing: 2, 3**" in texts(at)  # one point is enough for a heap
    drawn = {name: load(name).sample(1_024, 0) for name in ("ring-a", "ring-b")}
    for name, points in drawn.items():  # both within one frame
        told = picture(at, f"1024 samples of {name}")
        assert (told == sheet(points, reach=reach_of(*drawn.values()))[:, :, 0]).all()
    assert len(at.get("plotly_chart")) == 2  # bars and heaps, no plane
    job = compare_measure.command("ring-b", Question("exact density", 2_500))
    assert "--extractor" not in job
    assert at.button(key="compare.measure_now").label == "Measure 1 (about 6 s)"


def test_a_fused_member_is_compared_like_any_other(measured):
    keep_fused("mixed", "anna", "berta", rule="median")
    put("mixed", measurement(3.0))
    rows = shown(healthy(page()))
    assert rows["mixed"]["fid"] == "★ 3.00 [2.82, 3.20]"


def test_the_csv_holds_every_number_with_all_that_makes_it_one(measured):
    put("berta", measurement(8.1, extractor="=cmd()", n_fake=5_000))
    answers = {entry.name: entry.card.metrics[0] for entry in store.catalogue()}
    rows = list(csv.DictReader(io.StringIO(compare_table.as_csv(answers).decode())))
    assert [row["member"] for row in rows] == ["anna", "berta", "clara"]
    for row, answer in zip(rows, answers.values(), strict=True):
        for name, number in answer.numbers.items():
            ends = [float(value) if (value := row[name + end]) else None for end in ("", "_low", "_high", "_floor")]
            assert ends == [number.value, number.low, number.high, answer.floors.get(name)]
        told = {name: row[name] for name in ("extractor", "n_fake", "n_real", "split", "seed")}
        assert told == {
            "extractor": "digits-classifier",
            "n_fake": "10000",
            "n_real": "360",
            "split": "test",
            "seed": "0",
        }
    foreign = {"berta": store.catalogue()["berta"].card.metrics[1]}
    assert "'=cmd()" in compare_table.as_csv(foreign).decode()  # no spreadsheet works it out


def test_the_address_brings_everything_back(measured):
    put("anna", measurement(1.0, seed=3))
    put("clara", measurement(2.0, seed=3))
    at = page()
    at.multiselect(key="compare.members").set_value(["clara", "anna"]).run()
    at.selectbox(key="compare.set").set_value("digits-classifier,10000,360,test,3").run()
    at.selectbox(key="compare.measure").set_value("coverage").run()
    address = {name: value for name, value in at.query_params.items() if name.startswith("compare.")}
    assert address == {
        "compare.members": ["clara", "anna"],
        "compare.set": "digits-classifier,10000,360,test,3",
        "compare.measure": "coverage",
    }
    again = healthy(visit("compare", **{name.replace(".", "__"): value for name, value in address.items()}))
    assert [each.value for each in again.warning] == []
    assert shown(again) == shown(at)
    assert list(shown(again)) == ["clara", "anna", "real pictures"]
    assert chart(again, "compare.bars")["data"] == chart(at, "compare.bars")["data"]


def test_what_a_link_asks_in_vain_is_told_and_forgotten(measured):
    keep_member("ring", dataset="ring8", network="toy", latent_dim=2)
    at = healthy(page(members=["anna", "otto", "ring", "berta"], set="<b>,1", measure="$fid$", seed="x"))
    (told,) = [each.value.replace("\\", "") for each in at.warning]
    assert "No member is called 'otto'." in told
    assert "'ring' was left out: it draws ring8, the others digits" in told
    assert "numbers of '<b>,1'" in told
    assert "the measure '$fid$'; there is fid, kid" in told
    assert list(shown(at)) == ["anna", "berta", "real pictures"]
    assert at.query_params["compare.members"] == ["anna", "berta"]
    assert not {"compare.set", "compare.measure"} & set(at.query_params)
    assert [each.value for each in at.run().warning] != []  # it stays until something else is chosen
    at = healthy(at.selectbox(key="compare.measure").set_value("kid").run().run())
    assert [each.value for each in at.warning] == []


def test_a_link_counts_more_than_what_was_chosen_before(measured):
    at = page(members=["anna", "berta"])
    at.query_params["compare.members"] = ["clara"]
    assert list(shown(healthy(at.run()))) == ["clara", "real pictures"]


def test_another_dataset_brings_its_members(measured):
    keep_member("ring", dataset="ring8", network="toy", latent_dim=2)
    put("ring", measurement_of_points())
    at = page()
    at.selectbox(key="compare.dataset").set_value("ring8").run()
    assert list(shown(healthy(at))) == ["ring", "real points"]
    at.selectbox(key="compare.dataset").set_value("digits").run()
    assert list(shown(healthy(at))) == ["anna", "berta", "clara", "real pictures"]


def test_nobody_chosen_is_no_mistake(measured):
    at = healthy(page())
    at = healthy(at.multiselect(key="compare.members").set_value([]).run())
    assert at.info[0].value == "Choose at least one member above."
    at.multiselect(key="compare.members").set_value(["berta"]).run()
    assert list(shown(healthy(at))) == ["berta", "real pictures"]


def test_a_deleted_member_is_gone(measured):
    at = page(members=["anna", "berta"])
    store.delete("berta")
    assert list(shown(healthy(at.run()))) == ["anna", "real pictures"]


def test_the_page_needs_no_engine_for_numbers(measured, monkeypatch):
    page()
    monkeypatch.setattr(engine.READY, "is_set", lambda: False)
    at = healthy(page())
    assert shown(at)["anna"]["fid"] == "★ 6.59 [6.41, 6.79]"


def test_texts_from_cards_are_shown_as_texts():
    keep_member("anna")
    put("anna", measurement(extractor=HOSTILE, notes=(HOSTILE,)))
    shown_text = texts(healthy(page()))
    assert "script" in shown_text
    for live in ("<script", "](http", "$x$"):
        assert live not in shown_text.replace(f"\\{live[0]}", "")


def test_a_member_that_cannot_draw_is_told_and_the_others_are_shown(measured):
    store.update_card(store.catalogue()["berta"], parameters=7)
    engine._members.clear()
    at = page()
    assert not at.exception
    assert "contradicts" in at.error[0].value
    assert [alt.split()[3] for alt, _ in pictures(at)] == ["anna", "clara"]
    assert list(shown(at)) == ["anna", "berta", "clara", "real pictures"]


def test_every_measure_is_explained():
    keep_member("anna")
    told = texts(healthy(page()))
    places = [told.index(f"**{numbers.title(name)}.** ") for name in MEASURES.names]
    assert places == sorted(places)


def test_those_who_can_are_asked_for_a_class():
    keep_member("asked", conditional=True)
    keep_member("plain", seed=1)
    at = healthy(page(label="4"))
    asked, plain = load("asked"), load("plain")
    of_fours = asked.generate(asked.latents(16, 0), torch.full((16,), 4))
    assert (picture(at, "16 samples of asked") == grid(to_uint8(of_fours))[:, :, 0]).all()
    assert (picture(at, "16 samples of plain") == grid(to_uint8(plain.sample(16, 0)))[:, :, 0]).all()
