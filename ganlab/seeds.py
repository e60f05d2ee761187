"""Randomness as an argument: a seed gives the same numbers on every device, without torch.

Latents come from NumPy's Philox stream, row by row, so that the first 16 pictures of a seed stay the
same when 64 are asked for; streams of one seed are kept apart by a name.
"""

import zlib

import numpy as np


def stream(seed: int, name: str = "latents") -> np.random.Generator:
    """Return an independent generator for ``seed`` and the purpose ``name``."""
    return np.random.Generator(np.random.Philox([seed, zlib.crc32(name.encode())]))


def standard_normal(n: int, width: int, seed: int, name: str = "latents") -> np.ndarray:
    """Return float32 [n, width] standard normal rows; row i does not depend on n."""
    return stream(seed, name).standard_normal((n, width), dtype=np.float32)


def slerp(start: np.ndarray, end: np.ndarray, t: float, width: int | None = None) -> np.ndarray:
    """Walk the great circle between rows of latents, [n, d] at ``t`` from 0 to 1.

    Shoemake 1985: ``sin((1-t) a) / sin(a) * start + sin(t a) / sin(a) * end`` with ``a`` the angle between
    the two rows, so that latents of usual length stay of usual length on the way.

    Args:
        start: Latents at t = 0.
        end: Latents at t = 1.
        t: Where between them.
        width: How many leading coordinates set the angle (all by default); the others follow with
            the same two factors, so that members with further coordinates walk the same way.
    """
    a, b = (rows[:, :width].astype(np.float64) for rows in (start, end))
    lengths = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    cosine = np.clip((a * b).sum(1) / np.maximum(lengths, 1e-12), -1, 1)
    angle = np.arccos(cosine)
    sine = np.sin(angle)
    straight = sine < 1e-6  # parallel rows have no circle: walk the line
    safe = np.where(straight, 1, sine)
    left = np.where(straight, 1 - t, np.sin((1 - t) * angle) / safe)[:, None]
    right = np.where(straight, t, np.sin(t * angle) / safe)[:, None]
    return (left * start + right * end).astype(np.float32)
