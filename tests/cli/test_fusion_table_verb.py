"""``fusion-table``: what came along is printed; what is measured goes on where it was broken off."""

import json

import pytest
from fakes import keep_member

from ganlab.members import store

KEYS = {
    *("rule", "fid", "fid_low", "fid_high", "fid_second", "kid", "precision", "recall", "coverage"),
    *("candidates_per_image", "ms_per_image", "n", "n_real", "split", "seeds", "extractors", "members"),
}


@pytest.fixture
def shipping(home, tmp_path, monkeypatch):
    """Two members of the digits that came along."""
    for seed, name in enumerate(("anna", "otto")):
        keep_member(name, seed=seed)
    folder = tmp_path / "pretrained" / "members"
    folder.parent.mkdir()
    store.own_folder().rename(folder)
    monkeypatch.setattr(store, "shipped_folder", lambda: folder)
    return folder


def test_measuring_goes_on_where_it_was_broken_off(call, shipping, digits_seen, home):
    words = ("fusion-table", "digits", "--measure", "--n", 120, "--json")
    lines = ("--only", "best-member", "--only", "mixture", "--only", "best-member+selection")
    code, said, _ = call(*words, "--seeds", 1, *lines)
    assert code == 0
    first = {row["rule"]: row for row in json.loads(said)}
    assert list(first) == ["best-member", "mixture", "best-member+selection"]
    for row in first.values():
        assert row.keys() >= KEYS
        assert row["fid_low"] < row["fid"] < row["fid_high"]
        assert (row["n"], row["split"], row["seeds"]) == (120, "test", [0])
        assert row["extractors"] == ["digits-classifier", "digits-inpainter"]
    assert first["best-member+selection"]["candidates_per_image"] == 5
    path = home / "tables" / "fusion-digits.json"
    table = json.loads(path.read_text())
    table["rows"][0]["found"]["0"]["fid"] = 77.0  # what is known is not measured again
    path.write_text(json.dumps(table))
    code, said, _ = call(*words, "--seeds", 2, "--only", "best-member")
    assert code == 0
    (again,) = json.loads(said)
    assert again["seeds"] == [0, 1]
    assert again["fid"] > 35
    table = json.loads(path.read_text())  # other lines, measured before, stay
    assert {row["rule"] for row in table["rows"] if row["found"]} == set(first)


def test_a_table_that_came_along_is_printed(call, shipping, capsys):
    found = dict.fromkeys(KEYS - {"rule", "n", "n_real", "split", "seeds", "extractors", "members"}, 2.5)
    facts = {"dataset": "digits", "n": 500, "n_real": 180, "split": "test", "extractors": ["a", "b"]}
    table = facts | {"rows": [{"rule": "average", "members": ["anna"], "found": {"0": found | {"recall_second": 2.5}}}]}
    (shipping.parent / "tables").mkdir()
    (shipping.parent / "tables" / "fusion-digits.json").write_text(json.dumps(table))
    code, said, _ = call("fusion-table", "digits", "--json")
    assert code == 0
    assert json.loads(said)[0]["fid"] == 2.5
    code, said, err = call("fusion-table", "digits")
    assert code == 0
    assert said.splitlines()[1].split()[0] == "average"
    assert "n = 500 drawn and 180 real test pictures" in err


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("mnst",), 3, "Did you mean 'mnist'"),
        (("glyphs",), 4, "No fusion table of 'glyphs' came along"),
        (("mnist", "--only", "nothing"), 4, "No fusion table of 'mnist' came along"),
        (("digits", "--measure", "--n", 5), 2, "allowed: 100 to 100,000 pictures"),
        (("digits", "--measure", "--seeds", 0), 2, "allowed: 1 to 20"),
        (("glyphs", "--measure"), 4, "'glyphs' has 0 shipped members that can be fused"),
    ],
)
def test_what_cannot_be_is_said(call, shipping, words, code, told):
    found, said, err = call("fusion-table", *words)
    assert (found, said) == (code, "")
    assert told in err


def test_a_line_that_there_is_not_is_refused(call, shipping, digits_seen):
    code, said, err = call("fusion-table", "digits", "--measure", "--n", 120, "--only", "averag")
    assert (code, said) == (2, "")
    assert "--only names no line; there are best-member, mean-member, average" in err
