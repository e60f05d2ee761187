"""Measures of class probabilities: Inception Score, classes covered, divergence of the class histogram.

They see what the classifier sees: a member that draws one perfect picture of each class scores well on all
of them.
"""

import numpy as np
import torch
from torch_fidelity.metric_isc import KEY_METRIC_ISC_MEAN, KEY_METRIC_ISC_STD, isc_features_to_metric

from ganlab.metrics.interval import Interval, replicates

SPLITS = 10
COVERED = 0.1  # a class counts as covered from a tenth of its real share on


def inception_score(probabilities: np.ndarray, seed: int = 0) -> Interval:
    """Return exp of the mean divergence of p(y|x) from p(y), [n, classes] (Salimans et al. 2016, arXiv:1606.03498).

    Computed by torch-fidelity on ten parts; the interval is that of their mean.  From 1 (every picture is
    judged alike) to the number of classes.
    """
    logits = torch.from_numpy(np.log(np.clip(probabilities, 1e-300, None)))
    found = isc_features_to_metric(logits, splits=SPLITS, shuffle=True, rng_seed=seed % 2**32)
    deviation = found[KEY_METRIC_ISC_STD] / np.sqrt(SPLITS - 1)
    return Interval.spread(found[KEY_METRIC_ISC_MEAN], deviation, 1.0, probabilities.shape[1])


def shares(probabilities: np.ndarray) -> np.ndarray:
    """Return the share of each class, every picture counted for its most probable one; float64 [classes]."""
    return np.bincount(probabilities.argmax(1), minlength=probabilities.shape[1]) / len(probabilities)


def covered(fake: np.ndarray, real: np.ndarray) -> np.ndarray:
    """Return which classes are covered, bool [classes]: those with at least a tenth of their real share."""
    return (real > 0) & (fake >= COVERED * real * (1 - 1e-9))  # a tenth of 0.1 is a little more than 0.01


def modes(fake: np.ndarray, real: np.ndarray) -> int:
    """Return how many classes are covered."""
    return int(covered(fake, real).sum())


def kl_divergence(fake: np.ndarray, real: np.ndarray) -> float:
    """Return KL(fake || real) of class shares, in nats; a share of a class without reals counts as one in a million."""
    there = fake > 0
    return float((fake[there] * np.log(fake[there] / np.maximum(real[there], 1e-6))).sum())


def kl_floor(classes: int, n: int) -> float:
    """Return the mean divergence of n pictures of the real law itself: (classes - 1) / 2n."""
    return (classes - 1) / (2 * n)


def class_kl(probabilities: np.ndarray, real: np.ndarray, seed: int = 0, repeats: int = 200) -> Interval:
    """Return the divergence of the pictures' class histogram from real shares, with a bootstrap interval."""
    names = probabilities.argmax(1)
    value = kl_divergence(shares(probabilities), real)
    draws = []
    for counts in replicates(len(names), repeats, seed, "classes"):
        drawn = np.bincount(names, weights=counts, minlength=probabilities.shape[1])
        draws.append(kl_divergence(drawn / drawn.sum(), real))
    return Interval.around(value, draws)


def wrong_shares(fake: np.ndarray, real: np.ndarray, names: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """Return the classes that are missing, and those with more than one and a half times their real share."""
    present = covered(fake, real)
    missing = [name for name, there, share in zip(names, present, real, strict=True) if not there and share > 0]
    return missing, [name for name, f, r in zip(names, fake, real, strict=True) if f > 1.5 * r + 0.01]
