"""Sharpness, likeness of pairs, and diversity: slow tellings, scipy, and what blur and collapse do."""

import numpy as np
import pytest
from references import measures as by_hand

from ganlab.metrics import pixels
from ganlab.metrics.diversity import pairwise_distance


def noise(n, side, channels=1, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (n, side, side, channels), dtype=np.uint8)


def blurred(images, sigma=1.0):
    from scipy.ndimage import gaussian_filter

    return gaussian_filter(images.astype(np.float64), (0, sigma, sigma, 0)).round().astype(np.uint8)


@pytest.mark.parametrize("channels", [1, 3])
def test_sharpness_is_the_variance_of_the_laplacian(channels):
    from scipy.ndimage import laplace

    images = noise(4, 9, channels)
    wanted = [by_hand.laplacian_variance(image) for image in images]
    np.testing.assert_allclose(pixels.sharpness(images), wanted, rtol=1e-5)
    inner = [laplace(image.mean(2) / 255)[1:-1, 1:-1].var() for image in images]
    np.testing.assert_allclose(pixels.sharpness(images), inner, rtol=1e-5)


def test_a_flat_picture_and_a_ramp_have_no_edges():
    ramp = np.broadcast_to(np.arange(0, 160, 10, dtype=np.uint8)[None, None, :, None], (1, 16, 16, 1))
    assert pixels.sharpness(np.full((1, 16, 16, 1), 77, np.uint8)) == [0]
    assert pixels.sharpness(ramp) == pytest.approx(0, abs=1e-12)


def test_blur_lowers_sharpness_more_the_wider_it_is(pictures):
    images = pictures("test")
    means = [pixels.sharpness(each).mean() for each in (images, blurred(images, 0.6), blurred(images, 1.2))]
    assert means[0] > 1.5 * means[1] > 2 * means[2]


@pytest.mark.parametrize(("side", "scales"), [(8, 1), (12, 1), (28, 3), (29, 3)])
def test_likeness_agrees_with_the_paper(monkeypatch, side, scales):
    images = blurred(noise(6, side, 1), 1.5)
    left, right = pixels._pairs(6, 4, seed=3)
    betas = np.array([0.0448, 0.2856, 0.3001][:scales])
    each = [
        by_hand.ms_ssim(images[i, :, :, 0] / 255, images[j, :, :, 0] / 255, betas / betas.sum())
        for i, j in zip(left, right, strict=True)
    ]
    assert pixels.ms_ssim(images, seed=3, pairs=4).value == pytest.approx(np.mean(each), rel=1e-3)


def test_one_picture_again_and_again_is_wholly_alike_and_noise_is_not():
    alike = np.repeat(blurred(noise(1, 28)), 50, axis=0)
    assert pixels.ms_ssim(alike).value == pytest.approx(1, abs=1e-5)
    assert pixels.ms_ssim(noise(50, 28)).value < 0.1
    blank = pixels.ms_ssim(np.zeros((50, 28, 28, 1), np.uint8))
    assert blank.value == pytest.approx(1, abs=1e-5)
    assert blank.low <= blank.value <= blank.high


@pytest.mark.parametrize("side", [4, 5, 6, 7, 8])
def test_the_smallest_pictures_have_a_likeness_too(side):
    found = pixels.ms_ssim(noise(20, side, 3))
    assert 0 <= found.low <= found.value <= found.high <= 1


def test_real_pictures_of_one_class_are_more_alike_than_of_all(digits, pictures):
    images, labels = pictures("train"), digits.split("train")[1].numpy()
    assert pixels.ms_ssim(images[labels == 0]).value > pixels.ms_ssim(images).value + 0.1


def test_pairs_hold_two_different_pictures_and_follow_the_seed(global_chance):
    left, right = pixels._pairs(7, 500, seed=0)
    assert (left != right).all()
    assert set(left) == set(right) == set(range(7))
    images = noise(30, 28)
    assert pixels.ms_ssim(images, 1) == pixels.ms_ssim(images, 1) != pixels.ms_ssim(images, 2)


def test_diversity_is_the_mean_distance_of_scipy():
    from scipy.spatial.distance import pdist

    features = np.random.default_rng(0).standard_normal((1203, 6)).astype(np.float32)  # more than one block
    assert pairwise_distance(features).value == pytest.approx(pdist(features.astype(np.float64)).mean(), rel=1e-9)
    assert pairwise_distance(features[:20]).value == pytest.approx(by_hand.mean_distance(features[:20]), rel=1e-9)


def test_diversity_of_a_gaussian_is_known():
    """Two rows differ by N(0, 2 I): 2 Gamma((d + 1) / 2) / Gamma(d / 2)."""
    from math import gamma

    features = np.random.default_rng(0).standard_normal((3000, 10))
    found = pairwise_distance(features)
    wanted = 2 * gamma(5.5) / gamma(5)
    assert found.value == pytest.approx(wanted, rel=0.02)
    assert found.low < wanted < found.high


def test_diversity_falls_to_zero_in_collapse_and_does_not_mind_order_or_turning():
    rng = np.random.default_rng(0)
    features = rng.standard_normal((200, 6))
    assert pairwise_distance(np.repeat(features[:1], 200, axis=0)).value == pytest.approx(0, abs=1e-6)
    assert pairwise_distance(0.1 * features).value == pytest.approx(0.1 * pairwise_distance(features).value)
    turn = np.linalg.qr(rng.standard_normal((6, 6)))[0]
    assert pairwise_distance(features[::-1] @ turn + 7).value == pytest.approx(pairwise_distance(features).value)
