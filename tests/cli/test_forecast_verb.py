"""``forecast``, and ``fuse --weights learned``: the same numbers, told, written down and drawn with."""

import json

import numpy as np
import pytest
from fakes import keep_fused, keep_member
from PIL import Image

from ganlab.cli import exits
from ganlab.fusion import fuse, learned, learning, load
from ganlab.images import to_uint8
from ganlab.members import store
from ganlab.metrics import frechet, shelf
from ganlab.metrics.evaluate import evaluate, of_member

FACTS = [
    *("weights", "by", "members", "mixture", "best_member", "gain", "mean_correlation", "correlation"),
    *("extractor", "n_fake", "n_real", "seed", "split"),
]
OF_ONE = ["member", "weight", "kid", "fid", "correlation_with_best", "helps_best"]


@pytest.fixture
def trio(digits_seen):
    for seed, name in enumerate(("anna", "otto", "ida")):
        keep_member(name, seed=seed)
    return ["anna", "otto", "ida"]


@pytest.fixture
def few(monkeypatch):
    """Members draw 200 pictures for learning, not 10,000."""
    from ganlab.cli import forecast

    monkeypatch.setattr(forecast.learn, "__kwdefaults__", forecast.learn.__kwdefaults__ | {"n": 200})


def told(called):
    code, out, err = called
    assert code == 0, err
    return json.loads(out)


@pytest.mark.parametrize("by", ["kid", "fid"])
def test_json_holds_the_weights_and_what_they_promise(call, trio, by):
    found = told(call("forecast", *trio, "--by", by, "--n", 200, "--seed", 3, "--json"))
    assert list(found) == FACTS
    assert all(list(each) == OF_ONE for each in found["members"])
    assert [each["member"] for each in found["members"]] == trio
    assert [each["weight"] for each in found["members"]] == found["weights"]
    assert sum(found["weights"]) == pytest.approx(1, abs=2e-4)
    asked = (by, "digits-classifier", 200, 180, 3, "validation")
    assert tuple(found[fact] for fact in ("by", "extractor", "n_fake", "n_real", "seed", "split")) == asked
    alone = {each["member"]: each[by] for each in found["members"]}
    assert found["best_member"] == min(alone, key=alone.get)
    # Weights are kept with four digits.
    assert found["mixture"][by] <= alone[found["best_member"]] * (1 + 1e-3)
    assert found["gain"] == pytest.approx(max(0, 1 - found["mixture"][by] / min(alone.values())))
    correlation = np.array(found["correlation"])
    np.testing.assert_allclose(np.diag(correlation), 1)
    assert found["mean_correlation"] == pytest.approx(correlation[np.triu_indices(3, 1)].mean())


def test_its_numbers_are_those_of_the_library_and_of_a_measurement(call, trio):
    found = told(call("forecast", *trio, "--n", 150, "--json"))
    *_, (extractor, reference) = shelf.opened("digits-classifier", "digits", (1, 8, 8))
    members = [load(name) for name in trio]
    *_, by_library = learning.learning(members, extractor, reference, "kid", n=150, seed=0)
    assert found["weights"] == list(by_library.weights)
    real = reference.split("validation")
    features = [extractor.features(to_uint8(member.sample(150, 0))) for member in members]
    np.testing.assert_allclose(by_library.forecast.distances, np.diag(learned.gram(features, real).errors), rtol=1e-6)
    measured = evaluate(of_member(members[0], 150, 0), extractor, reference, "validation").numbers
    assert found["members"][0]["fid"] == pytest.approx(measured["fid"].value, rel=1e-6)
    assert found["members"][0]["kid"] == pytest.approx(measured["kid"].value, rel=0.1)  # on subsets there


def test_what_a_mixture_is_foretold_it_is_measured_at(call, trio):
    found = told(call("forecast", *trio, "--by", "fid", "--n", 1_000, "--json"))
    *_, (extractor, reference) = shelf.opened("digits-classifier", "digits", (1, 8, 8))
    mixture = fuse(trio, "mixture", found["weights"])
    fresh = extractor.features(to_uint8(mixture.sample(1_000, 77)))
    real = reference.split("validation")
    measured = frechet.frechet_distance(frechet.moments(fresh), frechet.moments(real))
    assert found["mixture"]["fid"] == pytest.approx(measured, rel=0.02)


def test_words_say_the_same(call, trio):
    found = told(call("forecast", *trio, "--n", 200, "--json"))
    code, out, _ = call("forecast", *trio, "--n", 200)
    assert code == 0
    head, titles, *lines, like, promise = out.splitlines()
    for part in ("200 drawn", "seed 0", "180 real", "validation split", "digits-classifier", "KID"):
        assert part in head
    assert titles.split()[:4] == ["member", "weight", "kid", "fid"]
    assert [line.split("  ")[0] for line in lines] == [*trio, "the mixture"]
    assert f"correlate by {found['mean_correlation']:.2f} on average" in like
    for part in (f"{found['mixture']['kid']:.4g}", repr(found["best_member"]), f"{found['gain']:.0%} less."):
        assert part in promise


