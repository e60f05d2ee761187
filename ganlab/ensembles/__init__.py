"""Ensembles trained as ensembles: one loop over their members, and a file for each way to let them differ.

The list, and what may be asked of each method, load without torch.
"""

from collections.abc import Iterator
from typing import Any

from ganlab.ensembles.variants import varied
from ganlab.errors import SpecError
from ganlab.family import Family, entry
from ganlab.lazy import lazily
from ganlab.spec import EnsembleSpec, MemberSpec

_MEMBERS = {"members": 4}
METHODS = Family(
    "ensemble method",
    entry(
        "seeds",
        "ganlab.ensembles.seeds:Seeds",
        "The same training again and again, from other first weights and another order.",
        options=_MEMBERS,
    ),
    entry(
        "architectures",
        "ganlab.ensembles.architectures:Architectures",
        "Every member has networks, objective or options of its own, as a list of variants says.",
        options={"variants": None},
    ),
    entry(
        "bagging",
        "ganlab.ensembles.bagging:Bagging",
        "Every member sees its own bootstrap sample of the training rows.",
        options=_MEMBERS,
    ),
    entry(
        "specialists",
        "ganlab.ensembles.specialists:Specialists",
        "Training rows are divided, by label or by looks, and every member learns one part; mixed by their shares.",
        options={"members": 5, "split": "labels"},
    ),
    entry(
        "snapshots",
        "ganlab.ensembles.snapshots:Snapshots",
        "One run, and a member each time it went on for so many steps.",
        options=_MEMBERS,
    ),
    entry(
        "boosting",
        "ganlab.ensembles.boosting:Boosting",
        "Each next member learns what the mixture so far draws too rarely (AdaGAN).",
        options=_MEMBERS | {"ratio": "boosted", "share": None},
    ),
    entry(
        "cascade",
        "ganlab.ensembles.cascade:Cascade",
        "The rows that a member's critic finds covered worst go on to the next member.",
        options={"members": 3, "passed": 0.5},
    ),
    entry(
        "joint",
        "ganlab.ensembles.joint:Joint",
        "Several generators against several critics in one training; shares and weights follow from the game.",
        options=_MEMBERS | {"critics": 2, "diversity": 0.01, "softness": 1.0},
    ),
    entry(
        "cross_validation",
        "ganlab.ensembles.cross_validation:CrossValidation",
        "Variants are compared on folds held out, and the best one is trained on all rows: one member comes of it.",
        options={"variants": None, "folds": 3},
    ),
)


def resolved(asked: EnsembleSpec) -> EnsembleSpec:
    """Return the same ensemble with every usual value written out; resolving twice changes nothing.

    Raises:
        GanlabError: No such method, or something that does not go with it.
    """
    for fault in _foreign(asked):
        raise SpecError(fault)
    usual = METHODS[asked.method].facts["options"]
    values = {name: value for name, value in usual.items() if getattr(asked, name) is None}
    if asked.variants is not None:
        values["variants"] = tuple(spec.model_dump() for spec in varied(asked))
    whole = asked.model_copy(update=values | {"method": METHODS[asked.method].name, "base": asked.base.resolved()})
    for fault in METHODS[whole.method].load().faults(whole):
        raise SpecError(fault)
    return whole


def specs_of(asked: EnsembleSpec) -> tuple[MemberSpec, ...]:
    """Return what a resolved ensemble trains, one after the other."""
    return METHODS[asked.method].load().specs(asked)


def lengths(asked: EnsembleSpec) -> tuple[int, ...]:
    """Return how many steps are taken for each training of a resolved ensemble."""
    steps = [spec.steps for spec in specs_of(asked)]
    before = [steps[k - 1] if k else 0 for k in map(METHODS[asked.method].load().before, range(1, len(steps) + 1))]
    return tuple(ends - begins for ends, begins in zip(steps, before, strict=True))


def results(asked: EnsembleSpec) -> list[int]:
    """Return the numbers of those trainings of a resolved ensemble that become its members."""
    return METHODS[asked.method].load().results(asked)


def one_by_one(asked: EnsembleSpec) -> str | None:
    """Return the sentence for a resolved ensemble whose members wait for each other; None for any other."""
    method = METHODS[asked.method].load()
    if not all(method.waits(asked, number) for number in range(2, len(method.specs(asked)) + 1)):
        return None
    return f"Members of {asked.method!r} are trained one after another, each when those before it are finished."


def _foreign(asked: EnsembleSpec) -> Iterator[str]:
    """Refuse an option that only another method would use."""
    own = METHODS[asked.method].facts["options"]
    every: dict[str, Any] = {name: value for each in METHODS for name, value in each.facts["options"].items()}
    for field in every.keys() - own.keys():
        if getattr(asked, field) is not None:
            yield f"{field} does not belong to method {asked.method!r}: it takes {', '.join(own)}."


_WHERE = {"train": "ganlab.ensembles.loop"}
__all__ = ["METHODS", "lengths", "one_by_one", "resolved", "results", "specs_of", *_WHERE]  # noqa: PLE0604 - the names above, listed once
__getattr__ = lazily(__name__, _WHERE)
