"""What verbs print and write: results to standard output, words for people to standard error, files whole."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from ganlab import files
from ganlab.cli import exits
from ganlab.errors import GanlabError, SpecError

Json = Annotated[bool, typer.Option("--json", help="Print JSON, alone, to standard output.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


def say(text: str) -> None:
    """Tell a person something; programs read standard output."""
    print(text, file=sys.stderr)


def as_json(value: Any) -> None:
    """Print a value as JSON; a missing number is null."""
    print(json.dumps(value, indent=2, allow_nan=False))


def as_table(rows: Sequence[dict[str, Any]], columns: Sequence[str]) -> None:
    """Print rows under the names of their columns, numbers to the right; nothing for no rows."""
    if not rows:
        return
    cells = [[_cell(row[column]) for column in columns] for row in rows]
    titles = [column.replace("_", " ") for column in columns]
    widths = [max(map(len, column)) for column in zip(titles, *cells, strict=True)]
    right = [any(isinstance(row[column], int | float) for row in rows) for column in columns]
    for line in [titles, *cells]:
        placed = zip(line, widths, right, strict=True)
        print("  ".join(text.rjust(width) if last else text.ljust(width) for text, width, last in placed).rstrip())


def as_facts(facts: dict[str, Any]) -> None:
    """Print what is known of one thing, a fact a line."""
    width = max(map(len, facts))
    for name, value in facts.items():
        text = json.dumps(value) if isinstance(value, dict | list) else _cell(value)
        print(f"{name.replace('_', ' '):{width}}  {text}")


def used(**options: Any) -> dict[str, Any]:
    """Return the options that were given."""
    return {name: value for name, value in options.items() if value is not None}


def check_suffix(path: Path, *allowed: str) -> None:
    """Refuse a file whose name does not say a format we write.

    Raises:
        SpecError: With the formats there are.
    """
    if path.suffix.lower() not in allowed:
        raise SpecError(f"{str(path)!r} does not end in {' or '.join(allowed)}: the ending says what to write.")


def write(path: Path, data: bytes) -> None:
    """Write a file that is whole or not there.

    Raises:
        GanlabError: It cannot be written.
    """
    try:
        files.write_bytes(path, data)
    except OSError as error:
        raise GanlabError(f"{str(path)!r} cannot be written ({error.strerror}).") from None


def ask(question: str) -> str | None:
    """Return what a person answers, small and trimmed, or None if nobody is there to answer."""
    print(question, end="", file=sys.stderr, flush=True)
    answer = sys.stdin.readline()
    if not answer.endswith("\n"):
        say("")  # the question's line was not ended by an answer
    return answer.strip().lower() if answer else None


def confirm(question: str, yes: bool) -> None:
    """Go on only if a person agrees.

    Raises:
        SpecError: Nobody is there to answer.
        typer.Exit: The answer is no.
    """
    if yes:
        return
    answer = ask(f"{question} [y/N] ")
    if answer is None:
        raise SpecError("Nobody answered, so nothing was done. Give --yes to do it without a question.")
    if answer not in ("y", "yes"):
        raise typer.Exit(exits.INTERRUPTED)


def _cell(value: Any) -> str:
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:.4g}"
    text = str(value)
    return text if text.isprintable() else repr(text)
