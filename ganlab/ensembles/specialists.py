"""Specialists: the training rows are divided into K parts, and each member learns one.

    p(x) = sum_k n_k / n  p_k(x),    n_k rows in part k

One continuous generator cannot draw heaps that do not touch without drawing what lies between them; one a heap can
(Luzi et al. 2020, arXiv:2006.14600).  Parts are neighbouring labels, or clusters of an extractor's features (k-means,
Lloyd 1982; of points in the plane their places).  What a part knows badly nobody else draws: a member that fails takes
its share of the pictures with it.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property

import numpy as np

from ganlab.ensembles.method import Kept, Method, Part
from ganlab.ensembles.seeing import Seeing
from ganlab.errors import SpecError
from ganlab.spec import EnsembleSpec


class Specialists(Method):
    """A part of the rows for each member."""

    @classmethod
    def faults(cls, asked: EnsembleSpec) -> Iterator[str]:
        """Refuse parts that there are not, and members that would be asked for classes they never saw."""
        base, known = asked.base, asked.base.classes
        if asked.split == "labels" and not base.dataset.startswith("folder:") and len(known) < asked.members:
            there = f"has {len(known)}" if known else "has none"
            yield f"{asked.members} specialists need a label each, and {base.dataset!r} {there}: use split 'features'."
        if base.conditional:
            yield "A specialist knows only its own part and cannot be asked for any class: leave conditional out."

    def part(self, number: int, kept: Kept) -> Part:
        """Return the training of a member's part."""
        rows = np.flatnonzero(self._parts == number - 1)
        told = f"{self._names[number - 1]}: {len(rows):,} of {self.count:,} rows"
        return replace(super().part(number, kept), rows=rows, told=told)

    def weights(self, number: int) -> dict[int, float]:
        """Return the shares of the rows in the parts."""
        sizes = np.bincount(self._parts, minlength=number)[:number]
        return {k + 1: float(size / sizes.sum()) for k, size in enumerate(sizes)}

    @cached_property
    def _parts(self) -> np.ndarray:
        """The part of each row, int64 [n] from 0."""
        return self._by_label()[0] if self.asked.split == "labels" else self._by_looks()

    @cached_property
    def _names(self) -> list[str]:
        if self.asked.split == "labels":
            return self._by_label()[1]
        seed = self.asked.seed
        return [f"cluster {k + 1} of {self.asked.members} by k-means, seed {seed}" for k in range(self.asked.members)]

    def _by_label(self) -> tuple[np.ndarray, list[str]]:
        labels = self.data.split("train")[1]
        known = [] if labels is None else np.unique(labels.numpy())
        if len(known) < self.asked.members:
            raise SpecError(
                f"{self.asked.members} specialists need a label each, and the training rows of {self.data.name!r} have "
                f"{len(known)}: use split 'features'."
            )
        groups = np.array_split(known, self.asked.members)
        parts = np.empty(self.count, np.int64)
        for k, group in enumerate(groups):
            parts[np.isin(labels.numpy(), group)] = k
        names = [", ".join(self.data.classes[label] for label in group) for group in groups]
        return parts, [f"label{'s' * (len(group) > 1)} {name}"[:300] for group, name in zip(groups, names, strict=True)]

    def _by_looks(self) -> np.ndarray:
        """Return clusters, the largest first, of what is seen in the rows."""
        from sklearn.cluster import KMeans
        from threadpoolctl import threadpool_limits

        rows = Seeing.of(self).training_rows()
        self.say("dividing the training rows")
        with threadpool_limits(1, "openmp"):  # threads would add up in another order each time
            model = KMeans(self.asked.members, n_init=4, random_state=self.asked.seed % 2**32).fit(rows)
        order = np.argsort(-np.bincount(model.labels_, minlength=self.asked.members), kind="stable")
        return np.argsort(order)[model.labels_]
