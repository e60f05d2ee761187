import io
import json

import pytest
from fakes import keep_member
from PIL import Image

from ganlab.fusion import load
from ganlab.members import preview, store


@pytest.fixture
def entry(workspace):
    return keep_member("anna")[0]


def test_none_is_found_before_it_was_drawn(entry):
    assert preview.find(entry) is None


def test_what_was_remembered_is_found_also_under_a_new_name(entry):
    data = preview.draw(load("anna"))
    preview.remember(entry, data)
    assert preview.find(entry) == data
    assert preview.find(store.rename("anna", "berta")) == data


def test_it_says_what_it_shows(entry):
    with Image.open(io.BytesIO(preview.draw(load("anna")))) as image:
        assert json.loads(image.info["ganlab"]) == {"member": "anna", "n": preview.PICTURES, "seed": preview.SEED}
        assert image.size == (preview.COLUMNS * 9 - 1, 3 * 9 - 1)


def test_a_shipped_one_comes_first(entry):
    preview.remember(entry, preview.draw(load("anna")))
    shipped = _png((3, 3))
    preview.ship(entry, shipped)
    assert preview.find(entry) == shipped


@pytest.mark.parametrize("broken", [b"", b"GIF89a", b"\x89PNG\r\n\x1a\n" + b"0" * 50])
def test_a_broken_one_counts_as_none(entry, broken):
    (entry.folder / preview.NAME).write_bytes(broken)
    assert preview.find(entry) is None


def test_a_truncated_one_counts_as_none(entry):
    (entry.folder / preview.NAME).write_bytes(preview.draw(load("anna"))[:-100])
    assert preview.find(entry) is None


def test_the_cache_is_bounded(entry, monkeypatch):
    monkeypatch.setattr(preview, "_MOST_FILES", 2)
    for index in range(4):
        preview.remember(keep_member(f"m{index}", seed=index)[0], _png((2, 2)))
    assert len(list((entry.folder.parents[1] / "cache" / "previews").glob("*.png"))) == 2


def test_a_cache_that_cannot_be_written_is_no_error(entry):
    (entry.folder.parents[1] / "cache").write_text("a file where a folder should be")
    preview.remember(entry, _png((2, 2)))
    assert preview.find(entry) is None


def _png(size):
    buffer = io.BytesIO()
    Image.new("L", size).save(buffer, "PNG")
    return buffer.getvalue()
