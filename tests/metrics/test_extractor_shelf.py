"""The shelf: what a dataset is measured with, made once, found again, and refused when it was changed."""

import json
import shutil

import numpy as np
import pytest
import torch
from PIL import Image

from ganlab.errors import DataError, MetricError, UnknownName
from ganlab.metrics import make, shelf
from ganlab.metrics.evaluate import evaluate, of_images
from ganlab.metrics.extractor import Extractor

DIGITS = ("digits", (1, 8, 8))


def opened(name, dataset, shape):
    """What comes of opening, and how many steps of training it took."""
    *steps, (extractor, reference) = shelf.opened(name, dataset, shape)
    return extractor, reference, len(steps)


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """Two folders of 160 small pictures, one with a class in each half, one without; training is short."""
    monkeypatch.setattr(make, "_MOST_EPOCHS", 2)
    rng = np.random.default_rng(0)
    for index in range(160):
        picture = Image.fromarray(rng.integers(0, 256 if index % 2 else 60, (8, 8, 3), dtype=np.uint8))
        for path in (tmp_path / "labelled" / "ab"[index % 2], tmp_path / "plain"):
            path.mkdir(parents=True, exist_ok=True)
            picture.save(path / f"{index}.png")
    return {name: f"folder:{tmp_path / name}" for name in ("labelled", "plain")}


SMALL = (3, 8, 8)


@pytest.mark.parametrize(("which", "kind"), [("labelled", "classifier"), ("plain", "contrast")])
def test_a_folder_is_measured_with_what_was_made_of_it_once(folders, which, kind):
    dataset = folders[which]
    name = shelf.usual(dataset, SMALL)
    assert name == f"{shelf.key_of(dataset, SMALL)}-classifier"  # nobody has read the folder yet
    extractor, reference, steps = opened(name, dataset, SMALL)
    assert steps > 0
    assert extractor.card.kind == kind
    assert extractor.card.dataset == reference.dataset == dataset
    found = shelf.usual(dataset, SMALL)
    assert found == extractor.name == f"{shelf.key_of(dataset, SMALL)}-{kind}"
    assert shelf.fitting(dataset, SMALL) == [found, *shelf.INCEPTION]
    for each in (found, name):  # also by the name it was first asked for
        again, same, steps = opened(each, dataset, SMALL)
        assert steps == 0
        assert again.card == extractor.card
        assert (same.split("test") == reference.split("test")).all()
    assert [path.name for path in shelf.own_folder().iterdir()] == [found]


def test_pictures_of_a_folder_in_two_sizes_are_two_sets(folders):
    dataset = folders["plain"]
    small, _, _ = opened(shelf.usual(dataset, SMALL), dataset, SMALL)
    name = shelf.usual(dataset, (1, 12, 12))
    large, reference, steps = opened(name, dataset, (1, 12, 12))
    assert steps > 0
    assert small.name != large.name
    assert large.card.shape == (1, 12, 12)
    assert reference.split("train").shape == (128, 64)
    assert shelf.usual(dataset, SMALL) == small.name
    assert shelf.usual(dataset, (1, 12, 12)) == large.name
    assert shelf.key_of(dataset) == shelf.key_of(dataset, (3, 64, 64))


def test_a_second_extractor_of_a_labelled_set_does_not_take_the_place_of_the_first(folders, digits):
    inpainter, _, steps = opened("digits-inpainter", *DIGITS)
    assert steps > 0
    assert inpainter.card.kind == "inpainter"
    assert shelf.usual(*DIGITS) == "digits-classifier"
    assert shelf.fitting(*DIGITS) == ["digits-classifier", "digits-inpainter", *shelf.INCEPTION]


def test_a_second_extractor_of_a_folder_without_classes_does_not_take_the_place_of_the_first(folders):
    dataset, key = folders["plain"], shelf.key_of(folders["plain"], SMALL)
    inpainter, _, _ = opened(f"{key}-inpainter", dataset, SMALL)
    assert shelf.usual(dataset, SMALL) == f"{key}-classifier"  # nobody knows yet that there are no classes
    opened(shelf.usual(dataset, SMALL), dataset, SMALL)
    assert shelf.usual(dataset, SMALL) == f"{key}-contrast"
    assert shelf.fitting(dataset, SMALL) == [f"{key}-contrast", f"{key}-inpainter", *shelf.INCEPTION]
    assert inpainter.card.kind == shelf.SECOND


