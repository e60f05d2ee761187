"""A question before the numbers: does the order of the members hold when another extractor looks?"""

import hashlib
from collections.abc import Mapping, Sequence

from ganlab.members.card import Measurement
from ganlab.members.store import Entry
from ganlab.metrics import MEASURES
from ganlab.ui.i18n import t
from ganlab.ui.pages.compare_sets import Question
from ganlab.ui.parts import numbers, plain
from ganlab.ui.parts.predict import predict

_LEAST = 3  # members; two have one order or the other


def ask(entries: Sequence[Entry], question: Question, measure: str) -> None:
    """Ask how many members change their place, where two extractors have measured enough of them.

    Args:
        entries: The members.
        question: What the page shows.
        measure: By which they are put in order.
    """
    other = another(entries, question, measure)
    if other is None:
        return
    here, there = both(entries, question, other, measure)
    before, after = order(measure, here), order(measure, there)
    moved = sum(one != two for one, two in zip(before, after, strict=True))
    right = "none" if moved == 0 else "some" if 2 * moved <= len(before) else "many"
    told = {"measure": numbers.title(measure), "count": len(before)}
    told |= {"here": plain(question.extractor), "there": plain(other.extractor)}
    asked = repr((measure, before, after, question, other))
    predict(
        f"compare.order.{hashlib.sha256(asked.encode()).hexdigest()[:12]}",
        t("compare.order_ask", **told),
        {name: t(f"compare.order_{name}") for name in ("none", "some", "many")},
        [right],
        t("compare.order_answer", moved=moved, before=_said(measure, here), after=_said(measure, there), **told),
    )


def another(entries: Sequence[Entry], question: Question, measure: str) -> Question | None:
    """Return the question of another extractor that most of the members answer, too; None where too few do."""
    found = {Question.of(each) for entry in entries for each in entry.card.metrics if measure in each.numbers}
    others = [each for each in found if each.extractor != question.extractor and each.split == question.split]
    if not others:
        return None
    most = max(others, key=lambda each: (len(both(entries, question, each, measure)[0]), each.n_fake, each.word()))
    return most if len(both(entries, question, most, measure)[0]) >= _LEAST else None


def both(entries: Sequence[Entry], one: Question, other: Question, measure: str) -> tuple[dict, dict]:
    """Return the measurements of the members that answer both questions, by name."""
    answers = {entry.name: (one.answer(entry.card), other.answer(entry.card)) for entry in entries}
    whole = {name: each for name, each in answers.items() if all(a is not None and measure in a.numbers for a in each)}
    return {name: a for name, (a, _) in whole.items()}, {name: b for name, (_, b) in whole.items()}


def order(measure: str, answers: Mapping[str, Measurement]) -> list[str]:
    """Return the members, the best first; what should be like real pictures by its distance from theirs."""
    sign = {"lower": 1, "higher": -1}.get(MEASURES[measure].facts["better"])

    def loss(name: str) -> float:
        value, floor = answers[name].numbers[measure].value, answers[name].floors.get(measure, 0.0)
        return abs(value - floor) if sign is None else sign * value

    return sorted(answers, key=loss)


def _said(measure: str, answers: Mapping[str, Measurement]) -> str:
    return ", ".join(
        f"{plain(name)} {plain(numbers.figure(answers[name].numbers[measure].value))}"
        for name in order(measure, answers)
    )
