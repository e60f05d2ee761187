"""What ``evaluate`` refuses, one sentence each."""

import numpy as np
import pytest
from fakes import keep_member
from PIL import Image

from ganlab.cli import exits
from ganlab.metrics.evaluate import LEAST, MOST


def test_no_data_are_fetched_for_an_extractor_that_nobody_knows(call, nothing_shipped, home):
    keep_member("anna", dataset="mnist")
    code, _, err = call("evaluate", "anna", "--extractor", "mnist-clasifier")
    assert code == exits.UNKNOWN
    assert "Did you mean 'mnist-classifier'" in err
    assert not (home / "data").exists()


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        ([], 2, "Name members to measure, or give --images FILE --dataset NAME"),
        (["anna", "--images", "x.npz", "--dataset", "digits"], 2, "one of the three"),
        (["anna", "--dataset", "digits"], 2, "--images and --dataset go together"),
        (["--images", "x.npz"], 2, "--images and --dataset go together"),
        (["ana"], 3, "No member is called 'ana'. Did you mean 'anna'?"),
        (["anna", "ana"], 3, "No member is called 'ana'. Did you mean 'anna'?"),
        (["anna", "--n", LEAST - 1], 2, "n is 99; allowed: 100 to 100,000 pictures"),
        (["anna", "--n", MOST + 1], 2, "n is 100,001; allowed: 100 to 100,000 pictures"),
        (["anna", "--seed", "-1"], 2, "seed is -1; allowed:"),
        (["anna", "--split", "train"], 2, "split is 'train'; allowed: test or validation."),
        (["anna", "--extractor", "digits-clasifier"], 3, "Did you mean 'digits-classifier'"),
        (["anna", "--extractor", "glyphs-inpainter"], 4, "reads pictures of shape (1, 28, 28), but 'digits' holds"),
        (["anna", "--device", "gpu"], 2, "No device 'gpu' on this machine"),
        (["anna", "--progress", "xml"], 2, "--progress is 'xml'; allowed: json."),
        (["dots", "--extractor", "digits-classifier"], 4, "'dots' draws points"),
        (["--images", "x.npz", "--dataset", "digitz"], 3, "Did you mean 'digits'?"),
        (["--images", "x.npz", "--dataset", "ring8"], 4, "'ring8' holds points"),
        (["--images", "x.npz", "--dataset", "digits"], 4, "There is no 'x.npz'"),
    ],
    ids=lambda value: " ".join(map(str, value)) if isinstance(value, list) else "",
)
def test_what_can_be_mended_is_one_sentence(call, digits_seen, glyphs_seen, words, code, sentence):
    keep_member("anna")
    keep_member("dots", dataset="ring8", network="toy")
    given, out, err = call("evaluate", *words)
    assert (given, out) == (code, "")
    assert sentence in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("arrays", "sentence"),
    [
        ({"pictures": np.zeros((200, 8, 8, 1), np.uint8)}, "holds 'pictures': pictures are looked for under 'images'."),
        ({"images": np.zeros((200, 8, 8, 1))}, "'images' in 'x.npz' is float64 [200, 8, 8, 1]; pictures are uint8"),
        ({"images": np.full((200, 8, 8, 1), np.nan, np.float32)}, "is float32 [200, 8, 8, 1]; pictures are uint8"),
        ({"images": np.zeros((200, 8, 8), np.uint8)}, "is uint8 [200, 8, 8]; pictures are uint8 [n, H, W, C]"),
        ({"images": np.zeros((200, 1, 8, 8), np.uint8)}, "is uint8 [200, 1, 8, 8]; pictures are uint8 [n, H, W, C]"),
        ({"images": np.zeros((200, 9, 8, 1), np.uint8)}, "holds pictures [200, 9, 8, 1]; those of 'digits' are [n, 8"),
        ({"images": np.zeros((200, 8, 8, 3), np.uint8)}, "holds pictures [200, 8, 8, 3]; those of 'digits' are [n, 8"),
        ({"images": np.zeros((99, 8, 8, 1), np.uint8)}, "99 pictures cannot be measured: give 100 to 100,000"),
        ({"images": np.array([{}])}, "'x.npz' cannot be read as an .npz file (Object arrays"),
        ({}, "pictures are looked for under 'images'."),
    ],
    ids=["key", "dtype", "nan", "three", "first", "size", "channels", "few", "objects", "empty"],
)
def test_a_file_that_holds_something_else_is_one_sentence(call, npz, tmp_path, monkeypatch, arrays, sentence):
    npz("x.npz", **arrays)
    monkeypatch.chdir(tmp_path)
    assert_told(call("evaluate", "--images", "x.npz", "--dataset", "digits", "--json"), sentence)


def assert_told(called, sentence):
    code, out, err = called
    assert (code, out) == (exits.BROKEN, "")
    assert sentence in err
    assert err.count("\n") == 1


def test_more_pictures_than_a_file_holds_are_refused(call, npz, real):
    path = npz(images=real[:150])
    told = call("evaluate", "--images", path, "--dataset", "digits", "--n", 200)
    assert_told(told, "holds 150 pictures, fewer than the 200 of --n.")


@pytest.mark.parametrize(
    "damage", [lambda data: b"", lambda data: data[:-40], lambda data: data.replace(b"NUMPY", b"LUMPY")]
)
def test_a_broken_file_is_one_sentence(call, npz, real, damage):
    path = npz(images=real)
    path.write_bytes(damage(path.read_bytes()))
    assert_told(call("evaluate", "--images", path, "--dataset", "digits"), "cannot be read as an .npz file (")


def test_an_array_without_a_name_is_one_sentence(call, tmp_path, real):
    np.save(tmp_path / "x.npy", real)
    told = call("evaluate", "--images", tmp_path / "x.npy", "--dataset", "digits")
    assert_told(told, "cannot be read as an .npz file (File is not a zip file)")


@pytest.mark.parametrize(
    ("picture", "sentence"),
    [
        (Image.new("L", (9, 8)), "2.png' has 9x8 pixels, grey with 8 bits; wanted are 8x8, grey with 8 bits"),
        (Image.new("RGB", (8, 8)), "2.png' has 8x8 pixels, colour with 8 bits a channel; wanted are 8x8, grey"),
        (Image.new("1", (8, 8)), "2.png' has 8x8 pixels, of mode 1; wanted are 8x8, grey with 8 bits"),
        (None, "2.png' cannot be read as a picture"),
    ],
    ids=["size", "channels", "mode", "broken"],
)
def test_the_first_picture_that_does_not_fit_is_named(call, tmp_path, picture, sentence):
    for name in "13":
        Image.new("L", (8, 8)).save(tmp_path / f"{name}.png")
    (tmp_path / "2.png").write_bytes(b"no picture")
    if picture:
        picture.save(tmp_path / "2.png")
    assert_told(call("evaluate", "--images", tmp_path, "--dataset", "digits"), sentence)


def test_an_empty_folder_is_one_sentence(call, tmp_path):
    (tmp_path / "none").mkdir()
    assert_told(call("evaluate", "--images", tmp_path / "none", "--dataset", "digits"), "none' holds no pictures.")
