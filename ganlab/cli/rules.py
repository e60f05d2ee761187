"""``rules``: the ways to fuse, and what each needs and takes."""

from typing import Any

from ganlab.cli.output import Json, as_json, as_table
from ganlab.fusion import OPTIONS, RULES


def rules(*, json: Json = False) -> None:
    """List the fusion rules: what each does, whether it weighs members, and its options."""
    if json:
        as_json([_facts(each.name) for each in RULES])
        return
    rows = [
        {
            "rule": each.name,
            "weights": "yes" if each.facts["weighs"] else "-",
            "options": ", ".join(each.facts["options"]) or "-",
            "what it does": each.help,
        }
        for each in RULES
    ]
    as_table(rows, ["rule", "weights", "options", "what it does"])


def _facts(name: str) -> dict[str, Any]:
    """Return all that is known of a rule before it is used."""
    rule = RULES[name]
    options = {
        option: {"help": known.help, "usual": known.usual}
        | ({"low": known.low, "high": known.high} if known.is_number else {})
        | ({"choices": list(known.choices)} if known.choices else {})
        for option, known in ((option, OPTIONS[option]) for option in rule.facts["options"])
    }
    return {
        "rule": rule.name,
        "title": rule.facts["title"],
        "help": rule.help,
        "formula": rule.facts["formula"],
        "weighs": rule.facts["weighs"],
        "one_latent": rule.facts["one_latent"],
        "pictures_only": bool(rule.facts.get("pictures")),
        "least_members": rule.facts.get("least", 2),
        "learns": bool(rule.facts.get("fitted")),
        "options": options,
    }
