"""Texts from cards, folders and links, shown as they stand: never as markup, links or formulas."""

import re

from ganlab.ui.i18n.sentences import said

# Addresses become links after escapes are gone: a sign without width between their parts keeps them words.
_LINKS = re.compile(r"(?<=www)(?=\.)|(?<=:)(?=//)|(?<=@)", re.IGNORECASE)
_MARKS = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:&=^@/])")


def plain(text: object, most: int = 500) -> str:
    """Return Markdown that shows a text's own characters on one line.

    Args:
        text: From outside.
        most: Characters shown; the rest becomes an ellipsis.
    """
    line = " ".join(str(text).split())
    line = line if len(line) <= most else line[: most - 1] + "…"
    return _MARKS.sub(r"\\\1", _LINKS.sub("\u2060", line))


def spoken(sentence: object, most: int = 500) -> str:
    """Return Markdown that says a sentence of the library in the visit's language; see ``plain``.

    Args:
        sentence: An error, a finding, a word of progress, or its text.
        most: Characters shown.
    """
    return plain(said(sentence), most)
