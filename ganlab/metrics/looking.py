"""Looking at pictures: they stream through an extractor, and what stays of them is kept by content."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ganlab import files
from ganlab.data import arrays
from ganlab.errors import MetricError
from ganlab.metrics import pixels
from ganlab.metrics.interval import Interval

if TYPE_CHECKING:
    from ganlab.metrics.evaluate import Source
    from ganlab.metrics.extractor import Extractor

CHUNK = 500  # pictures that exist at once
_KEPT = 1_000  # pictures that stay for measures of pairs
_MOST_CACHED = 200  # files of features; the least used go first


@dataclass(frozen=True)
class Seen:
    """What stays of pictures once they are gone."""

    features: np.ndarray
    sharpness: np.ndarray
    ms_ssim: Interval


def looking(source: "Source", extractor: "Extractor", *, keep: bool) -> Iterator[int | Seen]:
    """Yield how many pictures were seen, then what stays of them.

    Raises:
        MetricError: The pictures do not fit the extractor, or their features are not finite.
    """
    stamp = f"{source.digest} {source.n} {extractor.name} {extractor.card.weights_sha256}"
    path = files.home() / "cache" / "features" / f"{hashlib.sha256(stamp.encode()).hexdigest()[:32]}.npz"
    if keep and (stored := arrays.read(path)):
        path.touch()
        yield Seen(stored["features"], stored["sharpness"], Interval(*map(float, stored["ms_ssim"])))
        return
    features, sharp, kept = [], [], []
    for start in range(0, source.n, CHUNK):
        images = source.draw(start, min(start + CHUNK, source.n))
        features.append(extractor.features(images))
        sharp.append(pixels.sharpness(images))
        if start < _KEPT:
            kept.append(images)
        yield start + len(images)
    similar = pixels.ms_ssim(np.concatenate(kept))
    seen = Seen(finite(np.concatenate(features), source.name), np.concatenate(sharp), similar)
    if keep:
        bounds = np.array([similar.value, similar.low, similar.high])
        arrays.write(path, {"features": seen.features, "sharpness": seen.sharpness, "ms_ssim": bounds})
        _forget(path.parent)
    yield seen


def finite(values: np.ndarray, name: str) -> np.ndarray:
    """Return features as they are.

    Raises:
        MetricError: Some are not finite.
    """
    if not np.isfinite(values).all():
        raise MetricError(f"{name}: some pictures give features that are not finite numbers, so nothing is measured.")
    return values


def _forget(folder: files.Path) -> None:
    used = sorted(folder.glob("*.npz"), key=lambda each: each.stat().st_mtime, reverse=True)
    for old in used[_MOST_CACHED:]:
        old.unlink(missing_ok=True)
