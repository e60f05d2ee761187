"""Cascade: rows that a member covers badly go on to the next one (Wang et al. 2016, arXiv:1612.00991, section 4).

    Q_k(x) = [C_k(x) > t_k],    rows_{k+1} = {x in rows_k : Q_k(x)},    p(x) = sum_k share_k p_k(x)

C_k is member k's critic: where it is sure that a row is real, its generator draws nothing like it.  The threshold t_k
lets a fixed part of the rows pass; share_k are the rows that went no further than member k.  Near equilibrium a critic
knows little of coverage: rows that are merely unusual pass as well.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from ganlab.data import DATASETS
from ganlab.ensembles.method import Kept, Method, Part
from ganlab.spec import EnsembleSpec

_CHUNK = 4_096  # rows that are judged at once: bounds memory, not results


class Cascade(Method):
    """Fewer rows for each next member."""

    @classmethod
    def faults(cls, asked: EnsembleSpec) -> Iterator[str]:
        """Refuse members without a critic of single pictures, and rows that run out on the way."""
        base = asked.base
        if base.kind == "vae":
            yield f"In a cascade critics choose rows, and objective {base.objective!r} trains none: use another one."
        elif base.judges_together:
            yield "In a cascade critics judge each picture: use pack 1 and minibatch_discrimination 0."
        elif base.dataset in DATASETS:
            last = left(DATASETS[base.dataset].facts["train"], asked.passed, asked.members - 1)
            if last < base.batch_size:
                yield (
                    f"Only {last:,} rows would reach member {asked.members}, fewer than batch_size "
                    f"{base.batch_size:,}: let more pass, or ask for fewer members."
                )

    def __init__(self, *given: object) -> None:
        super().__init__(*given)
        self._rows = [np.arange(self.count)]  # of each member that was planned

    @classmethod
    def waits(cls, asked: EnsembleSpec, number: int) -> Sequence[int]:
        """Return all members before."""
        return range(1, number)

    def part(self, number: int, kept: Kept) -> Part:
        """Return the training of what passed the members before."""
        while len(self._rows) < number:
            self._rows.append(self._passed(len(self._rows), kept))
        rows = self._rows[number - 1]
        critics = "1 critic" if number == 2 else f"{number - 1} critics"
        told = f"{len(rows):,} of {self.count:,} rows, those that {critics} let pass" if number > 1 else None
        return replace(super().part(number, kept), rows=rows, told=told)

    def weights(self, number: int) -> dict[int, float]:
        """Return the shares of rows that went no further than each member."""
        reached = [left(self.count, self.asked.passed, k) for k in range(number)] + [0]
        return {k + 1: (reached[k] - reached[k + 1]) / self.count for k in range(number)}

    def _passed(self, number: int, kept: Kept) -> np.ndarray:
        """Return the rows that the critic of member ``number`` is surest of, in their old order."""
        import torch

        self.say(f"judging the rows of member {number}")
        rows, member = self._rows[number - 1], kept.member(number)
        examples, labels = self.data.split("train")
        logits = []
        for some in torch.as_tensor(rows).split(_CHUNK):
            seen = examples[some]
            seen = seen.float().div(127.5).sub(1) if seen.dtype == torch.uint8 else seen
            own = labels[some] if member.conditional else None
            logits.append(member.score(seen, own).cpu())
        order = np.argsort(-torch.cat(logits).numpy(), kind="stable")
        return np.sort(rows[order[: left(self.count, self.asked.passed, number)]])


def left(rows: int, passed: float, critics: int) -> int:
    """Return how many of ``rows`` pass so many critics."""
    return round(rows * passed**critics)
