"""``plane-table``: every line is measured once a seed, it goes on where it was broken off, and shipped ones print."""

import json

import pytest

from ganlab.ensembles import plane, plane_table, plane_tables
from ganlab.errors import DataError
from ganlab.members import store
from ganlab.spec.plane import recipe
from ganlab.spec.plane import recipe as real_recipe


@pytest.fixture
def quick(workspace, monkeypatch):
    """Tiny networks, and a selection that is no more than the members."""

    def small(dataset, **more):
        return real_recipe(dataset, width=8, **more)

    monkeypatch.setattr("ganlab.cli.plane_table.recipe", small)
    monkeypatch.setattr(plane, "_TAUGHT", 200)
    monkeypatch.setattr(plane, "_WEIGHED", 400)
    monkeypatch.setattr(plane, "_RATIO", "logistic")
    monkeypatch.setattr(plane, "SELECTED", {"estimator": "logistic", "acceptance": "rejection", "cost": 2})


def test_lines_are_measured_once_and_go_on(call, quick, workspace):
    words = ("plane-table", "ring8", "--measure", "--steps", 2, "--json")
    code, said, _ = call(*words, "--seeds", 2)
    assert code == 0
    rows = {row["line"]: row for row in json.loads(said)}
    assert list(rows) == list(plane_table.LINES)
    assert rows["perfect"]["modes"] == 8
    assert rows["perfect"]["high_quality"] == pytest.approx(0.989, abs=0.01)
    for row in rows.values():
        assert (row["n"], row["seeds"], row["steps"]) == (2_500, [0, 1], 2)
        assert row["high_quality_low"] <= row["high_quality"] <= row["high_quality_high"]
    path = workspace / "tables" / "plane-ring8.json"
    table = json.loads(path.read_text())
    table["rows"][0]["found"]["0"]["kl"] = 80.0  # what is known is not measured again
    path.write_text(json.dumps(table))
    assert call(*words, "--seeds", 2)[0] == 0
    again = {row["line"]: row for row in plane_tables.read(path)}
    assert again["perfect"]["kl"] > 39


def test_a_line_is_the_mean_over_seeds_with_its_interval(tmp_path):
    shares, kls, modes = (0.58, 0.6, 0.62), (0.2, None, 0.1), (8, 7, 6)
    found = {str(seed): {"modes": modes[seed], "high_quality": shares[seed], "kl": kls[seed]} for seed in range(3)}
    facts = {"dataset": "ring8", "n": 2_500, "steps": 9, "spec": {}}
    path = tmp_path / "plane-ring8.json"
    path.write_text(json.dumps(facts | {"rows": [{"line": "mixture", "budget": 4, "found": found}]}))
    (row,) = plane_tables.read(path)
    # Student's t of three seeds by the printed table: 4.303 s / sqrt(3), s = 0.02.
    assert row["high_quality"] == pytest.approx(0.6)
    assert row["high_quality_low"] == pytest.approx(0.6 - 4.303 * 0.02 / 3**0.5, abs=1e-4)
    assert (row["kl"], row["modes"], row["budget"]) == (None, 7, 4)
    assert row["modes_high"] == 8  # there are no more


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("spiral",), "has no modes to count"),
        (("ring8", "--seeds", 1), "allowed: 2 to 50"),
        (("ring8", "--steps", 0), "allowed: 1 to 100,000"),
        (("rung8",), "ring8"),
    ],
)
def test_what_cannot_be_is_said(call, workspace, words, told):
    code, said, err = call("plane-table", *words)
    assert (code != 0, said) == (True, "")
    assert told in err


def test_what_did_not_come_along_says_how_to_make_it(workspace, tmp_path, monkeypatch):
    monkeypatch.setattr(store, "shipped_folder", lambda: tmp_path / "members")
    with pytest.raises(DataError, match="measure it with --measure"):
        plane_tables.shipped("ring8")


def test_a_recipe_is_whole():
    spec = recipe("grid25", seed=4)
    assert (spec.width, spec.critic_width, spec.seed, spec.batch_size) == (128, 128, 4, 128)
    assert recipe("ring8", "elbo").kind == "vae"
