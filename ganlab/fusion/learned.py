"""Learned shares of a mixture, and what they promise before it draws anything: pure functions of features.

By the kernel distance (KID's squared MMD, Binkowski et al. 2018, arXiv:1801.01401; as shares of a mixture Rezaei
et al. 2025, arXiv:2412.17622), with K_ij and k_i the mean kernels of members i, j and of member i with real rows,
and c that of real rows:

    L(a) = a'Ka - 2k'a + c = a'Ea,    E_ij = <e_i, e_j> = K_ij - k_i - k_j + c,    a_i >= 0,  sum_i a_i = 1

e_i is the error of member i: its mean embedding less the real one.  So a mixture of M equally good members whose
errors correlate by rho keeps rho + (1 - rho) / M of a member's distance, and one more member j helps the best one b
if and only if <e_b, e_j> < <e_b, e_b>.

By the Fréchet distance, with the moments of a mixture in closed form (m_i, S_i those of the members):

    m = sum_i a_i m_i,    S = sum_i a_i (S_i + m_i m_i') - m m'

Weakness: shares fit the real rows they were given; report them on others.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement

import numpy as np
import torch
from scipy import optimize

from ganlab.fusion.simplex import least_on_simplex
from ganlab.metrics import frechet
from ganlab.metrics.frechet import Moments

_BLOCK = 2_000  # rows of a product of features: 2,000 x 2,000 float64 are 32 MB
_ROUNDING = 1e-12


@dataclass(frozen=True)
class Gram:
    """Mean kernels, float64.

    Attributes:
        members: [M, M], K of members with each other.
        real: [M], k of members with real rows.
        offset: c, of real rows with each other.
    """

    members: np.ndarray
    real: np.ndarray
    offset: float

    @property
    def errors(self) -> np.ndarray:
        """Return E [M, M]: products of the members' errors, their squared MMD on the diagonal."""
        return self.members - self.real[:, None] - self.real[None, :] + self.offset

    def distance(self, weights: Sequence[float]) -> float:
        """Return L, the squared MMD between the mixture with these weights (scaled to 1) and real rows."""
        a = np.asarray(weights, np.float64) / np.sum(weights)
        return float(a @ self.errors @ a)


@dataclass(frozen=True)
class Forecast:
    """What mixing promises, read off the Gram matrix.

    Attributes:
        weights: [M], of the best mixture.
        distance: Its squared MMD.
        distances: [M], each member's own squared MMD; without bias, so it may be negative.
        best: Which member is best alone.
        gain: The part of the best one's distance that the best mixture saves, from 0 to 1.
        correlation: [M, M] of the members' errors; NaN where a member shows none.
        helps: For each member whether a little of it makes the best one better.
    """

    weights: np.ndarray
    distance: float
    distances: np.ndarray
    best: int
    gain: float
    correlation: np.ndarray
    helps: tuple[bool, ...]


def gram(members: Sequence[np.ndarray], real: np.ndarray) -> Gram:
    """Return the mean kernels of M members' features [n, d] and real ones [m, d]; see ``comparing``."""
    *_, found = comparing(members, real)
    return found


def comparing(members: Sequence[np.ndarray], real: np.ndarray) -> Iterator[float | Gram]:
    """Yield the share of all pairs of sets compared so far, at the end the mean kernels.

    The U-statistic: no row meets itself.  With its own kernel it would add a constant over n to K_ii alone, and
    even shares would look better than they are.  Nor does row r of a member meet row r of another: members
    that draw from one noise (of one seed) share it there, and the mean over other rows is that of
    independent ones.
    """
    sets = [*members, real]
    last, pairs = len(members), list(combinations_with_replacement(range(len(sets)), 2))
    means = np.empty((len(sets), len(sets)))
    for done, (i, j) in enumerate(pairs, 1):
        apart = i == j or j < last
        means[i, j] = means[j, i] = mean_kernel(sets[i], sets[j], same=i == j, apart=apart)
        yield done / len(pairs)
    yield Gram(means[:last, :last], means[:last, last], float(means[last, last]))


def kernel_weights(found: Gram) -> np.ndarray:
    """Return the shares [M] that minimise L: never worse, on these rows, than the best member alone."""
    errors = found.errors
    scale = np.abs(errors).max() or 1.0
    shares = least_on_simplex(errors)
    best = int(np.diag(errors).argmin())
    # The ridge leans towards even shares: where one member is the data itself, that would cost a little.
    return shares if found.distance(shares) <= errors[best, best] + _ROUNDING * scale else np.eye(len(errors))[best]


def forecast(found: Gram) -> Forecast:
    """Return what the best mixture of these members promises beside the best one alone."""
    errors, weights = found.errors, kernel_weights(found)
    distances = np.diag(errors).copy()
    best, distance = int(distances.argmin()), found.distance(weights)
    sizes = np.sqrt(np.where(distances > 0, distances, np.nan))
    return Forecast(
        weights=weights,
        distance=distance,
        distances=distances,
        best=best,
        gain=float(np.clip(1 - distance / distances[best], 0, 1)) if distances[best] > 0 else 0.0,
        correlation=np.clip(errors / np.outer(sizes, sizes), -1, 1),
        helps=tuple(bool(each < distances[best]) for each in errors[best]),
    )


def mixed(moments: Sequence[Moments], weights: Sequence[float]) -> Moments:
    """Return the moments of a mixture; its rows count as 1 / sum_i (a_i^2 / n_i) independent ones."""
    a = np.asarray(weights, np.float64) / np.sum(weights)
    mean = sum(share * each.mean for share, each in zip(a, moments, strict=True))
    second = sum(s * (each.covariance + np.outer(each.mean, each.mean)) for s, each in zip(a, moments, strict=True))
    rows = 1 / sum(share**2 / each.n for share, each in zip(a, moments, strict=True))
    return Moments(mean, second - np.outer(mean, mean), round(rows))


