"""Cross-validation: variants are compared on rows that were held out, and the best is trained on all (Stone 1974).

    score_c = 1/F sum_f distance(member trained on all folds but f, rows of fold f),    winner = argmin_c score_c

The distance is the Frechet distance in an extractor's features (FID) for pictures, the energy distance for points.
Every variant is trained F times, so that the choice costs F times as much as its candidates; with few rows in a fold
FID is too large, but equally so for all.
"""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from ganlab import seeds
from ganlab.data import DATASETS
from ganlab.ensembles.method import Kept, Method, Part
from ganlab.ensembles.seeing import Seeing
from ganlab.ensembles.variants import fault, varied
from ganlab.spec import EnsembleSpec, MemberSpec

_MOST = 2_000  # held-out rows, and as many drawn ones, that are compared


class CrossValidation(Method):
    """Each variant on each fold, then the winner on all rows."""

    @classmethod
    def faults(cls, asked: EnsembleSpec) -> Iterator[str]:
        """Refuse fewer than two variants, and folds too small to train without."""
        if told := fault(asked, "Cross-validation"):
            yield told
        elif asked.base.dataset in DATASETS:
            rows = DATASETS[asked.base.dataset].facts["train"]
            for spec in varied(asked):
                spec.check_batch(rows - -(-rows // asked.folds))

    @classmethod
    def specs(cls, asked: EnsembleSpec) -> tuple[MemberSpec, ...]:
        """Return each variant once a fold, and then the winner, which the first one stands for."""
        variants = varied(asked)
        return (*(spec for spec in variants for _ in range(asked.folds)), variants[0])

    @classmethod
    def results(cls, asked: EnsembleSpec) -> list[int]:
        """Return the winner's number."""
        return [len(cls.specs(asked))]

    @classmethod
    def waits(cls, asked: EnsembleSpec, number: int) -> Sequence[int]:
        """Return all candidates for the winner, who is not known before."""
        return range(1, number) if number in cls.results(asked) else ()

    def part(self, number: int, kept: Kept) -> Part:
        """Return the training of a variant without a fold, or of the winner."""
        spec, (variant, fold) = self.specs(self.asked)[number - 1], self._place(number)
        if variant == len(self.asked.variants):
            table = self._table(kept)
            best = int(np.argmin(np.mean(table, 1)))
            told = f"all {self.count:,} rows; variant {best + 1} of {len(table)} by {self.asked.folds} folds"
            return Part(varied(self.asked)[best], np.arange(self.count), told)
        rows = np.sort(np.concatenate([each for f, each in enumerate(self._folds) if f != fold]))
        told = f"{len(rows):,} of {self.count:,} rows, without fold {fold + 1} of {self.asked.folds}"
        return Part(spec, rows, told)

    def weights(self, number: int) -> dict[int, float]:
        """Return the winner alone; before there is one, nothing."""
        return {number: 1.0} if number in self.results(self.asked) else {}

    def found(self, number: int, kept: Kept) -> dict[str, Any]:
        """Return the score of a variant on a fold; of the winner, all of them."""
        variant, fold = self._place(number)
        measured = {"measure": self._seeing.measure, "extractor": self._seeing.name}
        if variant < len(self.asked.variants):
            return {"variant": variant + 1, "fold": fold + 1, "score": self._score(number, kept)} | measured
        table = self._table(kept)
        means = [float(np.mean(row)) for row in table]
        return {"chosen": int(np.argmin(means)) + 1, "scores": table, "means": means} | measured

    def _place(self, number: int) -> tuple[int, int]:
        """Return which variant and which fold a training is of, from 0."""
        return divmod(number - 1, self.asked.folds)

    def _table(self, kept: Kept) -> list[list[float]]:
        """Return the scores of all variants, [C][F]."""
        folds = self.asked.folds
        return [
            [self._score(variant * folds + fold + 1, kept) for fold in range(folds)]
            for variant in range(len(self.asked.variants))
        ]

    def _score(self, number: int, kept: Kept) -> float:
        if number not in self._scores:
            rows = self._folds[self._place(number)[1]][:_MOST]
            self.say(f"comparing training {number} with the rows it did not see")
            drawn = self._seeing.drawn(kept.member(number), len(rows), self.asked.seed)
            self._scores[number] = self._seeing.distance(drawn, self._rows[rows])
        return self._scores[number]

    @cached_property
    def _scores(self) -> dict[int, float]:
        return {}

    @cached_property
    def _folds(self) -> list[np.ndarray]:
        """Places of the rows of each fold: a permutation, cut into equal parts."""
        order = seeds.stream(self.asked.seed, "folds").permutation(self.count)
        return np.array_split(order, self.asked.folds)

    @cached_property
    def _seeing(self) -> Seeing:
        return Seeing.of(self)

    @cached_property
    def _rows(self) -> np.ndarray:
        return self._seeing.training_rows()
