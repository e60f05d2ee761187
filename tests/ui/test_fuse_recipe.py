"""Recipes leave the fusion page in four ways, and come back in all but Python; its numbers and its sweep."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from fakes import keep_member, shelve_digits
from parts_visit import ended, healthy, visit
from PIL import Image
from studio_visit import close, shown, studio, weigh

from ganlab.errors import GanlabError, MetricError
from ganlab.fusion import fuse
from ganlab.images import grid, png, to_uint8
from ganlab.members import store
from ganlab.metrics import glance, shelf
from ganlab.ui import engine, frames, jobs
from ganlab.ui.pages import fuse_numbers, fuse_recipe
from ganlab.ui.pages.fuse_draw import Wish
from ganlab.ui.parts import numbers

ALL = ["anna", "berta", "clara"]


@pytest.fixture(autouse=True)
def shipped(workspace, own_jobs, tmp_path, monkeypatch):
    monkeypatch.setattr(store, "shipped_folder", lambda: tmp_path / "pretrained")
    for seed, name in enumerate(ALL):
        keep_member(name, seed=seed)
    keep_member("vae", seed=5, objective="elbo")


def page(**query):
    return visit("fuse", **{f"fuse__{name}": value for name, value in query.items()})


def state(at):
    told = studio(at)
    return [each["name"] for each in told["members"]], told["rule"], told["weights"], told["options"]


SETTINGS = [
    {"members": ALL, "rule": "mixture", "weights": "0.9,0.25,0.5", "seed": "3", "pictures": "9"},
    {"members": ["anna", "vae"], "rule": "weighted_average", "weights": "0.9,0.5", "anchor": "anna"},
    {"members": ["anna", "vae"], "rule": "frequency", "weights": "1,0.5", "cutoff": "1.5", "low": "vae"},
    {"members": ["clara", "berta"], "rule": "maximum"},
    {"members": ALL, "rule": "median", "weights": "0.9,0.25,0.5", "seed": "3", "to": "8", "t": "0.35"},
]


def codes(at):
    return [each.value for each in at.code]


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("way", ["json", "command", "link"])
def test_a_setting_comes_back_from_what_it_left_as(setting, way):
    if way == "command" and "t" in setting:
        pytest.skip("a command draws the start of a walk")
    at = healthy(page(**setting))
    begin = {"json": "{", "command": "python -m ganlab fuse", "link": "/fuse?"}[way]
    text = next(each for each in codes(at) if each.startswith(begin))
    other = healthy(page(members=["berta", "anna"]))
    other.text_area(key="fuse.pasted").set_value(f"  {text}\n").run()
    other.button(key="fuse.paste_now").click().run()
    other = healthy(other.run())
    assert state(other) == state(at)
    assert (shown(other) == shown(at)).all()


def test_a_picture_brings_its_setting_back():
    at = healthy(page(members=ALL, rule="median", weights="0.9,0.25,0.5", seed="3"))
    fused = fuse(ALL, "median", (0.9, 0.25, 0.5))
    recipe = json.loads(next(each for each in codes(at) if each.startswith("{")))
    content = png(grid(to_uint8(fused.sample(16, 3))), recipe)
    told = fuse_recipe.of_bytes(content, "fused.png")
    assert (told.members, told.rule, told.weights, told.seed, told.n) == (tuple(ALL), "median", (0.9, 0.25, 0.5), 3, 16)


def test_python_draws_the_same_picture(tmp_path, monkeypatch):
    at = healthy(page(members=["anna", "vae"], rule="weighted_average", weights="0.9,0.5", anchor="anna", seed="3"))
    snippet = next(each for each in codes(at) if each.startswith("from pathlib"))
    monkeypatch.chdir(tmp_path)
    exec(compile(snippet, "snippet", "exec"), {})
    with Image.open(tmp_path / "fused.png") as image:
        assert close(np.asarray(image), grid(shown(at))[:, :, 0])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "This is no recipe"),
        ("hello", "This is no recipe"),
        ("{", "is no"),
        ('{"members": ["anna", "dora"], "rule": "mixture"}', "dora"),
        ('{"members": ["anna"], "rule": "mixture"}', "at least two"),
        ('{"members": ["anna", "berta"], "rule": "magic"}', "magic"),
        ('{"members": ["anna", "berta"], "rule": "mixture", "weights": [1, 1e400]}', "weights"),
        ("python -m ganlab fuse anna berta --weights x", "cannot be read"),
        ("python -m ganlab fuse anna berta --frobnicate 3", "does not know"),
        ("python -m ganlab fuse 'anna", "cannot be read"),
        ("python -m ganlab fuse anna berta --rule frequency --option cutoff=x", "number"),
        ("/fuse?fuse.members=anna&fuse.members=berta&fuse.weights=1,2,3", "weights"),
        ("/fuse?fuse.members=anna&fuse.members=berta&fuse.seed=-1", "whole number"),
    ],
)
def test_what_is_no_recipe_is_refused_in_a_sentence_and_changes_nothing(text, said):
    at = healthy(page(members=ALL, weights="0.9,0.25,0.5"))
    before = state(at)
    at.text_area(key="fuse.pasted").set_value(text).run()
    at.button(key="fuse.paste_now").click().run()
    assert not at.exception
    assert said in re.sub(r"\\(.)", r"\1", at.error[0].value)
    assert state(at) == before
    assert at.text_area(key="fuse.pasted").value == text  # nothing typed is lost


@pytest.fixture
def measured():
    shelve_digits()


def way(at):
    return frames._ways[studio(at)["numbers"].split("/")[-1]][0]


def test_numbers_are_those_of_a_glance_at_the_fusion_and_at_every_member(measured):
    at = healthy(page(members=ALL, rule="mixture", weights="0.9,0.25,0.5", seed="7"))
    look = glance.of("digits", (1, 8, 8))
    told = way(at)({"weights": [0.2, 0, 0.5]}).told
    images = to_uint8(fuse(ALL, "mixture", (0.2, 0, 0.5)).sample(500, 0))
    assert told["fid"]["value"] == look.at(images)["fid"].value
    assert (told["n"], told["extractor"], told["split"]) == (500, look.extractor.name, "test")
    alone = way(at)({"members": True}).told["members"]
    assert [each["name"] for each in alone] == ALL
    assert alone[1]["fid"]["value"] == look.at(to_uint8(fuse(ALL, "mixture", (0, 1, 0)).sample(500, 0)))["fid"].value
    with pytest.raises(GanlabError):
        way(at)({"weights": [0, 0, 0]})


def test_the_table_of_settings_tells_what_was_measured(measured):
    at = healthy(page(members=ALL))
    way(at)({"weights": [0.5, 0.5, 0.5]})
    at.session_state["fuse.history"] = True
    weigh(at, 0.9, 0.1, 0.1)
    table = next(each.value for each in at.dataframe if "#" in each.value)
    fids = list(table.iloc[:, -2])
    assert np.isnan(fids[0])
    assert fids[1] > 0


def test_where_nothing_measures_at_once_nothing_is_asked(monkeypatch, tmp_path):
    monkeypatch.setattr(shelf, "shipped_folder", lambda: tmp_path / "no-extractors")
    monkeypatch.setattr(engine, "remembered", lambda make, *key: make())
    at = healthy(page(members=ALL))
    assert studio(at)["numbers"] is None
    wish = Wish(tuple(store.catalogue()[name] for name in ALL), "mixture", (), 9, 0, 1, 0.0)
    with pytest.raises(MetricError, match="extractors make"):
        fuse_numbers.of_fusion(wish, "cpu")


def test_a_sweep_is_a_job_whose_chart_and_sheet_are_shown(measured):
    at = healthy(page(members=["anna", "berta"], weights="0.5,0.25"))
    at.session_state["fuse.sweep"] = True
    at = healthy(at.run())
    at.number_input(key="fuse.steps.False").set_value(3).run()
    healthy(at.button(key="fuse.sweep_now").click().run())
    (job,) = jobs.known()
    assert job.command[3:12] == (
        *("sweep", "anna", "berta", "--rule", "weighted_average", "--weights", "0.5", "0.25", "--along"),
    )
    ended(job)
    assert job.state == "done", job.reason
    at = healthy(at.run())
    assert len(at.get("plotly_chart")) == 1
    assert "500 pictures at each place" in "\n".join(each.value for each in at.caption)
    assert len(json.loads(job.answer)["rows"]) == 3


def test_a_setting_is_measured_fully_as_a_job(measured):
    at = healthy(page(members=["anna", "berta"], rule="mixture"))
    healthy(at.button(key="fuse.measure").click().run())
    (job,) = jobs.known()
    assert "--recipe" in job.command
    path = Path(job.command[job.command.index("--recipe") + 1])
    told = json.loads(path.read_text())
    assert told == {"members": ["anna", "berta"], "rule": "mixture", "weights": [0.5, 0.5]}
    jobs.cancel(job)


def test_a_prediction_is_answered_by_what_is_measured(measured):
    at = healthy(page(members=["anna", "berta"]))
    key = "fuse.predict_nearest.anna,berta"
    at.radio(key=key).set_value("mixture").run()
    at = healthy(at.button(key=f"{key}.reveal").click().run())
    look = glance.of("digits", (1, 8, 8))
    found = {
        rule: look.at(to_uint8(fuse(["anna", "berta"], rule, (0.5, 0.5)).sample(500, 0)))["fid"].value
        for rule in RIVALS
    }
    told = re.sub(r"\\(.)", r"\1", "\n".join(each.value for each in (*at.success, *at.info)))
    for value in found.values():
        assert numbers.figure(value)[:4] in told
    key = "fuse.predict_recall.anna,berta"
    at.radio(key=key).set_value("down").run()
    at = healthy(at.button(key=f"{key}.reveal").click().run())
    alone = look.at(to_uint8(fuse(["anna", "berta"], "mixture", (1, 0)).sample(500, 0)))["recall"]
    assert numbers.interval(alone) in re.sub(r"\\(.)", r"\1", "\n".join(each.value for each in (*at.success, *at.info)))


RIVALS = ("weighted_average", "mixture")