def test_a_known_set_without_classes_is_asked_for_contrast():
    assert shelf.made_first("cats64") == "cats64-contrast"
    assert shelf.made_first("eurosat") == "eurosat-classifier"
    assert shelf.made_first("folder:cats64").endswith("-classifier")
    assert shelf.usual("cats64", (3, 64, 64)) == "cats64-contrast"


@pytest.mark.usefixtures("on_shelf")
def test_what_lies_on_the_shelf_sees_the_same_again(extractor, reference, pictures):
    found, known, steps = opened("digits-classifier", *DIGITS)
    assert steps == 0
    assert found.card == extractor.card
    assert (found.features(pictures("test")) == extractor.features(pictures("test"))).all()
    assert all((known.split(name) == reference.split(name)).all() for name in reference.features)


def test_what_was_made_is_what_lies_on_the_shelf(digits, pictures, tmp_path):
    *_, fresh = make.make(digits, "digits-classifier", "classifier", 0.5)
    card, reference = shelf.keep(fresh, digits, shelf.own_folder() / "digits-classifier")
    found, known, _ = opened("digits-classifier", *DIGITS)
    assert found.card == card == fresh.card
    # In the file's own memory weights may lie otherwise, and sums round in another order.
    np.testing.assert_allclose(found.features(pictures("test")), fresh.features(pictures("test")), atol=1e-5)
    assert (known.split("train") == reference.split("train")).all()


