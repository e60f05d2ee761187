"""``fuse`` with rules that learn: once, remembered, told; and what is refused before anything is drawn."""

import json

import numpy as np
import pytest
from fakes import keep_member

RULE = ("--rule", "selection", "--option", "cost=2")


@pytest.fixture
def two(home):
    for seed, name in enumerate(("anna", "otto")):
        keep_member(name, seed=seed)


def images(path):
    with np.load(path) as file:
        return file["images"]


@pytest.mark.parametrize("estimator", ["logistic", "critics"])
def test_json_tells_what_was_fitted_and_whether_it_helps(call, two, digits_seen, tmp_path, estimator):
    out = tmp_path / "kept.npz"
    words = (*RULE, "--option", f"estimator={estimator}", "--weights", "3", "1", "--n", 100, "--out", out)
    code, said, err = call("fuse", "anna", "otto", *words, "--json", "--progress", "json")
    assert code == 0
    found = json.loads(said)
    assert (found["members"], found["weights"]) == (["anna", "otto"], [3, 1])
    fit = found["fit"]
    assert (fit["extractor"], fit["n_real"], fit["split"]) == ("digits-classifier", 180, "validation")
    assert fit["numbers"]["candidates_per_image"]["value"] == 2
    assert 0.4 < fit["numbers"]["auc"]["value"] <= 1
    assert fit["helps"] in (True, False)
    assert ("It helps" in err) is fit["helps"]
    assert images(out).shape == (100, 8, 8, 1)
    assert any(json.loads(line).get("doing") == "comparing" for line in err.splitlines() if line.startswith("{"))


def test_what_was_fitted_is_remembered_and_more_begin_with_fewer(call, two, digits_seen, tmp_path):
    paths = [tmp_path / f"{place}.npz" for place in range(3)]
    for path, n in zip(paths, (60, 60, 9), strict=True):
        code, _, err = call("fuse", "anna", *RULE, "--n", n, "--out", path)
        assert code == 0
        assert ("drawing candidates" in err) is (path == paths[0])
    assert paths[0].read_bytes() == paths[1].read_bytes()
    # A lot of another size is added up in another order: a grey level at most.
    assert np.abs(images(paths[0])[:9].astype(int) - images(paths[2])).max() <= 1


def test_fit_alone_learns_and_draws_nothing(call, two, digits_seen, home):
    assert call("fuse", "anna", "otto", *RULE, "--fit")[0] == 0
    assert len(list((home / "fits").iterdir())) == 1
    code, _, err = call("fuse", "anna", "otto", *RULE, "--save", "both")
    assert code == 0
    assert "drawing candidates" not in err
    code, said, _ = call("evaluate", "both", "--n", 120, "--json")
    assert code == 0
    assert json.loads(said)[0]["n_fake"] == 120
    assert call("members", "rename", "both", "chosen")[0] == 0
    assert call("sample", "chosen", "--n", 4, "--out", home / "four.png")[0] == 0


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("anna", "--rule", "selection"), 2, "Nothing to do"),
        (("anna", "--rule", "selection", "--fit", "--option", "cost=many"), 2, "allowed: a whole number"),
        (("anna", "--rule", "selection", "--fit", "--option", "cost=99"), 2, "from 1 to 50"),
        (("anna", "--rule", "selection", "--fit", "--option", "estimator=guess"), 2, "allowed: logistic"),
        (("anna", "otto", "--rule", "average", "--fit"), 2, "'average' has nothing to fit"),
        (("plane", "plane", "--rule", "experts", "--fit"), 2, "is of pixels"),
    ],
)
def test_what_cannot_be_is_said_at_once(call, two, words, code, told):
    keep_member("plane", seed=5, dataset="ring8", network="toy", latent_dim=2)
    found, said, err = call("fuse", *words)
    assert (found, said) == (code, "")
    assert told in err
    assert len(err.strip().splitlines()) == 1


def test_selection_learns_from_points_too(call, workspace):
    for seed, name in enumerate(("ring", "ring2")):
        keep_member(name, seed=seed, dataset="ring8", network="toy", latent_dim=2)
    words = ("fuse", "ring", "ring2", "--rule", "selection", "--option", "estimator=logistic", "--fit", "--json")
    code, said, _ = call(*words)
    assert code == 0
    told = json.loads(said)
    assert "coordinates" in json.dumps(told)
