"""Scores of a run: 500 examples of the averaged generator against the validation split, to follow a training.

Pictures are seen by the dataset's usual extractor, points by their exact density.  The extractor is opened
when the first score is due, so that the first curves do not wait for it, and made where there is none.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from ganlab.data.dataset import Dataset
from ganlab.errors import DiskError, GanlabError
from ganlab.images import to_uint8
from ganlab.members.member import NetworkMember
from ganlab.metrics import shelf
from ganlab.runs.record import Record
from ganlab.spec import MemberSpec
from ganlab.toys import density
from ganlab.training.events import unscored

if TYPE_CHECKING:
    from ganlab.metrics.extractor import Extractor
    from ganlab.metrics.reference import Reference
    from ganlab.toys.mixture import Mixture

EXAMPLES, SPLIT = 500, "validation"
_FEW = 2_000  # training pictures that a generator may learn by heart, and that are quickly compared with


Measure = Callable[[NetworkMember, int], dict[str, float]]


class Scoring:
    """A scorer for ``train`` that says in the run's record what it measures with.

    Where that cannot be had, it says so once, and the run goes on without scores.  To another process it travels as
    what it measures with, opened here, so that nothing of it need lie there.

    Args:
        record: Of the run.
        spec: Resolved.
        data: Of the spec.
        device: Of the training.
        leaving: Whether somebody waits for the run to end, so that no extractor should be made now.
    """

    def __init__(
        self, record: Record, spec: MemberSpec, data: Dataset, device: torch.device, leaving: Callable[[], bool]
    ) -> None:
        self.record, self.spec, self.device, self.leaving = record, spec, device, leaving
        self._real = len(data.splits[SPLIT])
        self._measure: Measure | None = None
        self._refused = False

    def __call__(self, member: NetworkMember, seed: int) -> dict[str, float]:
        """Return measures of the member by name, or none."""
        return self._of(lambda measure: measure(member, seed)) or {}

    def __reduce__(self) -> tuple[Any, ...]:
        return _Carried, (self._of(lambda measure: measure),)

    def _of(self, ask: Callable[[Measure], Any]) -> Any:
        """Return what is asked of the measure, opened where it is not yet; None where it cannot be had."""
        if self._refused:
            return None
        try:
            with _exact_products():
                if self._measure is None:
                    self._measure = self._points() if len(self.spec.shape) == 1 else self._pictures()
                return ask(self._measure) if self._measure else None
        except (GanlabError, OSError, ImportError) as error:
            if isinstance(error, DiskError) and self.record.run.folder in Path(error.filename).parents:
                raise  # not the scores' fault: the training could not tell of itself either
            self._refused = True
            self.record.tell("unscored", message=unscored(error))
            return None

    def _points(self) -> Measure:
        mixture = density(self.spec.dataset)
        modes = len(mixture.weights)
        self.record.tell("scoring", extractor="exact density", n=EXAMPLES, n_real=None, split=None, real_modes=modes)
        return _OfPoints(mixture)

    def _pictures(self) -> Measure | None:
        from ganlab.metrics import classes, diversity, evaluate

        evaluate.check_counts(EXAMPLES, self._real)  # before an extractor is made for nothing
        opened = self._opened()
        if opened is None:
            return None
        extractor, reference = opened
        real = reference.split(SPLIT)
        facts: dict[str, float] = {"real_diversity": diversity.pairwise_distance(real[:EXAMPLES]).value}
        if evaluate.knows_classes(extractor, reference):
            shares = classes.shares(extractor.probabilities(real))
            facts["real_modes"] = classes.modes(shares, shares)
        named = {"extractor": extractor.name, "n": EXAMPLES, "n_real": len(real), "split": SPLIT}
        self.record.tell("scoring", **named, **facts)
        return _OfPictures(extractor, reference)

    def _opened(self) -> "tuple[Extractor, Reference] | None":
        """Return the usual extractor and what it sees in real pictures, or None where the run is about to end."""
        spec = self.spec
        name = shelf.usual(spec.dataset, spec.shape)
        try:
            for step in shelf.opened(name, spec.dataset, spec.shape, self.device):
                if isinstance(step, tuple):
                    return step
                if self.leaving():
                    return None
                self.record.beat(message=f"Making {name} for the scores, once: {step.done / step.total:.0%}")
        finally:
            if self.record.state.message:
                self.record.show(message="")
        return None


@dataclass(frozen=True)
class _OfPoints:
    mixture: "Mixture"

    def __call__(self, member: NetworkMember, seed: int) -> dict[str, float]:
        from ganlab.metrics import toy

        which = toy.nearest_modes(member.sample(EXAMPLES, seed).cpu().numpy(), self.mixture)
        return {"modes": float(toy.modes(which)), "high_quality": toy.high_quality(which).value}


@dataclass(frozen=True)
class _OfPictures:
    extractor: "Extractor"
    reference: "Reference"

    def __call__(self, member: NetworkMember, seed: int) -> dict[str, float]:
        from ganlab.metrics import evaluate, neighbours

        extractor, images = self.extractor.on(member.device), to_uint8(member.sample(EXAMPLES, seed))
        found = evaluate.quick(evaluate.of_images(images, member.name), extractor, self.reference, SPLIT, seed)
        if len(train := self.reference.features["train"]) <= _FEW:
            real = self.reference.split(SPLIT)
            found["nearness"] = neighbours.nearness(extractor.features(images), real, train).value
        return found


@dataclass
class _Carried:
    """What a scoring measures with, in another process, whose training tells of what goes wrong."""

    measure: Measure | None

    def __call__(self, member: NetworkMember, seed: int) -> dict[str, float]:
        if self.measure is None:
            return {}
        with _exact_products():
            return self.measure(member, seed)


@contextmanager
def _exact_products() -> Iterator[None]:
    """Let features be those of any machine: the fast products of the training are too coarse to compare by."""
    products = torch.backends.mkldnn.matmul
    kept, products.fp32_precision = products.fp32_precision, "ieee"
    try:
        yield
    finally:
        products.fp32_precision = kept
