import json

import pytest
from fakes import keep_member
from PIL import Image

from ganlab.cli import exits
from ganlab.metrics import augment

KEYS = [
    *("member", "dataset", "per_class", "added", "labels", "extractor", "fair", "steps", "n_test", "helps"),
    *("split", "seeds", "arms", "gains", "verdict"),
]


@pytest.fixture
def short(monkeypatch):
    """A few steps, where it does not matter what is learned."""
    monkeypatch.setattr(augment, "STEPS", 20)


def test_json_holds_all_that_was_asked_and_found(call, short):
    keep_member("anna")
    code, out, err = call(
        "augment", "anna", "--per-class", 3, "--added", 40, "--seeds", 4, "--json", "--progress", "json"
    )
    assert code == 0
    found = json.loads(out)
    assert list(found) == KEYS
    asked = (found["member"], found["dataset"], found["per_class"], found["added"], found["seeds"])
    assert asked == ("anna", "digits", 3, 40, [0, 1, 2, 3])
    assert (found["labels"], found["fair"], found["n_test"], found["split"]) == ("few", True, 180, "test")
    assert set(found["arms"]) == {"few", "shifted", "added"}
    for arm in found["arms"].values():
        assert len(arm["accuracies"]) == 4
        assert arm["low"] <= arm["accuracy"] <= arm["high"]
    few, added = (found["arms"][arm]["accuracies"] for arm in ("few", "added"))
    gain = found["gains"]["added"]
    assert gain["gain"] == pytest.approx(sum(b - a for a, b in zip(few, added, strict=True)) / 4)
    assert found["helps"] is (gain["low"] > 0)
    told = [json.loads(line) for line in err.splitlines()]
    assert all(set(each) == {"member", "doing", "share", "seconds", "left"} for each in told)
    assert told[-1]["share"] == 1


def test_untrained_pictures_are_said_not_to_help(call):
    keep_member("anna")
    code, out, _ = call("augment", "anna", "--per-class", 5, "--added", 200)
    assert code == 0
    lines = out.splitlines()
    assert lines[0].startswith("Accuracy on 180 real test pictures of digits after 200 steps from 5 real training pict")
    assert [line.split("  ")[0] for line in lines[2:5]] == list(augment.ARMS.values())
    assert "told by the classifier that learned from the same few." in lines[5]
    assert lines[6].startswith("Adding 200 pictures of anna does not help")


def test_labels_of_an_extractor_are_called_an_unfair_upper_bound(call, digits_seen, short):
    keep_member("anna")
    _, out, _ = call("augment", "anna", "--added", 40, "--labels", "extractor")
    assert "told by digits-classifier, which has seen all labels: an unfair upper bound." in out
    found = json.loads(call("augment", "anna", "--added", 40, "--labels", "extractor", "--json")[1])
    assert (found["labels"], found["extractor"], found["fair"]) == ("extractor", "digits-classifier", False)


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["ana"], 3, "No member is called 'ana'. Did you mean 'anna'?"),
        (["dots"], 4, "'dots' draws points: there are no classes"),
        (["anna", "--labels", "mine"], 2, "labels is 'mine'; allowed: few or extractor."),
        (["anna", "--per-class", "0"], 2, "per_class is 0; allowed: 1 to"),
        (["anna", "--added", "1"], 2, "added is 1; allowed: 10 to"),
        (["anna", "--seeds", "2"], 2, "seeds is 2; allowed: 3 to"),
        (["anna", "--per-class", "1000"], 4, "training pictures: 1,000 a class cannot be picked."),
        (["anna", "--device", "gpu"], 2, "No device 'gpu'"),
        (["anna", "--progress", "xml"], 2, "--progress is 'xml'; allowed: json."),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_can_be_mended_is_one_sentence(call, words, code, sentence):
    keep_member("anna")
    keep_member("dots", dataset="ring8", network="toy")
    given, out, err = call("augment", *words)
    assert (given, out) == (code, "")
    assert sentence in err
    assert err.count("\n") == 1


def test_a_set_without_labels_is_refused(call, tmp_path):
    for index in range(30):
        Image.new("L", (8, 8), index).save(tmp_path / f"{index:02}.png")
    name = f"folder:{tmp_path}"
    keep_member("anna", dataset=name, image_size=8, channels=1)
    code, out, err = call("augment", "anna")
    assert (code, out) == (exits.BROKEN, "")
    assert err == f"{name!r} has no labels, so no classifier can learn from it.\n"
