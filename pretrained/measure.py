"""Measure shipped members, write the numbers on their cards and the table of all of them into README.

    python pretrained/measure.py            # every member that came along
    python pretrained/measure.py mnist-mlp  # these only
    python pretrained/measure.py --table    # only write the table anew from the cards

10,000 pictures of seed 0 against the test split, by the dataset's own extractor and by the second one that no fit uses.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from ganlab.members import store
from ganlab.members.card import Card, Measurement
from ganlab.metrics import shelf

README = Path(__file__).parents[1] / "README.md"
BEGIN, END = "<!-- measured members: python pretrained/measure.py -->\n", "<!-- end -->\n"
N, SEED = 10_000, 0
_COLUMNS = ("precision", "recall", "density", "coverage")


def measure(name: str) -> None:
    """Measure a shipped member and write its card."""
    from ganlab.fusion import load
    from ganlab.metrics import heldout
    from ganlab.metrics.evaluate import evaluate, of_member

    member = load(name)
    for extractor in shelf.fitting(member.card.dataset, member.shape):
        if extractor in shelf.INCEPTION:
            continue
        *_, (opened, reference) = shelf.opened(extractor, member.card.dataset, member.shape)
        measured = heldout.add(evaluate(of_member(member, N, SEED), opened, reference, seed=SEED), member, opened)
        entry = store.read_shipped(name)
        kept = tuple(each for each in entry.card.metrics if not each.same_question(measured))
        store.update_card(entry, metrics=(*kept, measured))
        print(f"{name} by {extractor}: FID {measured.numbers['fid'].value:.3g}")


def table(cards: list[Card]) -> str:
    """Return the Markdown table of measured cards, best first within a dataset."""
    lines = [
        "| member | FID | FID, unseen extractor | precision | recall | density | coverage | classes |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for dataset in dict.fromkeys(card.dataset for card in cards):
        rows = [(card, *both) for card in cards if card.dataset == dataset and (both := _both(card))]
        for card, seen, unseen in sorted(rows, key=lambda row: row[1].numbers["fid"].value):
            lines.append(_row(f"`{card.name}`", *_cells(seen, unseen)))
        if rows:
            lines.append(_row(f"*real {dataset} training pictures*", *_floor(rows[0][1], rows[0][2])))
    return "\n".join(lines) + "\n"


def _both(card: Card) -> tuple[Measurement, Measurement] | None:
    """Return what the usual extractor and the unseen one say, or None if a card lacks one of them."""
    found = [each for each in card.metrics if (each.n_fake, each.split, each.seed) == (N, "test", SEED)]
    seen = [each for each in found if each.extractor.endswith(tuple(f"-{kind}" for kind in shelf.FIRST))]
    unseen = [each for each in found if each.extractor.endswith(f"-{shelf.SECOND}")]
    return (seen[0], unseen[0]) if seen and unseen else None


def _cells(seen: Measurement, unseen: Measurement) -> Iterator[str]:
    for measured in (seen, unseen):
        fid = measured.numbers["fid"]
        yield f"{_short(fid.value)} [{_short(fid.low)}, {_short(fid.high)}]"
    yield from (f"{seen.numbers[name].value:.2f}" for name in _COLUMNS)
    yield f"{seen.numbers['modes'].value:.0f}" if "modes" in seen.numbers else "-"


def _floor(seen: Measurement, unseen: Measurement) -> Iterator[str]:
    yield from (_short(measured.floors["fid"]) for measured in (seen, unseen))
    yield from (f"{seen.floors[name]:.2f}" for name in _COLUMNS)
    yield f"{seen.floors['modes']:.0f}" if "modes" in seen.floors else "-"


def _short(value: float) -> str:
    """Return three digits that matter, without powers of ten."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def shipped() -> list[Card]:
    """Return the cards that came along as they lie there, in the order of the gallery."""
    return [store.read_shipped(entry.name).card for entry in store.catalogue() if entry.shipped]


def write_table() -> None:
    """Put the table between its marks in README."""
    text = README.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    after = rest.split(END, 1)[1]
    README.write_text(before + BEGIN + table(shipped()) + END + after, encoding="utf-8")


if __name__ == "__main__":
    asked = sys.argv[1:]
    for each in [] if asked == ["--table"] else asked or [card.name for card in shipped()]:
        measure(each)
    write_table()
