import io
import json

import pytest
from fakes import pictures
from PIL import Image

from ganlab.cli import exits
from ganlab.metrics import shelf
from ganlab.metrics.extractor import read_network

QUICK = ("--epochs", "0.2")


@pytest.fixture(autouse=True)
def _empty(nothing_shipped):
    """No extractor comes along."""


def listed(call):
    code, out, err = call("extractors", "--json")
    assert code == 0
    return {row["name"]: row for row in json.loads(out)}, err


def test_an_empty_shelf_says_how_to_fill_it(call):
    code, out, err = call("extractors")
    assert (code, out) == (0, "")
    assert "python -m ganlab extractors make digits" in err


def test_made_ones_are_listed_with_what_they_are(call):
    code, out, _ = call("extractors", "make", "digits", *QUICK, "--seed", 4, "--json")
    assert code == 0
    assert call("extractors", "make", "digits", "--kind", "inpainter", *QUICK)[0] == 0
    rows, _ = listed(call)
    assert rows["digits-classifier"] == json.loads(out)
    first, second = rows["digits-classifier"], rows["digits-inpainter"]
    assert (first["kind"], first["dataset"], first["features"], first["seed"]) == ("classifier", "digits", 64, 4)
    assert (first["shipped"], first["shape"]) == (False, [1, 8, 8])
    assert 0 < first["accuracy"] < 1
    assert first["error"] is None
    assert second["accuracy"] is None
    assert second["error"] > 0
    head, *lines = call("extractors")[1].splitlines()
    assert head.split() == ["name", "kind", "dataset", "features", "accuracy", "error", "origin"]
    assert [line.split()[0] for line in lines] == ["digits-classifier", "digits-inpainter"]
    assert all(line.endswith("own") for line in lines)


def test_what_is_there_is_replaced_only_when_that_is_wanted(call):
    call("extractors", "make", "digits", *QUICK)
    code, _, err = call("extractors", "make", "digits", *QUICK, "--seed", 1)
    assert code == exits.BROKEN
    assert "Extractor 'digits-classifier' is there already: give --replace" in err
    assert listed(call)[0]["digits-classifier"]["seed"] == 0
    assert call("extractors", "make", "digits", *QUICK, "--seed", 1, "--replace")[0] == 0
    place = shelf.places()["digits-classifier"]
    assert place.card.seed == 1
    read_network(place.card, place.folder / shelf.WEIGHTS)
    assert [each.name for each in shelf.own_folder().iterdir()] == ["digits-classifier"]


def test_one_that_comes_along_is_neither_replaced_unasked_nor_deleted(call, digits_seen, tmp_path):
    digits_seen.rename((tmp_path / "no-extractors").mkdir() or tmp_path / "no-extractors" / "digits-classifier")
    assert listed(call)[0]["digits-classifier"]["shipped"] is True
    code, _, err = call("extractors", "make", "digits", *QUICK)
    assert code == exits.BROKEN
    assert "comes along and stays the one that is used: give --replace" in err
    code, _, err = call("extractors", "make", "digits", *QUICK, "--replace")
    assert code == 0
    assert "The one of this name that comes along is used before it." in err
    assert call("extractors", "delete", "digits-classifier", "--yes")[0] == 0  # the own one
    code, _, err = call("extractors", "delete", "digits-classifier", "--yes")
    assert code == exits.BROKEN
    assert "'digits-classifier' is not your own: it cannot be deleted." in err
    assert "digits-classifier" in shelf.places()


def test_a_folder_of_pictures_gets_one_of_its_own_size(call, tmp_path):
    for index, picture in enumerate(pictures(40).examples):
        Image.fromarray(picture[0].numpy()).save(tmp_path / f"{index:02}.png")
    name = f"folder:{tmp_path}"
    code, out, _ = call("extractors", "make", name, "--image-size", 8, "--channels", 1, *QUICK, "--json")
    assert code == 0
    made = json.loads(out)
    assert (made["kind"], made["shape"]) == ("contrast", [1, 8, 8])
    assert made["name"] == f"{shelf.key_of(name, (1, 8, 8))}-contrast"


@pytest.mark.parametrize(("answer", "code", "left"), [("y\n", 0, False), ("n\n", 130, True), ("", 2, True)])
def test_deleting_asks_first(call, digits_seen, monkeypatch, answer, code, left):
    monkeypatch.setattr("sys.stdin", io.StringIO(answer))
    given, out, err = call("extractors", "delete", "digits-classifier")
    assert (given, out) == (code, "")
    assert "Delete extractor 'digits-classifier' for good?" in err
    assert ("digits-classifier" in shelf.places()) is left


def test_a_broken_one_can_be_deleted(call, digits_seen):
    (digits_seen / shelf.CARD).write_text("{")
    assert "digits-classifier" not in listed(call)[0]
    assert call("extractors", "delete", "digits-classifier", "--yes")[0] == 0
    assert not digits_seen.exists()


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["make", "digitz"], 3, "No dataset is called 'digitz'. Did you mean 'digits'?"),
        (
            ["make", "digits", "--kind", "classifyer"],
            2,
            "kind is 'classifyer'; allowed: classifier, contrast or inpainter.",
        ),
        (["make", "digits", "--epochs", "0"], 2, "epochs is 0; allowed: more than 0"),
        (["make", "digits", "--epochs", "nan"], 2, "epochs is nan; allowed: more than 0"),
        (["make", "digits", "--seed", "-1"], 2, "seed is -1; allowed:"),
        (["make", "digits", "--image-size", "16"], 2, "--image-size and --channels are for folder:PATH"),
        (["make", "digits", "--device", "gpu"], 2, "No device 'gpu'"),
        (["make", "ring8"], 4, "'ring8' holds points"),
        (["make", "folder:nowhere"], 4, "There is no folder 'nowhere'"),
        (["delete", "digits-clasifier", "--yes"], 3, "Did you mean 'digits-classifier'?"),
        (["delete", "inception-v3-fid", "--yes"], 4, "'inception-v3-fid' is not your own"),
        (["delete", "../members", "--yes"], 3, "No own extractor is called '../members'."),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_can_be_mended_is_one_sentence(call, digits_seen, words, code, sentence):
    given, out, err = call("extractors", *words)
    assert (given, out) == (code, "")
    assert sentence in err
    assert err.count("\n") == 1


def test_the_shipping_command_keeps_the_network_and_adds_licence_and_floors(call, digits_seen, tmp_path):
    from pretrained.ship_extractor import ship

    before = shelf.places()["digits-classifier"]
    folder = ship("digits-classifier")
    assert folder == tmp_path / "no-extractors" / "digits-classifier"
    for part in (shelf.WEIGHTS, shelf.REFERENCE):
        assert (folder / part).read_bytes() == (before.folder / part).read_bytes()
    after = shelf.places()["digits-classifier"]
    assert after.shipped
    assert "CC BY" in after.card.licence
    assert set(after.card.floors) == {"test-1437", "validation-1437"}  # all training pictures there are
    assert after.card.floors["test-1437"]["modes"] == 10
    assert before.card == after.card.model_copy(update={"licence": None, "floors": {}})
