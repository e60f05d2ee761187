"""The verb ``sweep``, and measuring a fusion that nobody kept."""

import json

import numpy as np
from fakes import keep_member
from PIL import Image

from ganlab.cli import exits
from ganlab.fusion import fuse, keep
from ganlab.images import to_uint8
from ganlab.metrics import glance


def two():
    keep_member("anna", seed=0)
    keep_member("berta", seed=1)


def test_a_sweep_is_a_sheet_and_a_table(workspace, call, tmp_path):
    two()
    out = tmp_path / "sweep.png"
    asked = ["--along", "anna", "--steps", "3", "--n", "100", "--weights", "0.5", "0.5", "--out", out, "--json"]
    code, said, told = call("sweep", "anna", "berta", *asked)
    assert (code, told.splitlines()[-1]) == (0, f"Wrote {str(out)!r}.")
    rows = json.loads(said)["rows"]
    assert [row["at"] for row in rows] == [["0.00"], ["0.50"], ["1.00"]]
    middle = fuse(["anna", "berta"], "weighted_average", (0.5, 0.5)).sample(100, 0)
    found = glance.of("digits", (1, 8, 8)).at(to_uint8(middle))
    assert [rows[1]["fid"], rows[1]["recall"]] == [found["fid"].value, found["recall"].value]
    with Image.open(out) as image:
        assert np.asarray(image).shape == (8 * 9 - 1, 3 * 8 + 2 * 4)
        assert json.loads(image.info["ganlab"])["members"] == ["anna", "berta"]


def test_a_sweep_for_people_says_what_its_numbers_are_of(workspace, call):
    two()
    code, said, _ = call("sweep", "anna", "berta", "--along", "rules", "--n", "100")
    assert code == 0
    assert "weighted_average" in said
    assert "100 pictures each, by digits-classifier, test split; real ones would stand at FID" in said


def test_a_sweep_of_nonsense_is_refused(workspace, call):
    two()
    for words, sentence in (
        (["--along", "dora"], "not 'dora'"),
        (["--along", "anna", "--n", "7"], "n is 7; allowed"),
        (["--along", "anna", "--out", "x.gif"], ".png"),
        (["--along", "anna", "--rule", "avrage"], "average"),
    ):
        code, _, told = call("sweep", "anna", "berta", *words)
        assert code in (exits.USAGE, exits.UNKNOWN)
        assert sentence in told
        assert told.count("\n") == 1


def test_a_fusion_is_measured_without_being_kept(workspace, call, tmp_path):
    two()
    path = tmp_path / "r.json"
    path.write_text(json.dumps({"members": ["anna", "berta"], "rule": "mixture", "weights": [0.7, 0.3]}))
    keep(fuse(["anna", "berta"], "mixture", (0.7, 0.3)), "kept")
    code, said, _ = call("evaluate", "--recipe", path, "--n", "200", "--json")
    assert code == 0
    _, same, _ = call("evaluate", "kept", "--n", "200", "--json")
    one, other = json.loads(said)[0], json.loads(same)[0]
    assert one.pop("member") == "r.json"
    assert other.pop("member") == "kept"
    assert one == other
    code, _, told = call("evaluate", "kept", "--recipe", path)
    assert (code, "one of the three" in told) == (2, True)
