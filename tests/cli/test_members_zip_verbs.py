"""``members export`` and ``members import`` as people type them."""

import json

import pytest
from fakes import keep_fused, keep_member

from ganlab.cli import exits
from ganlab.members import store


@pytest.fixture
def team(monkeypatch, tmp_path):
    monkeypatch.setattr(store, "shipped_folder", lambda: tmp_path / "pretrained")
    keep_member("anna")
    keep_member("otto", seed=1)
    keep_fused("both", "anna", "otto")


def test_members_go_out_and_come_in_again(call, team, tmp_path):
    file = tmp_path / "team.zip"
    code, out, err = call("members", "export", "both", file, "--json")
    assert (code, json.loads(out)["members"]) == (0, ["both", "anna", "otto"])
    assert f"Wrote {str(file)!r} with both, anna, otto." in err
    for name in ("both", "anna"):
        store.delete(name)
    code, out, err = call("members", "import", file, "--json")
    assert (code, json.loads(out)) == (0, {"members": ["anna", "both"], "there": ["otto"]})
    assert "'both' is a member now." in err
    assert "'otto' was there already, the very same." in err
    keep_member("carl", seed=2)
    code, _, err = call("members", "import", file, "--as", "anna=carl")
    assert (code, err) == (
        exits.BROKEN,
        "Other members are called 'carl' already: choose other names for those of the file.\n",
    )
    assert call("members", "import", file, "--as", "both=twice")[0] == 0
    assert store.catalogue()["twice"].card.recipe == store.catalogue()["both"].card.recipe


@pytest.mark.parametrize(
    ("words", "said", "code"),
    [
        (("export", "anna.zip"), "Name the members that shall go into 'anna.zip' before it.", exits.USAGE),
        (("export", "anna", "anna.tar"), "'anna.tar' does not end in .zip", exits.USAGE),
        (("export", "ana", "x.zip"), "No member is called 'ana'.", exits.UNKNOWN),
        (("import", "x.zip", "--as", "anna"), "--as 'anna' says no new name", exits.USAGE),
        (("import", "x.zip"), "'x.zip' cannot be read (No such file or directory).", exits.BROKEN),
    ],
)
def test_a_wrong_command_is_one_sentence(call, team, words, said, code):
    found, _, err = call("members", *words)
    assert (found, err.startswith(said)) == (code, True), err
