"""The table of fusions on the page: what came along is told with all that makes its numbers numbers."""

import json

import pytest
from fakes import keep_member
from parts_visit import healthy, visit

from ganlab.members import store

NUMBERS = ("fid", "fid_low", "fid_high", "fid_second", "kid", "precision", "recall", "recall_second", "coverage")


def line(rule, fid, members=("anna", "berta")):
    found = dict.fromkeys(NUMBERS, 0.5) | {"fid": fid, "fid_low": fid - 0.1, "fid_high": fid + 0.1}
    found |= {"candidates_per_image": 1.0, "ms_per_image": 0.3}
    return {"rule": rule, "members": list(members), "found": {"0": found, "1": found}}


@pytest.fixture(autouse=True)
def shipped(workspace, tmp_path, monkeypatch):
    folder = tmp_path / "pretrained" / "members"
    monkeypatch.setattr(store, "shipped_folder", lambda: folder)
    for seed, name in enumerate(("anna", "berta")):
        keep_member(name, seed=seed)
    return folder.parent / "tables"


def page():
    return healthy(visit("fuse", fuse__members=["anna", "berta"]))


def test_without_a_table_nothing_is_promised():
    assert "Which rules help" not in " ".join(each.label for each in page().expander)


def test_a_table_is_told_with_its_counts_and_members(shipped):
    facts = {"dataset": "digits", "n": 5_000, "n_real": 180, "split": "test", "extractors": ["first", "second"]}
    rows = [line("best-member", 2.0, ["anna"]), line("mean-member", 2.5), line("average", 40.0), line("mixture", 1.5)]
    shipped.mkdir(parents=True)
    (shipped / "fusion-digits.json").write_text(json.dumps(facts | {"rows": rows}))
    at = page()
    (box,) = [each for each in at.expander if "Which rules help" in each.label]
    told = box.markdown[0].value
    assert "anna, berta" in told
    assert "5,000 drawn pictures against 180 real test pictures, means over 2 seeds" in told
    sheet = box.dataframe[0].value
    assert list(sheet["rule"]) == ["best-member", "mean-member", "average", "mixture"]
    assert list(sheet["fid"]) == [2.0, 2.5, 40.0, 1.5]
    healthy(box.button_group[0].set_value(["second"]).run() if box.button_group else at)
