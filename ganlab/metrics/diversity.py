"""Diversity: how far apart two pictures of one member lie on average."""

import numpy as np
import torch

from ganlab.metrics.interval import Interval

_ROWS = 1_000


def pairwise_distance(features: np.ndarray) -> Interval:
    """Return the mean distance of two different rows of features [n, d].

    The interval follows from the spread of the rows' own mean distances (Hoeffding 1948: the variance of a
    mean over pairs is four times theirs, over n).  Compare with real pictures: noise is diverse, too.
    """
    rows = torch.from_numpy(features.astype(np.float64))
    rows -= rows.mean(0)
    n, lengths, means = len(rows), rows.square().sum(1), []
    for start in range(0, n, _ROWS):
        part = rows[start : start + _ROWS]
        squares = torch.addmm(lengths, part, rows.T, alpha=-2).add_(part.square().sum(1)[:, None])
        own = torch.arange(len(part))
        squares[own, start + own] = 0
        means.append(squares.clamp_(min=0).sqrt_().sum(1) / (n - 1))
    mean = torch.cat(means)
    return Interval.spread(float(mean.mean()), 2 * float(mean.std()) / n**0.5, 0)
