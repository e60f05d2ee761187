import random

import numpy as np
import pytest
import torch

from ganlab.data.batches import Batches

CPU = torch.device("cpu")


def numbered(n):
    """Pictures uint8 [n, 1, 2, 2] that can be told apart after scaling."""
    return torch.arange(n, dtype=torch.uint8)[:, None, None, None].expand(n, 1, 2, 2).contiguous()


def rows_of(batch):
    return ((batch[:, 0, 0, 0] + 1) * 127.5).round().long().tolist()


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def pictures(n=400, seed=0):
    return torch.randint(0, 256, (n, 3, 9, 7), dtype=torch.uint8, generator=rng(seed))


@pytest.mark.parametrize("k", [0, 3, 9, 10, 25])
def test_batch_k_follows_from_seed_and_k_alone(k):
    walked = Batches(numbered(50), 5, seed=3, device=CPU)
    for _ in range(k):
        walked.draw(rng())[0]
    jumped = Batches(numbered(50), 5, seed=3, device=CPU)
    jumped.drawn = k
    assert torch.equal(walked.draw(rng())[0], jumped.draw(rng(9))[0])
    assert walked.drawn == jumped.drawn == k + 1


def test_going_back_gives_the_same_batch_again():
    batches = Batches(numbered(50), 5, seed=3, device=CPU)
    drawn = [batches.draw(rng())[0] for _ in range(12)]
    batches.drawn = 4
    assert torch.equal(batches.draw(rng())[0], drawn[4])


def test_an_epoch_visits_each_row_at_most_once_and_epochs_differ():
    batches = Batches(numbered(53), 5, seed=0, device=CPU)
    epochs = [[row for _ in range(10) for row in rows_of(batches.draw(rng())[0])] for _ in range(2)]
    assert all(len(set(epoch)) == 50 for epoch in epochs)
    assert epochs[0] != epochs[1]


def test_a_dividing_batch_size_visits_every_row():
    batches = Batches(numbered(50), 5, seed=0, device=CPU)
    assert sorted(row for _ in range(10) for row in rows_of(batches.draw(rng())[0])) == list(range(50))


def test_another_seed_is_another_order():
    first, second = (Batches(numbered(50), 50, seed=seed, device=CPU).draw(rng())[0] for seed in (0, 1))
    assert rows_of(first) != rows_of(second)


@pytest.mark.parametrize("augment", ["none", "shift", "flip"])
def test_pictures_are_floats_from_minus_one_to_one(augment):
    images = pictures()
    images[0], images[1] = 0, 255
    batch = Batches(images, 400, seed=0, device=CPU, augment=augment).draw(rng())[0]
    assert batch.dtype == torch.float32
    assert batch.shape == images.shape
    assert (float(batch.min()), float(batch.max())) == (-1, 1)


def test_points_come_as_they_are():
    points = torch.randn(40, 2, generator=rng())
    batch = Batches(points, 40, seed=0, device=CPU).draw(rng())[0]
    assert sorted(batch.tolist()) == sorted(points.tolist())


def as_drawn(images, augment, seed=0):
    """The pictures in their own order, changed as Batches changes them, as uint8."""
    batches = Batches(images, len(images), seed=1, device=CPU, augment=augment)
    batches._epoch, batches._order = 0, torch.arange(len(images))
    return ((batches.draw(rng(seed))[0] + 1) * 127.5).round().byte()


def test_shift_moves_by_at_most_two_pixels_and_repeats_the_border():
    images = pictures()
    wide = np.pad(images.numpy(), ((0, 0), (0, 0), (2, 2), (2, 2)), mode="edge")
    moved, seen = as_drawn(images, "shift").numpy(), set()
    for row in range(len(images)):
        fits = [
            (y, x) for y in range(5) for x in range(5) if np.array_equal(moved[row], wide[row, :, y : y + 9, x : x + 7])
        ]
        assert len(fits) == 1
        seen.add(fits[0])
    assert len(seen) == 25  # each way is missed by 400 pictures once in 10 million


def test_flip_mirrors_about_half_and_twice_is_not_at_all():
    images = pictures()
    once = as_drawn(images, "flip")
    mirrored = [torch.equal(a, b.flip(2)) for a, b in zip(once, images, strict=True)]
    kept = [torch.equal(a, b) for a, b in zip(once, images, strict=True)]
    assert all(a != b for a, b in zip(mirrored, kept, strict=True))
    assert 140 < sum(mirrored) < 260  # six standard deviations of 400 fair coins
    assert torch.equal(as_drawn(once, "flip"), images)


@pytest.mark.parametrize("augment", ["none", "shift", "flip"])
def test_drawing_touches_no_global_generator_and_not_the_examples(augment):
    before = torch.get_rng_state(), np.random.get_state()[1].copy(), random.getstate()
    images = pictures(40)
    kept = images.clone()
    batches = Batches(images, 8, seed=0, device=CPU, augment=augment)
    first = [batches.draw(rng())[0] for _ in range(7)]
    assert torch.equal(before[0], torch.get_rng_state())
    assert (before[1] == np.random.get_state()[1]).all()
    assert before[2] == random.getstate()
    assert torch.equal(images, kept)
    again = Batches(images, 8, seed=0, device=CPU, augment=augment)
    assert all(torch.equal(a, again.draw(rng())[0]) for a in first)
