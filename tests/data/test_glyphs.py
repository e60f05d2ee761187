import pytest
import torch
from sklearn.neighbors import KNeighborsClassifier

from ganlab.data import glyphs, load_dataset


@pytest.fixture(scope="module")
def drawn():
    return glyphs.draw(2_600, seed=7)


def test_same_seed_same_bytes(drawn):
    images, labels = glyphs.draw(2_600, seed=7)
    assert torch.equal(images, drawn[0])
    assert torch.equal(labels, drawn[1])


def test_first_pictures_do_not_depend_on_how_many_are_drawn(drawn):
    images, labels = glyphs.draw(16, seed=7)
    assert torch.equal(images, drawn[0][:16])
    assert torch.equal(labels, drawn[1][:16])


def test_every_picture_is_another_and_another_seed_gives_others(drawn):
    images, _ = drawn
    assert len(images.flatten(1).unique(dim=0)) == len(images)
    assert not torch.equal(glyphs.draw(16, seed=8)[0], images[:16])


def test_pictures_are_black_with_white_digits_inside(drawn):
    images, _ = drawn
    assert images.dtype == torch.uint8
    assert images.shape == (2_600, 1, 28, 28)
    assert 0.08 < float(images.float().mean()) / 255 < 0.16  # MNIST: 0.13
    inner = images.clone()
    inner[:, :, 1:-1, 1:-1] = 0
    assert float((inner.flatten(1).amax(1) > 40).float().mean()) < 0.04  # few touch the border
    assert int(images.flatten(1).amax(1).min()) > 100  # none is empty


def test_all_digits_are_equally_frequent(drawn):
    counts = drawn[1].bincount(minlength=10)
    expected = len(drawn[1]) / 10
    assert float(((counts - expected) ** 2 / expected).sum()) < 27.9  # chi-squared, 9 degrees, one in 1,000


def test_labels_say_what_is_drawn(drawn):
    rows, labels = drawn[0].flatten(1).numpy() / 255, drawn[1].numpy()
    nearest = KNeighborsClassifier(3).fit(rows[:2_000], labels[:2_000])
    assert nearest.score(rows[2_000:], labels[2_000:]) > 0.88


@pytest.mark.data
def test_who_learned_glyphs_reads_real_digits(real_data):
    real_data("MNIST/raw")
    images, labels = glyphs.draw(5_000, seed=0)
    real, told = load_dataset("mnist").split("test")
    nearest = KNeighborsClassifier(3).fit(images.flatten(1).numpy() / 255, labels.numpy())
    assert nearest.score(real[:1_000].flatten(1).numpy() / 255, told[:1_000].numpy()) > 0.5  # chance: 0.1


def test_none_are_no_pictures():
    images, labels = glyphs.draw(0, seed=0)
    assert images.shape == (0, 1, 28, 28)
    assert labels.shape == (0,)
