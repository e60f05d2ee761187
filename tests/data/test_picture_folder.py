import io
import random
import zipfile

import numpy as np
import pytest
import torch
from PIL import Image

from ganlab.data import load_dataset, memory
from ganlab.data.folder import folder
from ganlab.errors import DataError


def plain(path, colour=(200, 100, 50), size=(20, 20), **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, colour).save(path, **options)


def colours(dataset):
    """The middle pixel of each picture."""
    side = dataset.shape[-1] // 2
    return [tuple(picture[:, side, side].tolist()) for picture in dataset.examples]


def test_subfolders_are_the_classes(tmp_path):
    for name, count in (("dog", 6), ("cat", 4)):
        for number in range(count):
            plain(tmp_path / name / f"{number}.png", colour=(0, 0, 0) if name == "cat" else (255, 255, 255))
    dataset = load_dataset(f"folder:{tmp_path}")
    assert dataset.name == f"folder:{tmp_path}"
    assert dataset.classes == ("cat", "dog")
    assert dataset.labels.tolist() == [0] * 4 + [1] * 6
    assert (dataset.examples.flatten(1).float().mean(1) / 255).tolist() == dataset.labels.tolist()
    assert dataset.shape == (3, 64, 64)
    assert {split: len(rows) for split, rows in dataset.splits.items()} == {"train": 8, "validation": 1, "test": 1}
    assert dataset.notes == ()


def test_pictures_deep_in_a_subfolder_are_of_its_class(tmp_path):
    plain(tmp_path / "cat" / "mine" / "old" / "1.png")
    plain(tmp_path / "dog" / "1.png")
    assert folder(tmp_path).labels.tolist() == [0, 1]


def test_pictures_without_subfolders_have_no_labels(tmp_path):
    plain(tmp_path / "1.png")
    assert (folder(tmp_path).labels, folder(tmp_path).classes) == (None, ())


def test_pictures_beside_subfolders_leave_no_classes_and_are_told(tmp_path):
    plain(tmp_path / "1.png")
    plain(tmp_path / "cat" / "2.png")
    dataset = folder(tmp_path)
    assert dataset.labels is None
    assert len(dataset.examples) == 2
    assert "subfolders" in dataset.notes[0]


@pytest.mark.parametrize("ending", ["png", "jpg", "JPEG", "bmp", "gif", "tiff", "webp", "ppm", "tga", "ico", "jp2"])
def test_formats_people_have_are_read(tmp_path, ending):
    plain(tmp_path / f"1.{ending}", size=(64, 64))
    got = colours(folder(tmp_path, image_size=32))[0]
    assert np.abs(np.subtract(got, (200, 100, 50))).max() <= 6  # JPEG and GIF are not exact


@pytest.mark.parametrize("channels", [1, 3])
def test_grey_or_colour_as_asked(tmp_path, channels):
    plain(tmp_path / "1.png")
    dataset = folder(tmp_path, image_size=16, channels=channels)
    assert dataset.shape == (channels, 16, 16)
    # ITU-R 601: what grey of a colour is.
    grey = round(0.299 * 200 + 0.587 * 100 + 0.114 * 50)
    assert colours(dataset)[0] == ((grey,) if channels == 1 else (200, 100, 50))


@pytest.mark.parametrize("ending", ["png", "jpg"])
def test_the_short_side_is_scaled_and_the_middle_kept(tmp_path, ending):
    wide = Image.new("RGB", (300, 100), (255, 0, 0))
    wide.paste((0, 0, 255), (100, 0, 200, 100))  # the middle third
    wide.save(tmp_path / f"a.{ending}")
    wide.rotate(90, expand=True).save(tmp_path / f"b.{ending}")
    both = folder(tmp_path, image_size=50).examples[:, :, 2:-2, 2:-2].float()
    wanted = torch.tensor([0.0, 0.0, 255.0])[None, :, None, None]
    assert float((both - wanted).abs().max()) < 16  # a JPEG rings beside an edge; the red third would differ by 255


@pytest.mark.parametrize("ending", ["png", "jpg"])
def test_scaling_down_averages_instead_of_picking_pixels(tmp_path, ending):
    board = np.indices((256, 256)).sum(0) % 2 * 255
    Image.fromarray(board.astype(np.uint8)).save(tmp_path / f"a.{ending}")
    assert folder(tmp_path, image_size=16, channels=1).examples.float().sub(127.5).abs().max() < 8


