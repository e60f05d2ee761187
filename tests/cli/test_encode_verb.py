"""``encode`` as people call it: pictures in, a sheet, latents and honest errors out."""

import json
import zipfile

import numpy as np
import pytest
from fakes import card_for, keep_fused, keep_member, rng, tiny_spec
from PIL import Image

from ganlab import load
from ganlab.cli import exits
from ganlab.members import store
from ganlab.members.networks import build, to_bytes


@pytest.fixture
def zoe():
    """An autoencoder of 8x8 digits."""
    spec = tiny_spec(network="mlp", objective="elbo").resolved()
    data, weights = to_bytes(build(spec, rng()))
    return store.keep(card_for(spec, "zoe", weights, kind="vae"), data)


@pytest.fixture
def files(tmp_path, real):
    """Three digits as files; returns their paths."""
    paths = [tmp_path / f"{index}.png" for index in range(3)]
    for path, picture in zip(paths, real, strict=False):
        Image.fromarray(picture[:, :, 0]).save(path)
    return paths


def floats(pictures):
    """uint8 [n, H, W, 1] as the members see them."""
    import torch

    return torch.from_numpy(pictures.astype(np.float32) / 127.5 - 1).permute(0, 3, 1, 2)


def test_errors_latents_and_sheet_are_those_of_the_member(call, zoe, files, real, tmp_path):
    out, latents = tmp_path / "sheet.png", tmp_path / "z.npy"
    code, told, err = call("encode", "zoe", *files, "--out", out, "--latents", latents, "--json")
    assert code == 0
    told = json.loads(told)
    member, images = load("zoe"), floats(real[:3])
    z = member.encode(images)
    drawn = member.generate(z)
    wanted = ((drawn - images).numpy() ** 2).reshape(3, -1).mean(1)
    assert [row["error"] for row in told["pictures"]] == pytest.approx(wanted.tolist(), rel=1e-5)
    assert told["mean_error"] == pytest.approx(wanted.mean(), rel=1e-5)
    assert [row["picture"] for row in told["pictures"]] == [str(path) for path in files]
    np.testing.assert_allclose(np.load(latents), z.numpy(), atol=1e-5)
    assert f"Wrote {str(latents)!r}: latents [3, 6]." in err
    sheet = np.array(Image.open(out))
    assert sheet.shape == (8 + 1 + 8, 3 * 8 + 2)
    for column in range(3):
        assert np.array_equal(sheet[:8, column * 9 : column * 9 + 8], real[column, :, :, 0])
        below = (drawn[column, 0].numpy() + 1) * 127.5
        assert np.abs(sheet[9:, column * 9 : column * 9 + 8] - below).max() <= 0.51


def test_refining_makes_none_worse_and_tells_both_errors(call, zoe, files):
    told = json.loads(call("encode", "zoe", *files, "--refine", 30, "--json")[1])
    assert all(row["error"] <= row["before"] + 1e-6 for row in told["pictures"])
    assert told["mean_error"] < np.mean([row["before"] for row in told["pictures"]])
    again = json.loads(call("encode", "zoe", *files, "--refine", 30, "--json")[1])
    assert again == told


def test_folders_and_zips_are_read_and_other_sizes_and_colours_made_alike(call, zoe, files, tmp_path):
    folder = tmp_path / "folder" / "deep"
    folder.mkdir(parents=True)
    Image.new("RGB", (40, 30), (255, 0, 0)).save(folder / "red.jpg")
    with zipfile.ZipFile(tmp_path / "some.zip", "w") as archive:
        archive.write(files[0], "a/zero.png")
    code, out, err = call("encode", "zoe", tmp_path / "folder", tmp_path / "some.zip", files[1])
    assert code == 0
    told = [f"{tmp_path}/folder/deep/red.jpg", f"{tmp_path}/some.zip/a/zero.png", str(files[1])]
    assert [line.split()[0] for line in out.splitlines()] == ["picture", *told]
    assert "Mean squared error of a pixel, in squares of [-1, 1]:" in err
    assert "over 3 pictures." in err


def test_many_pictures_stand_in_rows_with_theirs_below_each(call, zoe, files, tmp_path):
    code, _, _ = call("encode", "zoe", *(files[0],) * 20, "--out", tmp_path / "sheet.png")
    assert code == 0
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.size == (16 * 9 - 1, 4 * 9 - 1)


def test_a_gan_encodes_as_soon_as_it_has_an_encoder(call, files):
    keep_member("anna")
    code, _, err = call("encode", "anna", *files)
    assert code == exits.BROKEN
    assert "'anna' has no encoder to find latents with. Fit one to an own GAN: python -m ganlab members encoder" in err
    assert call("members", "encoder", "anna", "--steps", 3)[0] == 0
    assert call("encode", "anna", *files)[0] == 0


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["zo", "0.png"], exits.UNKNOWN, "No member is called 'zo'. Did you mean 'zoe'?"),
        (["zoe", "none.png"], exits.BROKEN, "There is no file or folder 'none.png'."),
        (["zoe", "text.png"], exits.BROKEN, "'text.png' cannot be read as a picture: give a PNG, JPEG or other"),
        (["zoe", "empty"], exits.BROKEN, "There are no pictures in 'empty'."),
        (["zoe", "0.png", "--out", "x.jpg"], exits.USAGE, "'x.jpg' does not end in .png"),
        (["zoe", "0.png", "--latents", "x.csv"], exits.USAGE, "'x.csv' does not end in .npy"),
        (["zoe", "0.png", "--refine", "-1"], exits.USAGE, "refine is -1; allowed: 0 to 10,000 steps."),
        (["zoe", "0.png", "--out", "text.png/x.png"], exits.BROKEN, "'text.png/x.png' cannot be written"),
        (["plane", "0.png"], exits.BROKEN, "'plane' draws points in the plane: pictures cannot be encoded by it."),
        (["both", "0.png"], exits.BROKEN, "'both' has no encoder to find latents with."),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_can_be_mended_is_one_sentence(call, zoe, files, tmp_path, monkeypatch, words, code, sentence):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text.png").write_text("no picture")
    (tmp_path / "empty").mkdir()
    keep_member("anna")
    keep_member("otto", seed=1)
    keep_fused("both", "anna", "otto")
    keep_member("plane", network="toy", dataset="ring8")
    given, out, err = call("encode", *words)
    assert (given, out) == (code, "")
    assert sentence in err
    assert err.count("\n") == 1


def test_broken_pictures_of_a_folder_are_told_and_left_out(call, zoe, files):
    (files[0].parent / "broken.png").write_bytes(b"x")
    code, out, err = call("encode", "zoe", files[0].parent)
    assert code == 0
    assert "1 of 4 pictures could not be read and was left out: broken.png." in err
    assert len(out.splitlines()) == 4
