import random

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

from ganlab.data import DATASETS, load_dataset
from ganlab.data.dataset import SPLITS, divided, for_validation, held_out
from ganlab.toys import TOYS

EMBEDDED = [entry.name for entry in DATASETS if entry.facts["embedded"]]


@pytest.fixture(scope="module", params=EMBEDDED)
def dataset(request):
    return load_dataset(request.param)


def test_facts_known_without_loading_are_true(dataset):
    facts = DATASETS[dataset.name].facts
    assert dataset.shape == facts["shape"]
    assert dataset.classes == facts["classes"]
    assert len(dataset.splits["train"]) == facts["train"]


def test_splits_share_no_row_and_leave_none_out(dataset):
    rows = torch.cat([dataset.splits[name] for name in SPLITS])
    assert torch.equal(rows.sort().values, torch.arange(len(dataset.examples)))


def test_labels_are_indices_of_classes(dataset):
    if not dataset.classes:
        assert dataset.labels is None
        return
    assert dataset.labels.dtype == torch.int64
    for split in SPLITS:
        assert set(dataset.split(split)[1].tolist()) == set(range(len(dataset.classes)))


def test_loading_again_gives_the_same_and_touches_no_global_generator(dataset):
    before = torch.get_rng_state(), np.random.get_state()[1].copy(), random.getstate()
    again = load_dataset(dataset.name)
    assert torch.equal(before[0], torch.get_rng_state())
    assert (before[1] == np.random.get_state()[1]).all()
    assert before[2] == random.getstate()
    assert torch.equal(again.examples, dataset.examples)
    assert all(torch.equal(again.splits[name], dataset.splits[name]) for name in SPLITS)


@pytest.mark.parametrize("name", TOYS.names)
def test_points_come_with_their_density(name):
    points = load_dataset(name)
    assert points.examples.dtype == torch.float32
    assert {split: len(rows) for split, rows in points.splits.items()} == {
        "train": 100_000,
        "validation": 5_000,
        "test": 10_000,
    }
    some = points.split("test")[0][:100]
    assert torch.equal(points.log_density(some), TOYS[name].load()().log_density(some))


def test_every_toy_is_a_dataset():
    assert set(TOYS.names) == {entry.name for entry in DATASETS if entry.facts["shape"] == (2,)}


def test_digits_are_scikit_learns_in_their_order():
    ours, (theirs, labels) = load_dataset("digits"), load_digits(return_X_y=True)
    levels = ours.examples.flatten(1).double() * 16 / 255
    assert float((levels - torch.from_numpy(theirs)).abs().max()) <= 16 / 255 / 2 + 1e-9  # half a level of 255
    assert (int(ours.examples.min()), int(ours.examples.max())) == (0, 255)
    assert ours.labels.tolist() == labels.tolist()
    assert len(ours.splits["validation"]) == len(ours.splits["test"]) == 180


@pytest.mark.parametrize("count", [1, 2, 3, 4, 10, 101, 1797])
def test_divided_gives_each_row_to_one_split(count):
    splits = divided(count)
    assert torch.equal(torch.cat(list(splits.values())).sort().values, torch.arange(count))
    assert len(splits["validation"]) == len(splits["test"])
    assert len(splits["test"]) == pytest.approx(count / 10, abs=0.5 if count > 4 else 1)
    assert len(splits["train"]) >= 1
    assert count < 3 or len(splits["test"]) >= 1


def test_divided_is_fixed_and_mixes():
    assert all(torch.equal(divided(100)[name], divided(100)[name]) for name in SPLITS)
    assert not torch.equal(divided(100)["test"], torch.arange(90, 100))


def test_held_out_takes_rows_from_all_over():
    train, validation = held_out(60_000, for_validation(60_000))
    assert (len(train), len(validation)) == (55_000, 5_000)
    assert torch.equal(torch.cat([train, validation]).sort().values, torch.arange(60_000))
    # A uniform draw of 5,000 rows has its mean within four standard errors of the middle.
    assert float(validation.double().mean()) == pytest.approx(30_000, abs=4 * 60_000 / (12 * 5_000) ** 0.5)
    assert for_validation(9_000) == 900
