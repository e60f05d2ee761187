"""What rules take beside weights: named options, checked from outside. No torch here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from ganlab.fusion.selection import ACCEPTANCES, ESTIMATORS

Value = str | float


@dataclass(frozen=True)
class Option:
    """One option: a number between bounds, a word out of a list, or without either the name of a member.

    Attributes:
        help: One sentence for people who choose.
        usual: What holds where nothing was said; "" is no member.
        low: The least number allowed.
        high: The most.
        step: Between numbers that a slider offers; of a step of 1 only whole numbers are allowed.
        choices: The words allowed.
    """

    help: str
    usual: Value = ""
    low: float | None = None
    high: float | None = None
    step: float = 0.25
    choices: tuple[str, ...] = ()

    @property
    def is_number(self) -> bool:
        """Whether its value is a number."""
        return self.low is not None

    @property
    def names_member(self) -> bool:
        """Whether its value is the name of one of the members."""
        return not self.is_number and not self.choices

    @property
    def whole(self) -> bool:
        """Whether its value is a whole number."""
        return self.is_number and self.step == 1

    def allows(self, value: Value) -> bool:
        """Return whether a number or a word is one of those allowed."""
        if not self.is_number:
            return value in self.choices
        fits = isinstance(value, int | float) and self.low <= value <= self.high  # refuses nan, too
        return fits and (not self.whole or value == int(value))

    def allowed(self) -> str:
        """Return in words what is allowed."""
        if not self.is_number:
            return ", ".join(self.choices)
        return f"a {'whole ' if self.whole else ''}number from {self.low:g} to {self.high:g}"


OPTIONS = {
    "anchor": Option(
        "Draws; the others encode its pictures and draw them again, so that all pictures are of one thing."
    ),
    "low": Option("Gives the coarse shapes, the others the details; the first member where none is named."),
    "cutoff": Option("Below this many pixels a shape is a detail.", 2.0, 0.25, 16.0),
    "coarse": Option("How far the others enter where the map is coarsest.", 1.0, 0.0, 1.0, step=0.05),
    "middle": Option("How far the others enter half way to the picture.", 1.0, 0.0, 1.0, step=0.05),
    "fine": Option("How far the others enter at the picture.", 1.0, 0.0, 1.0, step=0.05),
    "swap": Option("So many coarse depths are the leading member's alone.", 0.0, 0.0, 12.0, step=1.0),
    "force": Option("1 averages strangers, too, to see it fail.", 0.0, 0.0, 1.0, step=1.0),
    "estimator": Option(
        "What tells how much likelier a picture is among real ones.", "least_squares", choices=ESTIMATORS.names
    ),
    "acceptance": Option("What keeps one of several candidates.", "metropolis_hastings", choices=ACCEPTANCES.names),
    "cost": Option("Candidates for a picture, about.", 5.0, 1.0, 50.0, step=1.0),
    "per": Option(
        "What has a share of its own: each member, or each member at each pixel.", "member", choices=("member", "pixel")
    ),
    "gate": Option(
        "Draws each picture by one member that the gate picks, or mixes all by its shares.",
        "pick",
        choices=("pick", "mix"),
    ),
    "power": Option("Of the ratio: 0.5 is gentler, takes its root.", 1.0, 0.25, 4.0),
}


def options_fault(rule: str, own: Sequence[str], given: Mapping[str, Value], members: Sequence[str]) -> str | None:
    """Return what is wrong with the options given to a rule as a sentence, or None.

    Args:
        rule: For the sentence.
        own: The options it takes.
        given: From outside.
        members: Whom an option may name.
    """
    for name, value in given.items():
        if name not in own:
            allowed = f"it takes {', '.join(own)}" if own else "it takes no options"
            return f"{rule!r} has no option {name!r}: {allowed}."
        option = OPTIONS[name]
        if option.names_member:
            if value not in ("", *members):
                near = get_close_matches(str(value), members, 1)
                advice = f"did you mean {near[0]!r}?" if near else f"choose one of {', '.join(map(repr, members))}."
                return f"{name} is {value!r}, which is none of the members: {advice}"
        elif not option.allows(value):
            near = get_close_matches(str(value), option.choices, 1)
            meant = f" Did you mean {near[0]!r}?" if near else ""
            return f"{name} is {value!r}; allowed: {option.allowed()}.{meant}"
    return None


def resolved(given: Mapping[str, Value], own: Sequence[str], members: Sequence[str]) -> dict[str, Value | None]:
    """Return a rule's options as it takes them: members by their place, None for nobody."""
    found: dict[str, Value | None] = {}
    for name in own:
        value, option = given.get(name, OPTIONS[name].usual), OPTIONS[name]
        if option.names_member:
            found[name] = list(members).index(value) if value else None
        elif option.is_number:
            found[name] = int(value) if option.whole else float(value)
        else:
            found[name] = value
    return found
