"""A family: the explicit, ordered list of what there is of one kind, each loaded on first use.

Lists are read by doors that must open without torch, so an entry names its object and imports it
only when asked for it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from ganlab.errors import unknown


@dataclass(frozen=True)
class Entry:
    """One line of a table of contents.

    Attributes:
        name: The word used in code, JSON, command line and pages.
        where: ``module:attribute`` of the object it stands for.
        help: One sentence for people who choose.
        facts: What must be known without loading the object, by name.
    """

    name: str
    where: str
    help: str
    facts: dict[str, Any]

    def load(self) -> Any:
        """Import and return the object."""
        module, attribute = self.where.split(":")
        return getattr(import_module(module), attribute)


def entry(name: str, where: str, help: str, **facts: Any) -> Entry:  # noqa: A002
    """Return an entry, its facts as keyword arguments."""
    return Entry(name, where, help, facts)


class Family:
    """An ordered table of entries; ``family[name]`` refuses unknown names with the nearest ones.

    Args:
        what: What its entries are, for sentences.
        entries: In the order in which people meet them.
        former: Names that were used before, and what they are called now: old recipes stay readable.
    """

    def __init__(self, what: str, *entries: Entry, former: Mapping[str, str] | None = None) -> None:
        self.what, self._former = what, dict(former or {})
        self._entries = {each.name: each for each in entries}

    def __getitem__(self, name: str) -> Entry:
        name = self._former.get(name, name)
        if name not in self._entries:
            raise unknown(self.what, name, self._entries)
        return self._entries[name]

    def __contains__(self, name: object) -> bool:
        return self._former.get(name, name) in self._entries

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries.values())

    @property
    def names(self) -> list[str]:
        """The names, in the order in which people meet them."""
        return list(self._entries)
