"""A few real pictures kept apart: the same ones every time, read without the set, never half a file."""

import numpy as np
import pytest
import torch
from fakes import pictures

from ganlab.data import arrays, examples, load_dataset

SHAPE = (1, 8, 8)


def test_what_was_kept_is_read_again_and_is_of_the_split(workspace):
    data = load_dataset("digits")
    kept = examples.keep(data, n=50)
    again = examples.read("digits", SHAPE)
    assert kept.images.shape == (50, 8, 8, 1)
    assert np.array_equal(kept.images, again.images)
    assert np.array_equal(kept.labels, again.labels)
    test, labels = data.split("test")
    known = {row.numpy().tobytes(): int(label) for row, label in zip(test, labels, strict=True)}
    for image, label in zip(again.images, again.labels, strict=True):
        assert known[np.ascontiguousarray(image.transpose(2, 0, 1)).tobytes()] == label
    assert len({image.tobytes() for image in again.images}) == 50
    assert np.array_equal(examples.keep(data, n=20).images, kept.images[:20])  # fewer of the same ones
    assert len(set(again.labels.tolist())) == 10


def test_sets_splits_and_sizes_are_kept_apart(workspace):
    data = pictures(40, SHAPE)
    examples.keep(data)
    assert len(examples.read("digits", SHAPE).images) == 4
    assert examples.read("digits", SHAPE, "train") is None
    assert examples.read("glyphs", SHAPE) is None
    assert examples.read("digits", (1, 4, 4)) is None


def test_pictures_without_labels_are_kept_too(workspace):
    examples.keep(pictures(40, (3, 8, 8), "folder:/cats"))
    found = examples.read("folder:/cats", (3, 8, 8))
    assert found.images.shape == (4, 8, 8, 3)
    assert found.labels is None
    assert examples.classes("folder:/cats") == ()
    assert examples.classes("digits")[3] == "3"


@pytest.mark.parametrize("broken", [b"", b"PK", "shape", "names"])
def test_a_broken_file_is_none(workspace, broken):
    examples.keep(pictures(40, SHAPE))
    path = examples._path("digits", SHAPE, "test")
    if isinstance(broken, bytes):
        path.write_bytes(broken)
    elif broken == "shape":
        arrays.write(path, {"images": np.zeros((3, 4, 4, 1), np.uint8), "labels": np.zeros(3, np.int64)})
    else:
        arrays.write(path, {"images": np.zeros((3, 8, 8, 1), np.uint8)})
    assert examples.read("digits", SHAPE) is None


def test_choosing_leaves_chance_alone(workspace, global_chance):
    examples.keep(pictures(40, SHAPE))
    assert torch.equal(pictures(40, SHAPE).examples, pictures(40, SHAPE).examples)
