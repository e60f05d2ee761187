"""A member's card as the README of a repository on the Hugging Face Hub: what it is, its numbers, and its limits.

What stands in front is YAML, written as JSON, which YAML holds: no text of a card can become a key of its own.  Every
number is told with what measured it, how many pictures, which split and seed, and its interval.  No torch here.
"""

import html
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from ganlab.data import FOLDER
from ganlab.members.card import Card, Measurement, Number
from ganlab.metrics import MEASURES

TAG = "ganlab"
_KINDS = {"gan": "gan", "vae": "vae", "vaegan": "vae-gan", "fused": "model-fusion"}
_LICENCES = (("CC BY-SA 3.0", "cc-by-sa-3.0"), ("CC BY 4.0", "cc-by-4.0"), (": MIT", "mit"))
_LIMITS = """## Limits and misuse

- It draws small things of the kind it was trained on, {what}, and nothing else; what is rare there is rarer here.
- Pictures may be like pictures it was trained on, down to copies: look at the nearest ones before they are published.
- Whoever or whatever was left out of the data, or shown in one way only, is left out or shown so here too.
- Its pictures are not photographs of anything. Do not pass them off as such, and do not train what decides about
  people with them.
- The numbers are the author's. Those of an extractor that was trained on the data itself are for comparisons within
  one table; they are not the Inception distances of papers."""


def readme(card: Card, repo: str, parts: Sequence[Card] = ()) -> str:
    """Return the README of a member's repository.

    Args:
        card: Of the member.
        repo: Such as ``me/ring``.
        parts: Cards of what a fused member is made of, which lie beside it.
    """
    sections = [
        _front(card),
        f"# {card.name}",
        _about(card, parts),
        "![What it draws from seed 0](preview.png)",
        f"## Use\n\n```bash\npip install 'ganlab[hub]'\npython -m ganlab hub pull {repo}\n"
        f"python -m ganlab sample {card.name} --n 64 --out samples.png\n```",
        "\n\n".join(["## Numbers", *map(_table, card.metrics)]) if card.metrics else "It was not measured.",
        _LIMITS.format(what=_plain(card.dataset)),
        "## All that is known\n\n`card.json` holds the whole specification, the seeds, the versions and the digests of "
        "the weights, which are safetensors: nothing is unpickled.",
    ]
    return "\n\n".join(sections) + "\n"


def licence_of(card: Card) -> str:
    """Return the Hub's word for the licence of a member's data: ``other`` if it is none of its words, else unknown."""
    if card.licence is None:
        return "unknown"
    return next((word for text, word in _LICENCES if text in card.licence), "other")


def _front(card: Card) -> str:
    """Return what programs read."""
    pictures = len(card.shape) == 3
    facts: dict[str, Any] = {"license": licence_of(card)}
    if facts["license"] == "other":
        facts |= {"license_name": "as-the-data", "license_link": "README.md#licence"}
    facts |= {"library_name": TAG, "tags": [TAG, _KINDS.get(card.kind, card.kind), *_more_tags(card)]}
    facts |= {"pipeline_tag": "unconditional-image-generation"} if pictures and not card.conditional else {}
    facts |= {} if card.dataset.startswith(FOLDER) else {"datasets": [card.dataset]}
    if card.metrics:
        facts["model-index"] = [{"name": card.name, "results": [_result(card, each) for each in card.metrics]}]
    return "\n".join(["---", *(f"{name}: {json.dumps(value)}" for name, value in facts.items()), "---"])


def _more_tags(card: Card) -> Iterator[str]:
    yield from filter(None, (card.network, card.objective, card.recipe and card.recipe.rule))


def _result(card: Card, measured: Measurement) -> dict[str, Any]:
    """Return a measurement as the Hub's index has it; an extractor of ours is part of the name: FID is not FID."""
    facts = {"extractor": measured.extractor, "n_drawn": measured.n_fake, "n_real": measured.n_real}
    return {
        "task": {"type": "unconditional-image-generation"},
        "dataset": {
            "name": card.dataset,
            "type": card.dataset,
            "split": measured.split,
            "args": {"seed": measured.seed},
        },
        "metrics": [
            {
                "type": f"{name}-{measured.extractor}",
                "name": f"{name} by {measured.extractor}",
                "value": number.value,
                "args": facts | ({} if number.low is None else {"interval_95": [number.low, number.high]}),
            }
            for name, number in measured.numbers.items()
        ],
    }


def _about(card: Card, parts: Sequence[Card]) -> str:
    things = "pictures" if len(card.shape) == 3 else "points"
    shape = " x ".join(map(str, card.shape))
    if card.recipe is not None:
        names = ", ".join(f"`{name}`" for name in card.recipe.members)
        weights = (
            f" with weights {', '.join(f'{each:g}' for each in card.recipe.weights)}" if card.recipe.weights else ""
        )
        made = f"A fusion of {names} by the rule `{card.recipe.rule}`{weights}"
        made += f"; the {len(parts)} members lie beside it." if parts else "."
    elif card.spec is not None:
        spec = card.spec
        steps = f" for {card.steps:,} steps" if card.steps else ""
        made = f"A {card.kind} (`{spec.network}`, objective `{spec.objective}`), trained{steps} from seed {spec.seed}."
    else:
        made = "It learned nothing: a member to compare others with."
    licence = _plain(card.licence) if card.licence else "none is stated; ask whoever made the data"
    drawn = (
        f"It draws {things} of {shape} from {card.latent_dim:,} numbers of noise, of the data `{_code(card.dataset)}`"
    )
    asked = ", of a class that can be asked for" if card.conditional else ""
    return f'{made} {drawn}{asked}.\n\n<a id="licence"></a>Licence of the data it learned: {licence}.'


def _table(measured: Measurement) -> str:
    """Return numbers that were measured together, and what makes them numbers."""
    rows = [
        f"| {_plain(name)} | {_told(number)} | {MEASURES[name].help if name in MEASURES else ''} |"
        for name, number in measured.numbers.items()
    ]
    told = (
        f"By `{_code(measured.extractor)}`: {measured.n_fake:,} drawn against {measured.n_real:,} real ones of the "
        f"{measured.split} split, seed {measured.seed}; in brackets 95 % intervals."
    )
    notes = [f"- {_plain(note)}" for note in measured.notes]
    return "\n".join(
        [told, "", "| measure | value | what it is |", "|---|---|---|", *rows, *(["", *notes] if notes else [])]
    )


def _told(number: Number) -> str:
    if number.low is None or number.high is None:
        return f"{number.value:.4g}"
    return f"{number.value:.4g} [{number.low:.4g}, {number.high:.4g}]"


def _plain(text: str) -> str:
    """Return a text from outside as Markdown shows it: no HTML, no link, no line of its own."""
    return re.sub(r"([\\`*_{}\[\]()#+!|~])", r"\\\1", html.escape(" ".join(text.split()), quote=False))


def _code(text: str) -> str:
    """Return a text from outside for between backticks."""
    return " ".join(text.replace("`", "'").split())
