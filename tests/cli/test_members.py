import io
import json

import pytest
from fakes import keep_fused, keep_member

from ganlab.cli import exits
from ganlab.members import store
from ganlab.members.card import Measurement, Number

PROMISED = (
    "name",
    "kind",
    "conditional",
    "dataset",
    "network",
    "objective",
    "latent_dim",
    "parameters",
    "metrics",
)


def listed(call):
    code, out, err = call("members", "--json")
    assert code == 0
    return {row["name"]: row for row in json.loads(out)}, err


def test_json_lists_every_member_with_the_promised_keys(call):
    entry, *_ = keep_member("anna")
    keep_member("otto", seed=1)
    keep_fused("both", "anna", "otto")
    rows, _ = listed(call)
    assert {"anna", "otto", "both"} <= set(rows)
    for name, row in rows.items():
        assert set(PROMISED) <= set(row)
        assert " " not in name
        assert row["kind"] in ("gan", "vae", "vaegan", "noise", "rule-based", "fused")
        assert isinstance(row["conditional"], bool)
        assert isinstance(row["latent_dim"], int)
    assert rows["anna"]["parameters"] == entry.card.parameters
    assert (rows["both"]["network"], rows["both"]["objective"], rows["both"]["rule"]) == (None, None, "average")


def measured(fid, n_fake=5_000, **changes):
    facts = {"extractor": "digits-classifier", "n_real": 180, "split": "test", "seed": 3}
    numbers = {"fid": Number(value=fid, low=fid - 1, high=fid + 1), "modes": Number(value=7)}
    return Measurement(n_fake=n_fake, numbers=numbers, floors={"fid": 0.5}, **(facts | changes))


def test_a_missing_number_is_null_and_measured_ones_travel_with_their_question(call):
    entry, *_ = keep_member("anna")
    keep_member("otto", seed=1)
    store.update_card(entry, metrics=(measured(9.5),))
    rows, _ = listed(call)
    assert rows["anna"]["steps"] is None
    assert rows["otto"]["metrics"] == []
    assert rows["anna"]["metrics"] == [
        {
            "extractor": "digits-classifier",
            "n_fake": 5_000,
            "n_real": 180,
            "split": "test",
            "seed": 3,
            "numbers": {
                "fid": {"value": 9.5, "low": 8.5, "high": 10.5},
                "modes": {"value": 7.0, "low": None, "high": None},
            },
            "floors": {"fid": 0.5},
            "class_shares": [],
            "real_shares": [],
            "notes": [],
        }
    ]


def test_the_table_shows_the_distance_with_the_most_pictures_and_of_those_the_newest(call):
    entry, *_ = keep_member("anna")
    keep_member("otto", seed=1)
    points = Measurement(**(dict(measured(1.0)) | {"n_fake": 90_000, "numbers": {"modes": Number(value=8)}}))
    store.update_card(entry, metrics=(measured(9.5), measured(8.25, seed=4), measured(3.0, 500, seed=9), points))
    last = {line.split()[0]: line.split()[-1] for line in call("members")[1].splitlines()}
    assert (last["name"], last["anna"], last["otto"]) == ("fid", "8.25", "-")


def test_a_refused_folder_is_told_with_its_reason_beside_the_list(call):
    keep_member("anna")
    broken = store.own_folder() / "broken"
    broken.mkdir()
    rows, err = listed(call)
    assert "broken" not in rows
    assert "Left out 'broken': its folder has no card.json." in err
    code, _, err = call("members", "show", "broken")
    assert code == exits.BROKEN
    assert "cannot be used: its folder has no card.json." in err


def test_the_table_has_one_line_a_member(call):
    for number in range(3):
        keep_member(f"m{number}", seed=number)
    _, out, _ = call("members")
    head, *lines = out.splitlines()
    assert head.split()[:3] == ["name", "kind", "conditional"]
    assert [line.split()[0] for line in lines][-3:] == ["m0", "m1", "m2"]


def test_show_prints_the_card(call):
    entry, *_ = keep_member("anna")
    _, out, _ = call("members", "show", "anna", "--json")
    shown = json.loads(out)
    assert shown["spec"] == entry.card.spec.model_dump()
    assert shown["weights"]["sha256"] == entry.card.weights.sha256
    _, out, _ = call("members", "show", "anna")
    assert f"parameters         {entry.card.parameters:,}" in out


def test_show_tells_the_licence_of_the_data(call):
    entry, *_ = keep_member("anna")
    store.update_card(entry, licence="Photographs by many people: for teaching only.")
    assert json.loads(call("members", "show", "anna", "--json")[1])["licence"].endswith("for teaching only.")
    (line,) = [line for line in call("members", "show", "anna")[1].splitlines() if line.startswith("licence ")]
    assert line.split(maxsplit=1)[1] == "Photographs by many people: for teaching only."


def test_a_member_can_be_renamed(call):
    keep_member("anna")
    assert call("members", "rename", "anna", "hanna")[0] == 0
    rows, _ = listed(call)
    assert "hanna" in rows
    assert "anna" not in rows


@pytest.mark.parametrize(("answer", "code", "left"), [("y\n", 0, False), ("n\n", 130, True), ("", 2, True)])
def test_deleting_asks_first(call, monkeypatch, answer, code, left):
    keep_member("anna")
    monkeypatch.setattr("sys.stdin", io.StringIO(answer))
    given, out, err = call("members", "delete", "anna")
    assert (given, out) == (code, "")
    assert "Delete member 'anna' for good?" in err
    assert ("anna" in store.catalogue()) is left


def test_yes_deletes_without_a_question_also_what_is_broken(call):
    keep_member("anna")
    (store.own_folder() / "broken").mkdir()
    for name in ("anna", "broken"):
        code, _, err = call("members", "delete", name, "--yes")
        assert (code, err) == (0, f"{name!r} is deleted.\n")
    assert list(store.own_folder().iterdir()) == []
