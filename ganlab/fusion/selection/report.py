"""A whole selection from fit to pictures, and whether it helped: the kernel distance to held-out real pictures."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import torch

from ganlab.data import load_dataset, size_options
from ganlab.errors import MetricError
from ganlab.fusion.selection import ESTIMATORS
from ganlab.fusion.selection.ratio import Quality, held_out
from ganlab.fusion.selection.selector import Look, by_critics, by_features, critics_of, fit_selector
from ganlab.members.member import Member
from ganlab.metrics.evaluate import Progress
from ganlab.metrics.extractor import Extractor
from ganlab.metrics.kernel import Kernel, kid
from ganlab.metrics.reference import MOST, Reference

_COMPARED = 2_000  # pictures with and without selection
_LEAST = 100  # kept pictures from which something can be told


@dataclass(frozen=True)
class Report:
    """What came of a selection.

    Attributes:
        images: Kept pictures, uint8 [n, H, W, C].
        candidates: How many were drawn for them.
        options: Estimator, acceptance, cost, power.
        quality: Of the ratio on held-out pictures.
        extractor: By whose features kernel distances are taken.
        before: Kernel distance of candidates from held-out real pictures; None with too few pictures to tell.
        after: The same of kept ones.
    """

    images: np.ndarray = field(repr=False)
    candidates: int
    options: dict[str, str | float]
    quality: Quality
    extractor: str
    before: Kernel | None
    after: Kernel | None

    @property
    def helps(self) -> bool | None:
        """Whether the kernel distance falls beyond both intervals; None where it cannot be told."""
        return None if self.after is None else self.after.interval.high < self.before.interval.low

    def facts(self) -> dict[str, object]:
        """Return all of it but the pictures, for programs."""
        return {
            **self.options,
            "candidates": self.candidates,
            "candidates_per_image": self.candidates / len(self.images),
            "auc": self.quality.auc,
            "log_loss": self.quality.log_loss,
            "held_out": list(self.quality.rows),
            "extractor": self.extractor,
            "kid_before": self.before and self.before.interval.value,
            "kid_after": self.after and self.after.interval.value,
            "helps": self.helps,
        }

    def verdict(self) -> str:
        """Return in plain words what it cost and whether it helped."""
        cost = f"{self.candidates / len(self.images):.1f} candidates a picture; AUC {self.quality.auc:.3f} on held-out"
        if self.after is None:
            return f"{cost} pictures; fewer than {_LEAST} kept pictures cannot tell whether it helps."
        told = f"from {self.before.interval.value:.4g} to {self.after.interval.value:.4g}"
        words = "It helps" if self.helps else "It does not help beyond chance"
        return f"{cost} pictures. {words}: kernel distance to held-out real pictures {told}, by {self.extractor}."


def selecting(
    proposals: Member,
    extractor: Extractor,
    reference: Reference,
    *,
    n: int,
    seed: int,
    estimator: str,
    **options: str | float,
) -> Iterator[Progress | Report]:
    """Fit a ratio on validation pictures, select, and compare with held-out ones.

    Args:
        proposals: What draws.
        extractor: What looks at pictures, and what the comparison is made by.
        reference: What it sees in real ones.
        n: Pictures to keep.
        seed: Of everything.
        estimator: A name out of ``ESTIMATORS``.
        options: ``acceptance``, ``cost`` and ``power``.

    Yields:
        Progress; at the end the Report.

    Raises:
        GanlabError: Too few real pictures, no critics, options that are not allowed, or hardly a candidate looks real.
    """
    started = time.perf_counter()
    yield Progress("fitting", 0.0, 0.0, None)
    features = reference.split("validation")
    look, real = by_features(extractor), features
    if ESTIMATORS[estimator].facts["sees"] == "critics":
        look = by_critics(critics_of(proposals))
        real = _seen(look, proposals)
    chosen = fit_selector(proposals, look, real, estimator, seed, **options)
    kept, plain, done, drawn = [], [], 0, 0
    for block in chosen.selecting(proposals, n, seed):
        kept.append(block.kept)
        done, drawn = done + len(block.kept), drawn + len(block.candidates)
        if drawn <= _COMPARED:
            plain.append(block.candidates)
        seconds = time.perf_counter() - started
        yield Progress("selecting", done / n, seconds, seconds / done * (n - done) if done else None)
    images, before, after = np.concatenate(kept), None, None
    if n >= _LEAST:
        apart = held_out(features, seed)
        before, after = (
            kid(extractor.features(each), apart, seed) for each in (np.concatenate(plain), images[:_COMPARED])
        )
    told = {"estimator": estimator, "acceptance": chosen.acceptance, "cost": chosen.cost, "power": chosen.power}
    yield Report(images, drawn, told, chosen.ratio.known.quality(), extractor.name, before, after)


def _seen(look: Look, proposals: Member) -> np.ndarray:
    """Return what the critics see in the validation pictures that the reference has features of."""
    name, shape = proposals.card.dataset, proposals.shape
    data = load_dataset(name, **size_options(name, shape))
    rows = data.splits["validation"]
    if len(rows) == 0:
        raise MetricError(f"The validation split of {name!r} is empty: there is nothing to learn from.")
    chosen = rows[torch.randperm(len(rows), generator=torch.Generator().manual_seed(0))[:MOST]]
    images = data.examples[chosen].permute(0, 2, 3, 1).contiguous().numpy()
    return np.concatenate([look(images[start : start + 500]) for start in range(0, len(images), 500)])