def predicted_frechet(moments: Sequence[Moments], real: Moments, weights: Sequence[float]) -> float:
    """Return the Fréchet distance that a mixture will be measured at, with as many rows as a member has.

    Moments pooled from M members stand on more rows, which alone makes the distance smaller (SCIENCE of small
    samples, ``frechet.bias``); this much is added again.  Members are taken for independently drawn.
    """
    a = np.asarray(weights, np.float64) / np.sum(weights)
    return frechet.frechet_distance(mixed(moments, a), real) + _debias(moments, real, a)[0]


def frechet_weights(moments: Sequence[Moments], real: Moments) -> np.ndarray:
    """Return the shares [M] that minimise ``predicted_frechet``: never worse than the best member alone.

    The distance of a mixture is convex in its shares: it is a linear function less twice
    tr((R S(a) R)^1/2) with R R the real covariance, S(a) is concave, and the trace of a root is monotone and concave.
    Only the small correction for rows is not, so the search starts in the middle and in every corner.
    """
    corners = np.eye(len(moments))
    alone = [predicted_frechet(moments, real, corner) for corner in corners]
    scale = min(alone) or 1.0
    steepness = _Steepness(moments, real)

    def scaled(a: np.ndarray) -> tuple[float, np.ndarray]:
        value, slope = steepness(a)
        return value / scale, slope / scale

    found = [corners[int(np.argmin(alone))]]
    for start in (np.full(len(moments), 1 / len(moments)), *corners):
        end = optimize.minimize(
            scaled,
            start,
            jac=True,
            method="SLSQP",
            bounds=[(0, 1)] * len(moments),
            constraints={"type": "eq", "fun": lambda a: a.sum() - 1, "jac": np.ones_like},
            options={"ftol": 1e-10, "maxiter": 200},
        )
        shares = np.clip(end.x, 0, None)
        found.append(shares / shares.sum())
    return min(found, key=lambda shares: predicted_frechet(moments, real, shares))


class _Steepness:
    """The predicted Fréchet distance of shares and its gradient.

    With T_i = R (S_i + m_i m_i') R and v_i = R m_i, all means less the real one, it is
    ``sum_i a_i tr(S_i + m_i m_i') + tr(S_r) - 2 tr(W^1/2)`` where ``W = sum_i a_i T_i - v v'``, ``v = sum_i a_i v_i``.
    """

    def __init__(self, moments: Sequence[Moments], real: Moments) -> None:
        self.moments, self.real = moments, real
        values, vectors = np.linalg.eigh(real.covariance)
        root = (vectors * np.sqrt(np.clip(values, 0, None))) @ vectors.T
        means = np.stack([each.mean - real.mean for each in moments])
        seconds = [each.covariance + np.outer(mean, mean) for each, mean in zip(moments, means, strict=True)]
        self.linear = np.array([np.trace(each) for each in seconds])
        self.offset = np.trace(real.covariance)
        self.turned = np.stack([root @ each @ root for each in seconds])
        self.shifts = means @ root

    def __call__(self, a: np.ndarray) -> tuple[float, np.ndarray]:
        shift = a @ self.shifts
        values, vectors = np.linalg.eigh(np.tensordot(a, self.turned, 1) - np.outer(shift, shift))
        floor = values.max() * _ROUNDING
        roots = np.sqrt(np.clip(values, 0, None))
        inverse = np.where(values > floor, 1 / np.sqrt(np.clip(values, floor or 1.0, None)), 0)
        half = (vectors * inverse) @ vectors.T  # W^-1/2, and d tr(W^1/2) = tr(W^-1/2 dW) / 2
        slope = np.tensordot(self.turned, half, 2) - 2 * self.shifts @ half @ shift
        extra, steeper = _debias(self.moments, self.real, a)
        return float(self.linear @ a + self.offset - 2 * roots.sum() + extra), self.linear - slope + steeper


def _debias(moments: Sequence[Moments], real: Moments, a: np.ndarray) -> tuple[float, np.ndarray]:
    """Return by how much pooled rows make the distance seem smaller than a member's rows would, and the gradient."""
    rows = np.array([each.n for each in moments], np.float64)
    of_one = frechet.bias(real.covariance, 1, 1) / 2
    return of_one * float(((a - a**2) / rows).sum()), of_one * (1 - 2 * a) / rows


def mean_kernel(x: np.ndarray, y: np.ndarray, *, same: bool = False, apart: bool = False) -> float:
    """Return the mean of (x_r . y_s / d + 1)^3 over all rows r, s, or with ``apart`` over those with r != s.

    ``same`` says that both are one set, which saves half the work.
    """
    one, other = (torch.from_numpy(np.asarray(each, np.float64) / each.shape[1] ** 0.5) for each in (x, y))
    total = 0.0
    for start in range(0, len(one), _BLOCK):
        # Of a set with itself the blocks below the diagonal are those above it once more.
        for begin in range(start if same else 0, len(other), _BLOCK):
            kernels = (one[start : start + _BLOCK] @ other[begin : begin + _BLOCK].T).add_(1).pow_(3)
            part = float(kernels.sum())
            if apart and begin == start:
                part -= float(kernels.diagonal().sum())
            total += part * (2 if same and begin > start else 1)
    return total / (len(one) * len(other) - (min(len(one), len(other)) if apart else 0))
