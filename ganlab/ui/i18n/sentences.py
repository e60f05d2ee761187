"""What the library says, in the visit's language: errors, findings about runs, words of progress.

The library and the command line speak English; a page says their sentences at its door.  ``<language>/sentences.toml``
holds them as templates, ``"{} needs {} weights."``, beside what they become.  What it does not know stays English.
"""

import re
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache

from ganlab.ui.i18n import DEFAULT, language, read

LONGEST = 2_000  # characters that are looked at; what is longer stays as it is
_DEEPEST = 4  # sentences within sentences
_EDGE = 8  # characters by which sentences are told apart at first
_BREAKS = 6  # places at which a text is tried as two
_PIECES = ("names", "pieces", "pydantic")  # sections of what never stands alone
_LISTED = {", ": "，", " or ": "或"}
_QUOTED = (("', '", "'、'"), ("' or '", "' 或 '"))


def said(sentence: object, into: str | None = None) -> str:
    """Return a sentence of the library as this visit reads it.

    Args:
        sentence: An error, or its text.
        into: The language; the visit's own by default.
    """
    into, text = into or language(), str(sentence)
    return text if into == DEFAULT or not 0 < len(text) <= LONGEST else _said(into, text)


@dataclass(frozen=True)
class Template:
    """A sentence with places for values.

    Attributes:
        literals: What stands before, between and behind its places.
        told: The sentence in the other language, as ``str.format`` takes it.
        piece: It only stands within others.
    """

    literals: tuple[str, ...]
    told: str
    piece: bool = False

    @cached_property
    def weight(self) -> int:
        """How many characters of a text it explains."""
        return sum(map(len, self.literals))

    @cached_property
    def open_ended(self) -> bool:
        """Whether a value ends it that is no sentence of its own."""
        return self.literals[-1] == "" and not self.told.endswith(":said}")

    def values(self, text: str) -> list[str] | None:
        """Return what a text has in the places, or None where it is another sentence.

        Each literal is taken where it comes first, so that the time is linear whatever the text.
        """
        first, *between = self.literals
        if not between:
            return [] if text == first else None
        last = between.pop()
        at, end = len(first), len(text) - len(last)
        if at > end or not text.startswith(first) or not text.endswith(last):
            return None
        values = []
        for literal in between:
            found = text.find(literal, at, end)
            if found < 0:
                return None
            values.append(text[at:found])
            at = found + len(literal)
        return [*values, text[at:end]]


@cache
def templates(into: str) -> tuple[Template, ...]:
    """Return a language's templates, those that explain most first."""
    found = [
        Template(tuple(english.split("{}")), told, section in _PIECES)
        for section, english, told in (
            (*key.partition(".")[::2], told) for key, told in read(into, "sentences").items()
        )
    ]
    return tuple(sorted(found, key=lambda each: -each.weight))


@lru_cache(4096)
def _likely(into: str, head: str, tail: str) -> tuple[Template, ...]:
    """Return the templates that a text with this beginning and this end may be; most are passed over so."""
    ends = (tail, tail.removesuffix("."))
    return tuple(
        each
        for each in templates(into)
        if head.startswith(each.literals[0][:_EDGE]) and any(end.endswith(each.literals[-1][-2:]) for end in ends)
    )


class _Value(str):
    """A value in its place: as it stands, ``:said`` itself, or a list of ``:names``."""

    def __new__(cls, text: str, into: str, deep: int) -> "_Value":
        value = super().__new__(cls, text)
        value.into, value.deep = into, deep
        return value

    def __format__(self, how: str) -> str:
        if how == "said":
            known = _known(self.into, str(self), self.deep + 1)
            return _names(str(self)) if known is None else known[1]
        return _names(str(self)) if how == "names" else str(self)


def _names(text: str) -> str:
    for english, other in _QUOTED:
        text = text.replace(english, other)
    return text.removesuffix(" and more") + " 等" * text.endswith(" and more")


@lru_cache(1024)
def _said(into: str, text: str) -> str:
    known = _known(into, text, 0)
    return text if known is None else known[1]


def _known(into: str, text: str, deep: int) -> tuple[int, str] | None:
    """Return how much of a text is known and what it becomes, or None where nothing is."""
    if deep > _DEEPEST:
        return None
    best = _whole(into, text, deep)
    breaks = re.finditer(r"[.?] |, | or " if deep else r"[.?] ", text)
    for cut, _ in zip(breaks, range(_BREAKS), strict=False):
        listed = _LISTED.get(cut.group())
        first = _whole(into, text[: cut.start() if listed else cut.end() - 1], deep)
        if first is not None:
            second = _known(into, text[cut.end() :], deep + 1)
            weight, told = second or (0, text[cut.end() :])
            if (second or not listed) and (best is None or first[0] + weight > best[0]):
                best = first[0] + weight, first[1] + (listed or "") + told
    field, colon, fault = text.partition(": ")
    if best is None and colon and " " not in field and (known := _known(into, fault, deep + 1)):
        best = known[0], f"{field}：{known[1]}"
    return best


def _whole(into: str, text: str, deep: int) -> tuple[int, str] | None:
    """Say a text as one sentence; one that the library says within others may have got a full stop behind it."""
    bare = text.removesuffix(".")
    for template in _likely(into, text[:_EDGE], text[-3:]):
        if template.piece and not deep:
            continue
        values, stop = template.values(text), ""
        if bare != text and (values is None or template.open_ended):
            values, stop = template.values(bare), "。"
        if values is not None:
            return template.weight, template.told.format(*(_Value(each, into, deep) for each in values)) + stop
    return None