def test_a_program_follows_it(call, trio):
    _, _, err = call("forecast", *trio, "--n", 1_200, "--progress", "json", "--json")
    steps = [json.loads(line) for line in err.splitlines()]
    assert {step["member"] for step in steps} == {"weights"}
    assert {"drawing from anna", "drawing from ida", "comparing members"} < {step["doing"] for step in steps}
    shares = [step["share"] for step in steps]
    assert (min(shares), max(shares)) == (0, 1)
    # What is known already is not drawn again.
    again = [json.loads(line) for line in call("forecast", *trio, "--n", 1_200, "--progress", "json")[2].splitlines()]
    assert not any(step["doing"].startswith("drawing") for step in again)


@pytest.mark.parametrize(("word", "by"), [("learned", "kid"), ("learned:fid", "fid")])
@pytest.mark.usefixtures("few")
def test_fuse_goes_on_as_if_the_learned_weights_had_been_typed(call, trio, tmp_path, word, by):
    known = told(call("forecast", *trio, "--by", by, "--n", 200, "--json"))
    words = ["fuse", *trio, "--rule", "mixture", "--n", 9, "--seed", 5]
    code, out, err = call(*words, "--weights", word, "--out", tmp_path / "a.png", "--save", "both", "--json")
    assert code == 0, err
    made = json.loads(out)
    assert made["learned"] == known
    assert made["weights"] == known["weights"]
    assert f"Learned weights: anna {known['weights'][0]:.4g}, " in err
    call(*words, "--weights", *known["weights"], "--out", tmp_path / "b.png")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    with Image.open(tmp_path / "a.png") as picture:
        assert json.loads(picture.text["ganlab"])["weights"] == known["weights"]
    assert list(store.catalogue()["both"].card.recipe.weights) == known["weights"]


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["forecast", "anna"], exits.USAGE, "'mixture' needs at least two members, and 1 was given."),
        (["forecast", "anna", "idda"], exits.UNKNOWN, "No member is called 'idda'. Did you mean 'ida'?"),
        (["forecast", "anna", "otto", "anna"], exits.USAGE, "'anna' is named twice"),
        (["forecast", "anna", "plane"], exits.USAGE, "Members of one dataset can be fused"),
        (["forecast", "plane", "dots"], exits.BROKEN, "'plane' draws points, which no extractor looks at"),
        (["forecast", "anna", "otto", "--by", "is"], exits.USAGE, "Weights are learned by 'is'; allowed: kid or fid."),
        (["forecast", "anna", "otto", "--n", 50], exits.USAGE, "n is 50; allowed: 100 to 100,000 pictures."),
        (["forecast", "anna", "otto", "--seed", -1], exits.USAGE, "seed is -1; allowed:"),
        (["forecast", "anna", "otto", "--progress", "xml"], exits.USAGE, "--progress is 'xml'; allowed: json."),
        (["forecast", "anna", "otto", "--extractor", "x"], exits.UNKNOWN, "No extractor is called 'x'."),
        (
            ["fuse", "anna", "otto", "--weights", "learned", "--out", "x.png"],
            exits.USAGE,
            "Weights are learned for mixture and parameters, not for 'weighted_average': add --rule mixture.",
        ),
        (
            ["fuse", "anna", "otto", "--rule", "median", "--weights", "learned:fid", "--out", "x.png"],
            exits.USAGE,
            "Weights are learned for mixture and parameters, not for 'median'",
        ),
        (
            ["fuse", "anna", "otto", "--rule", "mixture", "--weights", "learned", "2", "--out", "x.png"],
            exits.USAGE,
            "'--weights' holds 'learned'; allowed: a number for each member, or alone learned or learned:fid.",
        ),
        (["fuse", "anna", "otto", "--progress", "xml", "--out", "x.png"], exits.USAGE, "--progress is 'xml'"),
    ],
    ids=lambda value: " ".join(map(str, value)) if isinstance(value, list) else "",
)
def test_what_cannot_be_learned_is_said_before_anything_is_drawn(call, trio, home, words, code, sentence):
    keep_member("plane", dataset="ring8", network="toy")
    keep_member("dots", dataset="ring8", network="toy", seed=1)
    given, out, err = call(*words)
    assert (given, out) == (code, "")
    assert sentence in err
    assert not (home / "cache" / "features").exists()


def test_fusions_are_members_too(call, trio):
    keep_fused("both", "anna", "otto")
    found = told(call("forecast", "both", "ida", "--n", 150, "--json"))
    assert [each["member"] for each in found["members"]] == ["both", "ida"]


@pytest.mark.usefixtures("nothing_shipped")
def test_no_extractor_is_made_for_a_question_that_cannot_be_answered(call, home):
    for seed, name in enumerate(("anna", "otto")):
        keep_member(name, seed=seed)
    for wrong in (["--by", "is"], ["--n", 50]):
        code, _, err = call("forecast", "anna", "otto", *wrong, "--progress", "json")
        assert code == exits.USAGE
        assert "making extractor" not in err
