"""Measures as their papers print them: row by row, pair by pair, no vector tricks."""

import math
from statistics import fmean

import numpy as np
import scipy.linalg


def frechet(a, b):
    """Eq. 6 of arXiv:1706.08500 with the root of the product S1 S2 itself, by scipy."""
    m1, m2 = (np.mean(rows, axis=0) for rows in (a, b))
    s1, s2 = (np.cov(rows, rowvar=False) for rows in (a, b))
    root = scipy.linalg.sqrtm(s1 @ s2).real
    return float((m1 - m2) @ (m1 - m2) + np.trace(s1 + s2 - 2 * root))


def frechet_bias(values, n, m):
    """SCIENCE of small samples: tr(S)(1/n + 1/m) + (1/2)(1/n + 1/m) sum_ij (1 + d_ij) l_i l_j / (l_i + l_j)."""
    total = sum(values)
    for i, one in enumerate(values):
        for j, other in enumerate(values):
            total += 0.5 * (2 if i == j else 1) * one * other / (one + other)
    return total * (1 / n + 1 / m)


def mmd2(x, y):
    """Eq. 4 of arXiv:1801.01401, the U-statistic with the kernel (x.y / d + 1)^3."""

    def mean(pairs):
        return fmean((float(a @ b) / len(a) + 1) ** 3 for a, b in pairs)

    within = sum(mean((a, b) for i, a in enumerate(s) for j, b in enumerate(s) if i != j) for s in (x, y))
    return within - 2 * mean((a, b) for a in x for b in y)


def inception_score(probabilities):
    """Exp of the mean over pictures of sum_y p(y|x) log(p(y|x) / p(y)): arXiv:1606.03498, section 4."""
    n, classes = probabilities.shape
    overall = [fmean(probabilities[:, y]) for y in range(classes)]
    kl = [sum(p * math.log(p / q) for p, q in zip(probabilities[i], overall, strict=True) if p > 0) for i in range(n)]
    return math.exp(fmean(kl))


def distance(a, b):
    return math.sqrt(sum((float(p) - float(q)) ** 2 for p, q in zip(a, b, strict=True)))


def radii(rows, k):
    """NND_k: the distance from each row to its k-th nearest other row."""
    return [sorted(distance(a, b) for j, b in enumerate(rows) if j != i)[k - 1] for i, a in enumerate(rows)]


def neighbours(fake, real, k):
    """Precision and recall (arXiv:1904.06991, eq. 1 and 2), density and coverage (arXiv:2002.09797, eq. 4 and 6)."""
    of_real, of_fake = radii(real, k), radii(fake, k)
    apart = [[distance(f, r) for r in real] for f in fake]
    precision = fmean(any(d <= radius for d, radius in zip(row, of_real, strict=True)) for row in apart)
    recall = fmean(any(apart[i][j] <= of_fake[i] for i in range(len(fake))) for j in range(len(real)))
    density = sum(d <= radius for row in apart for d, radius in zip(row, of_real, strict=True)) / (k * len(fake))
    coverage = fmean(any(apart[i][j] <= of_real[j] for i in range(len(fake))) for j in range(len(real)))
    return {"precision": precision, "recall": recall, "density": density, "coverage": coverage}


def mean_distance(rows):
    return fmean(distance(a, b) for i, a in enumerate(rows) for b in rows[i + 1 :])


def laplacian_variance(image):
    """Of grey levels from 0 to 1, over pixels that have four neighbours (Pech-Pacheco et al. 2000)."""
    grey = [[fmean(float(c) for c in pixel) / 255 for pixel in row] for row in image]
    edges = [
        grey[y - 1][x] + grey[y + 1][x] + grey[y][x - 1] + grey[y][x + 1] - 4 * grey[y][x]
        for y in range(1, len(grey) - 1)
        for x in range(1, len(grey[0]) - 1)
    ]
    return fmean((edge - fmean(edges)) ** 2 for edge in edges)


def ms_ssim(a, b, betas, side=7, sigma=0.9):
    """Eq. 7 of Wang et al. 2003: contrast and structure of all scales, luminance of the coarsest, pictures halved.

    Windows slide without a border, but the coarsest pictures, which may hold one window only, are continued by their
    mirror image; a negative contrast term counts as none.  a, b: [H, W] from 0 to 1.
    """
    offsets = np.arange(side) - side // 2
    weights = np.exp(-(offsets**2) / (2 * sigma**2))
    window = np.outer(weights, weights) / weights.sum() ** 2
    c1, c2 = 0.01**2, 0.03**2
    product = 1.0
    for scale, beta in enumerate(betas):
        last = scale == len(betas) - 1
        if last:
            a, b = (np.pad(each, side // 2, mode="reflect") for each in (a, b))
        luminance, contrast = [], []
        for y in range(a.shape[0] - side + 1):
            for x in range(a.shape[1] - side + 1):
                p, q = a[y : y + side, x : x + side], b[y : y + side, x : x + side]
                mp, mq = (window * p).sum(), (window * q).sum()
                vp, vq = (window * (p - mp) ** 2).sum(), (window * (q - mq) ** 2).sum()
                cov = (window * (p - mp) * (q - mq)).sum()
                luminance.append((2 * mp * mq + c1) / (mp**2 + mq**2 + c1))
                contrast.append((2 * cov + c2) / (vp + vq + c2))
        term = fmean(p * q for p, q in zip(luminance, contrast, strict=True)) if last else fmean(contrast)
        product *= max(term, 0.0) ** beta
        height, width = a.shape[0] // 2 * 2, a.shape[1] // 2 * 2
        a, b = (each[:height, :width].reshape(height // 2, 2, width // 2, 2).mean((1, 3)) for each in (a, b))
    return product


def expected_coverage(n, m, k=5):
    """Naeem et al. 2020: mean coverage of m fakes and n reals of one law, 1 - prod_{i=1..k} (n - i) / (n + m - i)."""
    return 1 - math.prod((n - i) / (n + m - i) for i in range(1, k + 1))


def mixture_gram(members, real):
    """K, k and c of L(a) = a'Ka - 2k'a + c, pair by pair; no row meets the row of its own number, real rows do."""

    def mean(pairs):
        return fmean((float(a @ b) / len(a) + 1) ** 3 for a, b in pairs)

    def others(x, y):
        return ((a, b) for i, a in enumerate(x) for j, b in enumerate(y) if i != j)

    within = [[mean(others(x, y)) for y in members] for x in members]
    across = [mean((a, b) for a in x for b in real) for x in members]
    return np.array(within), np.array(across), mean(others(real, real))
