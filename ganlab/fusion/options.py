"""What rules take beside weights: named options, checked from outside. No torch here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

Value = str | float


@dataclass(frozen=True)
class Option:
    """One option.

    Attributes:
        help: One sentence for people who choose.
        usual: What holds where nothing was said; an option without bounds names a member, and "" none.
        low: The least number allowed.
        high: The most.
    """

    help: str
    usual: Value = ""
    low: float | None = None
    high: float | None = None

    @property
    def names_member(self) -> bool:
        """Whether its value is the name of one of the members."""
        return self.low is None


OPTIONS = {
    "anchor": Option(
        "Draws; the others encode its pictures and draw them again, so that all pictures are of one thing."
    ),
    "low": Option("Gives the coarse shapes, the others the details; the first member where none is named."),
    "cutoff": Option("Below this many pixels a shape is a detail.", 2.0, 0.25, 16.0),
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
        elif not isinstance(value, int | float) or not option.low <= value <= option.high:  # refuses nan, too
            return f"{name} is {value!r}; allowed: a number from {option.low:g} to {option.high:g}."
    return None


def resolved(given: Mapping[str, Value], own: Sequence[str], members: Sequence[str]) -> dict[str, float | int | None]:
    """Return a rule's options as it takes them: members by their place, None for nobody."""
    found: dict[str, float | int | None] = {}
    for name in own:
        value, option = given.get(name, OPTIONS[name].usual), OPTIONS[name]
        if option.names_member:
            found[name] = list(members).index(value) if value else None
        else:
            found[name] = float(value)
    return found
