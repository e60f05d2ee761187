"""Questions before the numbers: which of the three, and what becomes of them when the slider moves."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ganlab.images import to_uint8
from ganlab.members.card import Measurement, Number
from ganlab.ui import engine
from ganlab.ui.i18n import t
from ganlab.ui.pages import versus_choose
from ganlab.ui.parts import numbers
from ganlab.ui.parts.predict import predict

if TYPE_CHECKING:
    from ganlab.members.member import Member

STRETCHED, _PICTURES = 2.0, 256
_ALIKE = 0.05  # a change by less than this share is none


def of_samples(answers: Mapping[str, Measurement], members: "Mapping[str, Member]") -> bool:
    """Ask who is sharpest, and what longer latents do; return whether all of it is revealed."""
    asked = [_sharpest(answers), *(_stretched(kind, member) for kind, member in members.items() if kind == "vae")]
    return all(asked)


def of_rebuilding(answers: Mapping[str, Measurement]) -> bool:
    """Ask who rebuilds real pictures best; return whether it is revealed."""
    return _who("reconstruction", answers, lower=True)


def winners(measure: str, answers: Mapping[str, Measurement], lower: bool) -> list[str]:
    """Return the kinds whose number is best, all of them whose intervals reach it."""
    found = {kind: each.numbers[measure] for kind, each in answers.items() if measure in each.numbers}
    sign = -1 if lower else 1
    best = max(found.values(), key=lambda number: sign * number.value)
    return [
        kind for kind, number in found.items() if sign * _end(number, upper=not lower) >= sign * _end(best, upper=lower)
    ]


def sharpness_at(member: "Member", reach: float) -> float:
    """Return the mean sharpness of what a member draws from latents so many times as long."""
    from ganlab.metrics.pixels import sharpness

    return float(sharpness(to_uint8(member.sample(_PICTURES, 0, truncation=reach))).mean())


def _sharpest(answers: Mapping[str, Measurement]) -> bool:
    return _who("sharpness", answers, lower=False)


def _who(measure: str, answers: Mapping[str, Measurement], lower: bool) -> bool:
    found = {kind: each.numbers[measure] for kind, each in answers.items() if measure in each.numbers}
    if len(found) < 2:
        return True
    told = t("versus.and").join(f"{versus_choose.title(kind)} {numbers.interval(found[kind])}" for kind in found)
    measured = next(iter(answers.values()))
    return predict(
        f"versus.who_{measure}.{'.'.join(f'{kind}={number.value:g}' for kind, number in found.items())}",
        t(f"versus.ask_{measure}"),
        {kind: versus_choose.title(kind) for kind in found},
        winners(measure, answers, lower),
        t("versus.answer", measure=numbers.title(measure), told=told, question=numbers.question(measured)),
    )


def _stretched(kind: str, member: "Member") -> bool:
    """Ask what becomes of sharpness when latents are stretched: measured here, of pictures drawn now."""
    usual, longer = (
        engine.remembered(lambda reach=reach: sharpness_at(member, reach), "sharpness", member.card.digest(), reach)
        for reach in (1.0, STRETCHED)
    )
    change = longer / usual - 1 if usual else 0.0
    right = "same" if abs(change) < _ALIKE else "more" if change > 0 else "less"
    return predict(
        f"versus.stretched.{member.card.digest()[:8]}",
        t("versus.ask_stretched", kind=versus_choose.title(kind), times=f"{STRETCHED:g}"),
        {name: t(f"versus.stretched_{name}") for name in ("less", "same", "more")},
        [right],
        t(
            "versus.answer_stretched",
            times=f"{STRETCHED:g}",
            usual=numbers.figure(usual),
            longer=numbers.figure(longer),
            n=_PICTURES,
        ),
    )


def _end(number: Number, *, upper: bool) -> float:
    """Return an end of a number's interval, or itself where it has none."""
    end = number.high if upper else number.low
    return number.value if end is None else end