def test_small_pictures_are_scaled_up(tmp_path):
    plain(tmp_path / "1.png", size=(3, 5))
    assert colours(folder(tmp_path, image_size=64)) == [(200, 100, 50)]


@pytest.mark.parametrize(
    ("orientation", "corner"), [(1, (0, 0)), (2, (0, -1)), (3, (-1, -1)), (6, (0, -1)), (8, (-1, 0))]
)
def test_pictures_are_turned_as_the_camera_was_held(tmp_path, orientation, corner):
    image = Image.new("RGB", (32, 32), (0, 0, 0))
    image.paste((255, 255, 255), (0, 0, 16, 16))  # white where row 0 and column 0 meet
    exif = Image.Exif()
    exif[0x0112] = orientation
    image.save(tmp_path / "1.jpg", exif=exif, quality=95)
    picture = folder(tmp_path, image_size=32, channels=1).examples[0, 0]
    white = {place for place in [(0, 0), (0, -1), (-1, 0), (-1, -1)] if picture[place] > 128}
    # EXIF 2.3, tag 274: where the 0th row and the 0th column are on the picture as seen.
    assert white == {corner}


def test_transparent_parts_lie_on_white(tmp_path):
    Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(tmp_path / "a.png")
    Image.new("RGBA", (8, 8), (255, 0, 0, 128)).save(tmp_path / "b.png")
    Image.new("LA", (8, 8), (0, 0)).save(tmp_path / "c.png")
    palette = Image.new("P", (8, 8), 0)
    palette.putpalette([0, 0, 0, 255, 0, 0])
    palette.save(tmp_path / "d.png", transparency=0)
    got = colours(folder(tmp_path, image_size=8))
    assert [got[0], got[2], got[3]] == [(255, 255, 255)] * 3
    assert got[1] == (255, 127, 127)


def test_deep_greys_are_scaled_not_clipped(tmp_path):
    Image.fromarray(np.full((8, 8), 128 * 257, np.uint16)).save(tmp_path / "a.png")
    Image.fromarray(np.full((8, 8), 0.5, np.float32)).save(tmp_path / "b.tiff")
    assert folder(tmp_path, image_size=8, channels=1).examples.flatten(1).unique(dim=1).tolist() == [[128], [128]]


def test_other_modes_are_read(tmp_path):
    Image.new("CMYK", (8, 8), (0, 0, 0, 0)).save(tmp_path / "a.jpg")
    Image.new("1", (8, 8), 1).save(tmp_path / "b.png")
    Image.new("L", (8, 8), 255).save(tmp_path / "c.jpg")
    assert colours(folder(tmp_path, image_size=8)) == [(255, 255, 255)] * 3


def test_the_first_picture_of_an_animation_counts(tmp_path):
    first, second = Image.new("RGB", (8, 8), (255, 0, 0)), Image.new("RGB", (8, 8), (0, 0, 255))
    first.save(tmp_path / "1.gif", save_all=True, append_images=[second])
    assert colours(folder(tmp_path, image_size=8)) == [(255, 0, 0)]


