"""What every shipped extractor must see: pictures that are harmed more are farther from real ones."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter

from ganlab.data import DATASETS, load_here
from ganlab.data.shapes import LATENTS, render
from ganlab.images import to_uint8
from ganlab.metrics import shelf
from ganlab.metrics.frechet import frechet_distance, moments

N = 500
SHIPPED = {name: place.card for name, place in shelf.places().items() if place.shipped}
every = pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[] if DATASETS[card.dataset].facts["embedded"] else pytest.mark.data)
        for name, card in SHIPPED.items()
    ],
)


def blurred(images, much):
    sigma = much * images.shape[1] / 16
    return gaussian_filter(images.astype(np.float64), (0, sigma, sigma, 0)).round().astype(np.uint8)


def noisy(images, much):
    noise = np.random.default_rng(0).normal(0, 127.5 * much, images.shape)
    return (images + noise).clip(0, 255).round().astype(np.uint8)


def mixed(images, much):
    """As many pictures, a share of them of another kind: shapes drawn by rules."""
    n, shape = round(len(images) * much), (images.shape[3], *images.shape[1:3])
    foreign = render(torch.randn(n, LATENTS, generator=torch.Generator().manual_seed(0)), shape)
    return np.concatenate([images[n:], to_uint8(foreign)])


HARMS = {"blur": (blurred, (0.8, 1.6, 3.2)), "noise": (noisy, (0.2, 0.4, 0.8)), "foreign": (mixed, (0.1, 0.3, 0.6))}


def seen(name):
    """An extractor, real training pictures uint8 [N, H, W, C], and the moments of what it sees in the test split."""
    card = SHIPPED[name]
    data = load_here(card.dataset, card.shape)
    if data is None:
        pytest.skip(f"{card.dataset} is not on this machine: name a folder that has it in GANLAB_DATA")
    *_, (extractor, reference) = shelf.opened(name, card.dataset, card.shape)
    real = data.split("train")[0][:: len(data.splits["train"]) // N][:N].permute(0, 2, 3, 1).contiguous().numpy()
    return extractor, real, moments(reference.split("test"))


@every
def test_more_harm_is_a_larger_distance(name):
    extractor, real, known = seen(name)
    for harm, (done, levels) in HARMS.items():
        told = [
            frechet_distance(moments(extractor.features(each)), known)
            for each in [real, *(done(real, much) for much in levels)]
        ]
        # Two draws of 500 pictures differ by a tenth: harm that an extractor cannot see yet may fall within.
        assert all(more > 0.9 * less for less, more in pairwise(told)), (harm, told)
        assert told[-1] > 2 * told[0], (harm, told)


def test_every_set_has_a_first_extractor_and_one_that_no_fit_has_seen():
    for dataset in {card.dataset for card in SHIPPED.values()}:
        shape = DATASETS[dataset].facts["shape"]
        first, second, *_ = shelf.fitting(dataset, shape)
        assert first == shelf.made_first(dataset, shape)
        assert (SHIPPED[first].kind == "classifier") == bool(DATASETS[dataset].facts["classes"])
        assert SHIPPED[second].kind == shelf.SECOND
