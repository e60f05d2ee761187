"""What is said of each rule in the plane, in a sentence: from what was measured of these members, and nothing else."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ganlab.fusion.shares import shares

if TYPE_CHECKING:
    from ganlab.metrics.toy import Told

_MEANS = ("average", "weighted_average", "median", "parameters")
_LOST = 0.8  # of the members' high quality: what keeps less has lost it


def sentences(told: "Mapping[str, Told]", weights: Sequence[float], said: Mapping[str, str]) -> dict[str, str]:
    """Return a sentence for each rule that was measured.

    Args:
        told: Of members as ``member.0`` and so on, and of rules by name.
        weights: Of the members, as the rules had them.
        said: The page's texts in the visit's language.
    """
    members = [each for name, each in told.items() if name.startswith("member.")]
    own = sum(part * each.high_quality for part, each in zip(shares(weights, len(members)), members, strict=True))
    found = {}
    for name, each in told.items():
        before = told.get("mixture")
        widest = max(member.modes for member in members)
        if (key := _key(name, each, own, widest, before)) is None:
            continue
        found[name] = said[f"says.{key}"].format(
            lost=_percent(1 - each.high_quality, 0),
            quality=_percent(each.high_quality),
            mean=_percent(own),
            before=_percent(before.high_quality) if before else "–",
            modes=said["says.modes"].format(modes=each.modes, of=each.of) if each.of else "",
            old=before.modes if before and before.of else "–",
            new=each.modes if each.of else "–",
            of=each.of,
            kl=_number(each.kl),
            old_kl=_number(before.kl) if before else "–",
        )
    if len(members) == 2 and "median" in found:
        found["median"] = f"{said['says.median_of_two']} {found['median']}"
    return found


def _key(name: str, told: "Told", own: float, widest: int, mixture: "Told | None") -> str | None:
    lost = told.high_quality < _LOST * own
    if name in _MEANS and not lost and told.modes < widest / 2:
        return "narrow"  # a mean that gathers at a mode in the middle
    if name in _MEANS[:3]:
        return "between" if lost else "together"
    if name == "parameters":
        return "strangers" if lost else "relatives"
    if name == "mixture":
        return "mixture"
    if name == "selection" and mixture is not None:
        return "selection" if told.high_quality > mixture.high_quality else "selection_lost"
    if name == "boosting" and mixture is not None:
        if not told.of:
            return "boosting_curve"
        return "boosting" if told.modes > mixture.modes else "boosting_idle"
    return None


def _percent(part: float, digits: int = 1) -> str:
    return f"{100 * part:.{digits}f} %"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