def test_broken_pictures_are_named_and_left_out(tmp_path):
    for number in range(4):
        plain(tmp_path / f"good{number}.png", colour=(10 * number, 0, 0))
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    for ending in ("jpg", "png", "bmp"):
        buffer = io.BytesIO()
        Image.fromarray(noise).save(buffer, {"jpg": "JPEG"}.get(ending, ending.upper()))
        (tmp_path / f"cut.{ending}").write_bytes(buffer.getvalue()[: len(buffer.getvalue()) // 2])
    (tmp_path / "empty.webp").write_bytes(b"")
    (tmp_path / "text.gif").write_text("no picture")
    (tmp_path / "z.tiff").write_bytes(b"II*\x00\x08\x00")
    (tmp_path / "notes.txt").write_text("not meant to be one")
    dataset = folder(tmp_path, image_size=8)
    assert colours(dataset) == [(10 * number, 0, 0) for number in range(4)]
    assert dataset.notes == (
        "6 of 10 pictures could not be read and were left out: cut.bmp, cut.jpg, cut.png, empty.webp, text.gif "
        "and 1 more.",
    )


def test_labels_stay_with_their_pictures_when_some_are_broken(tmp_path):
    for number, name in enumerate(("a", "b", "c")):
        plain(tmp_path / name / "2.png", colour=(number, 0, 0))
        (tmp_path / name / "1.png").write_bytes(b"cut")
    dataset = folder(tmp_path)
    assert [colour[0] for colour in colours(dataset)] == dataset.labels.tolist() == [0, 1, 2]


def test_hidden_files_are_no_pictures(tmp_path):
    plain(tmp_path / "a.png")
    (tmp_path / "._a.png").write_bytes(b"what macOS leaves behind")
    (tmp_path / "folder.png").mkdir()
    dataset = folder(tmp_path)
    assert (len(dataset.examples), dataset.notes) == (1, ())


@pytest.mark.parametrize("top", ["", "pets/"])
def test_a_zip_is_read_like_the_folder_in_it(tmp_path, top):
    for name in ("cat", "dog"):
        plain(tmp_path / "all" / name / "1.png", colour=(len(name) if name == "cat" else 9, 0, 0))
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        for path in sorted((tmp_path / "all").rglob("*.png")):
            archive.write(path, top + path.relative_to(tmp_path / "all").as_posix())
        archive.writestr("__MACOSX/cat/._1.png", b"what macOS leaves behind")
        archive.mkdir("folder.png")
    ours, theirs = folder(tmp_path / "all.zip"), folder(tmp_path / "all")
    assert torch.equal(ours.examples, theirs.examples)
    assert torch.equal(ours.labels, theirs.labels)
    assert ours.classes == theirs.classes == ("cat", "dog")


def broken_zip(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.png", bytes(1000))
    whole = path.read_bytes()
    # The end of the directory is there, the directory itself is not.
    path.write_bytes(bytes(len(whole) - 22) + whole[-22:])


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda path: None, "There is no folder"),
        (lambda path: path.write_text("hello"), "is a file"),
        (lambda path: path.mkdir(), "holds no pictures"),
        (lambda path: (path.mkdir(), (path / "a.png").write_text("x")), "none of its 1 pictures can be read"),
        (broken_zip, "cannot be read"),
    ],
)
def test_what_cannot_be_used_is_refused_with_a_sentence(tmp_path, make, told):
    make(tmp_path / "given")
    with pytest.raises(DataError, match=told) as error:
        folder(tmp_path / "given")
    assert str(tmp_path / "given") in str(error.value)
    assert str(error.value).endswith(".")


@pytest.mark.parametrize("path", ["", "a" * 5_000, "nul\0byte"])
def test_odd_paths_are_refused_with_a_sentence(path):
    with pytest.raises(DataError):
        folder(path)


@pytest.mark.parametrize("options", [{"image_size": 0}, {"channels": 4}, {"channels": 2}])
def test_options_that_make_no_picture_are_refused(tmp_path, options):
    with pytest.raises(DataError, match="cannot be made"):
        folder(tmp_path, **options)


def test_a_folder_larger_than_memory_is_refused_with_the_figures_before_it_is_read(tmp_path, monkeypatch):
    for number in range(10):
        (tmp_path / f"{number}.png").write_bytes(b"would be broken if it were read")
    monkeypatch.setattr(memory, "available", lambda: 100_000)
    with pytest.raises(DataError, match=r"123 KB .*10 pictures .* 100 KB are free"):
        folder(tmp_path)
    with pytest.raises(DataError, match="none of its 10"):
        folder(tmp_path, image_size=32)


def test_the_same_folder_gives_the_same_set_and_touches_no_global_generator(tmp_path):
    for number in range(30):
        plain(tmp_path / f"{number}.png", colour=(number, 0, 0))
    before = torch.get_rng_state(), np.random.get_state()[1].copy(), random.getstate()
    first, second = folder(tmp_path, image_size=8), folder(tmp_path, image_size=8)
    assert torch.equal(before[0], torch.get_rng_state())
    assert (before[1] == np.random.get_state()[1]).all()
    assert before[2] == random.getstate()
    assert torch.equal(first.examples, second.examples)
    assert all(torch.equal(first.splits[name], second.splits[name]) for name in first.splits)


def test_home_is_understood(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    plain(tmp_path / "pictures" / "1.png")
    assert folder("~/pictures").name == "folder:~/pictures"
