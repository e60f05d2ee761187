"""Measured numbers in words: as many digits as mean something, intervals, names of measures and of classes."""

import math
from typing import Protocol

from ganlab.data import DATASETS
from ganlab.members.card import Measurement, Number
from ganlab.metrics import MEASURES, shelf
from ganlab.ui.i18n import t, texts
from ganlab.ui.parts.text import plain

_DIGITS, _MOST_DECIMALS = 3, 5
# As in ganlab.metrics.classes, whose libraries the server must not load; a test compares the two.
COVERED = 0.1
EXACT = "exact density"
_POINTS = "high_quality"  # only points in the plane have this measure


def title(measure: str) -> str:
    """Return what people call a measure; a name that nobody knows is shown as it stands."""
    known = f"measure.{measure}" in texts("facts")
    return t(f"facts.measure.{measure}") if known else measure.replace("_", " ")


def split(name: str) -> str:
    """Return what people call a split; a name that nobody knows is shown as it stands."""
    return t(f"facts.split_{name}") if f"split_{name}" in texts("facts") else name


def extractor(name: str) -> str:
    """Return what people call an extractor: its name; for points, which none looks at, what takes its place."""
    return t("facts.exact_density") if name == EXACT else name


def figure(value: float) -> str:
    """Return a value with three digits that count; a whole number is a count."""
    return f"{value:,.0f}" if float(value).is_integer() else _written(value, _decimals(value))


def interval(number: Number) -> str:
    """Return a value with its interval, all to one decimal place: ``6.59 [6.41, 6.78]``."""
    if number.low is None or number.high is None:
        return figure(number.value)
    decimals = _decimals(number.value)
    low, high = _written(number.low, decimals), _written(number.high, decimals)
    return f"{_written(number.value, decimals)} [{low}, {high}]"


def ordered(measured: Measurement) -> list[tuple[str, Number]]:
    """Return the numbers in the order in which people meet measures; those that nobody knows come last."""
    known = {name: measured.numbers[name] for name in MEASURES.names if name in measured.numbers}
    return list((known | measured.numbers).items())


class Asked(Protocol):
    """What ranks numbers measured together, or a question for them."""

    extractor: str
    split: str
    n_fake: int


def rank(asked: Asked, dataset: str) -> tuple:
    """Return what grows with the claim of being told where there is room for one.

    The test split comes first, then the dataset's own first extractor, then most pictures; Inception comes last.
    """
    own = [f"{shelf.key_of(dataset)}-{kind}" for kind in shelf.FIRST]
    return asked.split == "test", (asked.extractor in own) - (asked.extractor in shelf.INCEPTION), asked.n_fake


def question(measured: Measurement) -> str:
    """Return what makes numbers comparable, as Markdown: extractor, counts, split and seed."""
    return t(
        "facts.question",
        extractor=plain(extractor(measured.extractor)),
        n_fake=measured.n_fake,
        n_real=measured.n_real,
        split=split(measured.split),
        seed=measured.seed,
    )


def class_names(measured: Measurement) -> tuple[str, ...]:
    """Return what the extractor's classes are called; numbers from 1 where it is not known."""
    made_for = measured.extractor.rsplit("-", 1)[0]
    known = DATASETS[made_for].facts["classes"] if made_for in DATASETS else ()
    count = len(measured.class_shares)
    return known if len(known) == count else tuple(str(place) for place in range(1, count + 1))


def of_points(measured: Measurement) -> bool:
    """Return whether points in the plane were measured, not pictures."""
    return _POINTS in measured.numbers


def missing(measured: Measurement) -> list[str]:
    """Return the classes, or heaps of points, that are not covered."""
    least = 0.0 if of_points(measured) else COVERED
    both = zip(class_names(measured), measured.class_shares, measured.real_shares, strict=False)
    return [name for name, fake, real in both if real > 0 and (fake < least * real or fake == 0)]


def _decimals(value: float) -> int:
    if value == 0:
        return 0
    return min(_MOST_DECIMALS, max(0, _DIGITS - 1 - math.floor(math.log10(abs(value)))))


def _written(value: float, decimals: int) -> str:
    return f"{value:,.{decimals}f}"
