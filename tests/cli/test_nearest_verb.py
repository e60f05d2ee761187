"""``nearest``: real pictures beside what a walk draws, and what is no question."""

import json

import numpy as np
import pytest
from fakes import keep_member
from PIL import Image

from ganlab.data import load_dataset
from ganlab.fusion import load
from ganlab.images import png, to_uint8
from ganlab.metrics.nearest import nearest

WALK = {"members": ["anna", "otto"], "corners": [{"seed": 0}, {"seed": 1}], "n": 4, "place": [1.0, 0.0]}


@pytest.fixture(autouse=True)
def pair(home):
    keep_member("anna")
    keep_member("otto", seed=1)


def test_it_finds_the_nearest_of_the_training_split(call, tmp_path):
    code, out, _ = call("nearest", json.dumps(WALK), "--k", 3, "--row", 2, "--out", tmp_path / "x.png", "--json")
    assert code == 0
    found = json.loads(out)
    data = load_dataset("digits")
    real, labels = data.split("train")
    for name, start in (("anna", 0), ("otto", 3)):
        drawn = to_uint8(load(name).sample(4, 1)[2:3])
        rows, errors = nearest(drawn, real, 3)
        told = found["rows"][start : start + 3]
        assert [row["nearest"] for row in told] == data.splits["train"][rows[0]].tolist()
        assert [row["class"] for row in told] == [str(int(labels[row])) for row in rows[0]]
        assert [row["error"] for row in told] == pytest.approx(errors[0], abs=0.02)
        assert {(row["name"], row["picture"]) for row in told} == {(name, 2)}
    with Image.open(tmp_path / "x.png") as sheet:
        assert sheet.size == (4 * 9 - 1, 2 * 9 - 1)
        assert json.loads(sheet.info["ganlab"])["place"] == [1.0, 0.0]


def test_a_walk_comes_out_of_a_file_too(call, tmp_path):
    walk = tmp_path / "walk.json"
    walk.write_text(json.dumps(WALK))
    carried = tmp_path / "walk.png"
    carried.write_bytes(png(np.zeros((8, 8, 1), np.uint8), WALK))
    first, second = (json.loads(call("nearest", path, "--k", 1, "--row", 0, "--json")[1]) for path in (walk, carried))
    assert first == second


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["{"], "is no JSON"),
        (["nowhere.json"], "cannot be read"),
        ([json.dumps(WALK | {"members": ["nobody"]})], "No member is called 'nobody'"),
        ([json.dumps(WALK), "--k", 0], "k is 0"),
        ([json.dumps(WALK), "--row", 4], "row is 4; allowed: 0 to 3"),
        ([json.dumps(WALK), "--out", "x.jpg"], "does not end in .png"),
    ],
)
def test_what_is_no_question_is_refused_with_a_sentence(call, arguments, said):
    code, _, err = call("nearest", *arguments)
    assert code > 0
    assert said in err


def test_a_picture_without_a_walk_is_refused(call, tmp_path):
    plain = tmp_path / "plain.png"
    plain.write_bytes(png(np.zeros((8, 8, 1), np.uint8)))
    assert "carries no recipe" in call("nearest", plain)[2]
    other = tmp_path / "other.png"
    other.write_bytes(png(np.zeros((8, 8, 1), np.uint8), {"member": "anna"}))
    assert "holds no walk" in call("nearest", other)[2]
