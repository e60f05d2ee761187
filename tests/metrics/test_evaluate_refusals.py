"""What cannot be measured is refused in one sentence, and never shown as a number."""

import math

import numpy as np
import pytest
import torch

from ganlab.errors import MetricError
from ganlab.metrics import evaluate
from ganlab.metrics.evaluate import of_images, quick
from ganlab.metrics.reference import Reference


def everything(path):
    return [each for each in path.rglob("*") if each.is_file()]


def small(reference, **rows):
    features = {name: each[: rows.get(name, len(each))] for name, each in reference.features.items()}
    return Reference("digits", features, reference.pixels)


class NoNumber(torch.nn.Module):
    def forward(self, x):
        return torch.full((len(x), 64), float("nan"))


REFUSED = {
    "too few": (lambda e, r, x: (x[:99], e, r), "99 pictures cannot be measured: give 100 to 100,000"),
    "none": (lambda e, r, x: (x[:0], e, r), "0 pictures cannot be measured"),
    "too many": (lambda e, r, x: (np.broadcast_to(x[:1], (100_001, 8, 8, 1)), e, r), "100,001 pictures cannot be"),
    "no numbers": (lambda e, r, x: (x, type(e)(e.card, NoNumber()), r), "x: some pictures give features that are not"),
    "channels": (lambda e, r, x: (x.repeat(3, 3), e, r), r"reads uint8 pictures \[n, 8, 8, 1\], not uint8 \[300, 8, 8"),
    "size": (lambda e, r, x: (x.repeat(2, 1), e, r), r"reads uint8 pictures \[n, 8, 8, 1\], not uint8 \[300, 16, 8"),
    "floats": (lambda e, r, x: (x / 255, e, r), "not float64"),
    "no channels": (lambda e, r, x: (x[..., 0], e, r), r"not uint8 \[300, 8, 8\]"),
    "few reals": (lambda e, r, x: (x, e, small(r, test=99)), "Only 99 real pictures to measure against"),
    "no reals": (lambda e, r, x: (x, e, small(r, test=0)), "The test split of 'digits' is empty"),
}


@pytest.mark.parametrize(("given", "told"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_measured_is_refused_with_a_sentence(extractor, reference, noise, workspace, given, told):
    images, extractor, reference = given(extractor, reference, noise)
    with pytest.raises(MetricError, match=told) as caught:
        evaluate.evaluate(of_images(images, "x"), extractor, reference)
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)
    assert not workspace.exists() or everything(workspace) == []


@pytest.mark.parametrize("case", ["no numbers", "channels", "size", "floats", "no channels", "no reals"])
def test_quick_refuses_the_same(extractor, reference, noise, case):
    given, told = REFUSED[case]
    images, extractor, reference = given(extractor, reference, noise)
    with pytest.raises(MetricError, match=told):
        quick(of_images(images, "x"), extractor, reference, "test")


def test_quick_needs_two_of_each(extractor, reference, noise):
    for images, known in ((noise[:1], reference), (noise, small(reference, test=1))):
        with pytest.raises(MetricError, match="at least"):
            quick(of_images(images, "x"), extractor, known, "test")


def test_a_small_validation_split_still_gives_numbers(extractor, reference, noise):
    found = quick(of_images(noise, "x"), extractor, small(reference, validation=5), "validation")
    assert all(math.isfinite(value) for value in found.values())


def test_without_training_pictures_there_is_no_nearness_and_no_floor(extractor, reference, noise):
    measured = evaluate.evaluate(of_images(noise, "x"), extractor, small(reference, train=50))
    assert "nearness" not in measured.numbers
    assert measured.floors == {}
