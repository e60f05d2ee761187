"""``ensemble``: made of options or a file, followed, kept."""

import json

import pytest

from ganlab import runs
from ganlab.cli import exits
from ganlab.fusion import load
from ganlab.members import store
from ganlab.spec import EnsembleSpec

TINY = ("--dataset", "ring8", "--network", "toy", "--batch-size", "8", "--log-every", "1", "--steps", "6")


def test_an_ensemble_is_followed_and_kept(call):
    code, out, err = call(
        "ensemble", "--method", "bagging", "--members", 2, *TINY, "--seed", 3, "--name", "duo", "--json"
    )
    assert code == 0
    shown = json.loads(out)
    assert (shown["state"], shown["step"], shown["steps"], shown["member"]) == ("finished", 12, 12, "duo")
    assert (shown["method"], shown["dataset"]) == ("bagging", "ring8")
    lines = err.splitlines()
    assert lines[0] == "Run '0001-bagging-ring8'."
    assert lines[-2].startswith("finished, step 12 of 12, ")
    assert lines[-1] == "Kept as member 'duo'."
    assert load("duo").sample(2, 0).shape == (2, 2)
    assert [store.catalogue()[name].card.spec.seed for name in ("duo-1", "duo-2")] == [3, 4]
    shown = json.loads(call("runs", "show", 1, "--json")[1])
    assert [(each["state"], each["weight"], each["last"]["step"]) for each in shown["members"]] == [
        ("finished", 0.5, 6),
        ("finished", 0.5, 6),
    ]
    assert json.loads(call("runs", "show", "1/2", "--json")[1])["spec"]["seed"] == 4
    assert call("ensemble", "--method", "seeds", *TINY, "--name", "duo")[0] == exits.BROKEN, (
        "before anything is trained"
    )
    assert len(runs.all_runs()) == 1


def test_a_file_and_options_make_an_ensemble(call, tmp_path, no_workers):
    path = tmp_path / "ensemble.json"
    path.write_text(json.dumps({"method": "specialists", "members": 3, "base": {"network": "mlp", "steps": 70}}))
    code, out, _ = call("ensemble", "--spec", path, "--steps", 80, "--members", 2, "--split", "features", "--detach")
    assert (code, out) == (0, "0001-specialists-digits\n")
    spec = runs.find("1").spec()
    assert isinstance(spec, EnsembleSpec)
    assert (spec.method, spec.members, spec.split, spec.base.network, spec.base.steps) == (
        *("specialists", 2, "features"),
        *("mlp", 80),
    )
    assert runs.find("1").state().steps == 160
    rows = json.loads(call("runs", "--json")[1])
    assert [(row["method"], row["network"], row["state"]) for row in rows] == [("specialists", "mlp", "queued")]


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        ((), exits.USAGE, "Nobody says how members come to differ: give --method, one of seeds, architectures, "),
        (("--method", "boostin"), exits.UNKNOWN, "No ensemble method is called 'boostin'."),
        (("--method", "seeds", "--members", 1), exits.USAGE, "members is 1; allowed: greater than or equal to 2."),
        (("--method", "seeds", "--batch-size", 1), exits.USAGE, "base.batch_size is 1; allowed: greater than or equal"),
        (("--method", "seeds", "--split", "labels"), exits.USAGE, "split does not belong to method 'seeds'"),
        (("--method", "seeds", "--name", "x", "--detach"), exits.USAGE, "--name waits for the end"),
    ],
)
def test_what_is_wrong_is_a_sentence(call, arguments, code, sentence):
    given, out, err = call("ensemble", *arguments)
    assert (given, out) == (code, "")
    assert sentence in err
    assert err.count("\n") == 1
    assert runs.all_runs() == []


def test_the_winner_of_a_cross_validation_is_kept_alone(call):
    variants = ("--variant", "objective=hinge", "--variant", "objective=nonsaturating, batch-size=16")
    code, _, err = call("ensemble", "--method", "cross_validation", "--folds", 2, *variants, *TINY, "--name", "best")
    assert code == 0
    assert err.splitlines()[-1] == "Kept as member 'best'."
    card = store.catalogue()["best"].card
    assert "best-5" not in store.catalogue()
    shown = json.loads(call("runs", "show", 1, "--json")[1])["members"]
    assert [each["weight"] for each in shown] == [None, None, None, None, 1.0]
    assert [each["found"].get("variant") for each in shown] == [1, 1, 2, 2, None]
    chosen = shown[4]["found"]["chosen"]
    assert (card.spec.objective, card.spec.batch_size) == [("hinge", 8), ("nonsaturating", 16)][chosen - 1]
    assert card.rows == f"all 100,000 rows; variant {chosen} of 2 by 2 folds"


def test_a_variant_without_a_value_is_a_sentence(call):
    code, _, err = call("ensemble", "--method", "architectures", "--variant", "hinge")
    assert code == exits.USAGE
    assert err == "Variant 'hinge': 'hinge' says no value; write NAME=VALUE, such as objective=hinge.\n"


@pytest.mark.parametrize("text", ["[1, 2]", "{", '{"method": "seeds", "base": 3}', '{"method": "seeds", "basse": {}}'])
def test_a_file_that_is_no_ensemble_is_a_sentence(call, tmp_path, text):
    (tmp_path / "spec.json").write_text(text)
    code, out, err = call("ensemble", "--spec", tmp_path / "spec.json", "--steps", 5)
    assert (code, out) == (exits.USAGE, "")
    assert err.count("\n") == 1


def test_an_ensemble_goes_on_in_the_background(call, no_workers):
    _, out, _ = call("ensemble", "--method", "snapshots", *TINY, "--detach", "--json")
    shown = json.loads(out)
    assert (shown["name"], shown["state"], shown["steps"]) == ("0001-snapshots-ring8", "queued", 24)