def flip(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("file", [shelf.WEIGHTS, shelf.REFERENCE])
@pytest.mark.parametrize("harm", [flip, lambda path: path.unlink(), lambda path: path.write_bytes(b"")])
def test_a_changed_file_is_refused_with_what_to_do(on_shelf, file, harm):
    harm(on_shelf / file)
    with pytest.raises(MetricError) as caught:
        opened("digits-classifier", *DIGITS)
    assert str(caught.value) == (
        f"Extractor 'digits-classifier' cannot be used: its {file} is not the one its card describes. "
        f"Delete {str(on_shelf)!r} to make it anew."
    )


def test_a_changed_file_that_ships_is_to_be_fetched_again(on_shelf, nothing_shipped):
    shutil.move(on_shelf, nothing_shipped / "digits-classifier")
    assert shelf.places()["digits-classifier"].shipped
    flip(nothing_shipped / "digits-classifier" / shelf.WEIGHTS)
    with pytest.raises(MetricError, match="Fetch ganlab's own files again"):
        opened("digits-classifier", *DIGITS)


@pytest.mark.parametrize("card", [b"", b"{}", b'{"name": "digits-cl', b"\xff"])
def test_an_extractor_whose_card_is_broken_is_made_anew(on_shelf, card, monkeypatch):
    monkeypatch.setattr(make, "_MOST_EPOCHS", 0.2)
    (on_shelf / shelf.CARD).write_bytes(card)
    assert shelf.places() == {}
    _, _, steps = opened("digits-classifier", *DIGITS)
    assert steps > 0
    assert opened("digits-classifier", *DIGITS)[2] == 0


@pytest.mark.usefixtures("on_shelf")
def test_what_ships_comes_first(on_shelf, nothing_shipped):
    shutil.copytree(on_shelf, nothing_shipped / "digits-classifier")
    assert [(place.shipped, place.folder) for place in shelf.places().values()] == [
        (True, nothing_shipped / "digits-classifier")
    ]


def test_unknown_names_are_refused_with_near_ones_before_data_are_read(monkeypatch):
    monkeypatch.setattr(shelf, "_load", lambda *_: pytest.fail("data were read"))
    with pytest.raises(UnknownName, match=r"No extractor is called 'digits-clasifier'. Did you mean 'digits-classi"):
        opened("digits-clasifier", *DIGITS)
    with pytest.raises(UnknownName, match="inception-v3-fid"):
        opened("inception", "mnist", (1, 28, 28))
    with pytest.raises(UnknownName):
        opened("glyphs-classifier", *DIGITS)  # another set's that is not there


def test_an_unknown_dataset_is_refused_before_anything_is_made():
    with pytest.raises(UnknownName, match="No dataset is called 'digit'"):
        opened("digit-classifier", "digit", (1, 8, 8))
    with pytest.raises(DataError, match="There is no folder"):
        opened(shelf.usual("folder:/nowhere", SMALL), "folder:/nowhere", SMALL)


@pytest.mark.usefixtures("on_shelf")
@pytest.mark.parametrize("name", ["ring8-classifier", "digits-classifier", "inception-v3-fid"])
def test_points_are_refused(name):
    with pytest.raises(MetricError, match="'ring8' holds points: they are measured against their exact density"):
        opened(name, "ring8", (2,))


@pytest.mark.usefixtures("on_shelf")
def test_an_extractor_of_another_shape_is_refused():
    with pytest.raises(MetricError, match=r"reads pictures of shape \(1, 8, 8\), but 'glyphs' holds \(1, 28, 28\)"):
        opened("digits-classifier", "glyphs", (1, 28, 28))
    assert shelf.usual("glyphs", (1, 28, 28)) == "glyphs-classifier"


def test_a_lent_extractor_is_named_beside_its_numbers(on_shelf, folders, workspace, monkeypatch):
    monkeypatch.setattr(shelf, "_LENT", {(1, 8, 8): "digits"})
    shape, dataset = (1, 8, 8), folders["labelled"]
    assert shelf.usual(dataset, shape) == "digits-classifier"
    extractor, reference, steps = opened("digits-classifier", dataset, shape)
    assert steps == 0
    assert reference.dataset == dataset
    assert len(reference.split("train")) == 128
    images = np.random.default_rng(0).integers(0, 256, (120, 8, 8, 1), dtype=np.uint8)
    big = type(reference)(dataset, {name: reference.split("train") for name in reference.features}, reference.pixels)
    measured = evaluate(of_images(images, "x"), extractor, big)
    assert f"digits-classifier was not trained on {dataset}" in measured.notes[0]
    assert "modes" not in measured.numbers
    # What it sees there is kept, and read the second time.
    assert len(list((workspace / "references").iterdir())) == 1
    monkeypatch.setattr(shelf, "_load", lambda *_: pytest.fail("data were read"))
    assert (opened("digits-classifier", dataset, shape)[1].split("test") == reference.split("test")).all()


def test_a_kept_reference_that_is_broken_is_made_anew(on_shelf, folders, workspace):
    shape, dataset = (1, 8, 8), folders["labelled"]
    reference = opened("digits-classifier", dataset, shape)[1]
    (kept,) = (workspace / "references").iterdir()
    kept.write_bytes(b"broken")
    assert (opened("digits-classifier", dataset, shape)[1].split("test") == reference.split("test")).all()


def test_one_folder_by_two_names_is_one_set(folders, tmp_path, monkeypatch):
    name = shelf.usual(folders["plain"], SMALL)
    extractor, _, _ = opened(name, folders["plain"], SMALL)
    monkeypatch.chdir(tmp_path)
    again, reference, steps = opened(shelf.usual("folder:plain", SMALL), "folder:plain", SMALL)
    assert (again.card, steps) == (extractor.card, 0)
    assert reference.dataset == again.card.dataset


def test_stopping_while_it_is_made_leaves_nothing(workspace):
    going = shelf.opened("digits-classifier", *DIGITS)
    next(going)
    going.close()
    assert not shelf.own_folder().exists() or list(shelf.own_folder().iterdir()) == []


def test_cards_are_plain_json_and_weights_half_precision(on_shelf):
    import safetensors.torch

    card = json.loads((on_shelf / shelf.CARD).read_text())
    assert (card["kind"], card["dataset"], card["features"], card["shape"]) == ("classifier", "digits", 64, [1, 8, 8])
    tensors = safetensors.torch.load_file(on_shelf / shelf.WEIGHTS)
    assert {each.dtype for each in tensors.values()} == {torch.float16, torch.int64}


def test_names_load_without_torch():
    import subprocess
    import sys

    told = "import sys; from ganlab.metrics import MEASURES, shelf; list(MEASURES); print('torch' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", told], text=True).strip() == "False"


def test_an_extractor_has_the_name_of_its_card(extractor):
    assert isinstance(extractor, Extractor)
    assert extractor.name == extractor.card.name == "digits-classifier"
