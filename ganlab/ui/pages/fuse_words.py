"""What the fusion page says about a rule: its formula with the numbers in it, and when it can do nothing."""

import re
from collections.abc import Sequence

from ganlab.fusion import RULES
from ganlab.fusion.options import Value
from ganlab.ui.i18n import t, texts
from ganlab.ui.i18n.families import about
from ganlab.ui.pages.fuse_draw import shares

_SUM = re.compile(r"\\frac\{1\}\{K\}\s*\\sum_k\s*(?P<plain>[A-Za-z])_k\((?P<of>\w)\)"
                  r"|\\sum_k\s*w_k\s*(?:\\,)?\s*(?P<weighed>\\theta|[A-Za-z])_k(?:\((?P<at>\w)\))?")  # fmt: skip


def as_they_are(rule: str) -> bool:
    """Return whether a rule uses weights undivided by their sum."""
    return rule == "weighted_sum"


def with_numbers(rule: str, weights: Sequence[float], count: int) -> str:
    """Return the rule's formula, sums written out with the current numbers, as LaTeX.

    Args:
        rule: A name out of ``RULES``; a formula without a sum over members keeps its letters.
        weights: As the sliders stand.
        count: Of members.
    """
    numbers = list(weights) if weights and as_they_are(rule) else shares(weights, count)

    def terms(found: re.Match) -> str:
        symbol, at = found["plain"] or found["weighed"], found["of"] or found["at"]
        of = f"({at})" if at else ""
        return " + ".join(rf"{number:.2f}\,{symbol}_{k}{of}" for k, number in enumerate(numbers, 1))

    formula = RULES[rule].facts["formula"].split(r", \quad")[0]
    listed = r",\,".join(f"{number:.2f}" for number in numbers)
    formula = formula.replace(r"median}_w", rf"median}}_{{({listed})}}").replace(r"\dots, G_K", rf"\dots, G_{count}")
    formula = formula.replace(r"G_1(z), \dots, G_2(z)", r"G_1(z), G_2(z)")
    return _SUM.sub(terms, formula)


def effect(rule: str, anchor: Value = "") -> str:
    """Return one honest sentence on what a rule does to pictures, of aligned members if there is an anchor."""
    if anchor:
        return t("fuse.aligned", name=anchor)
    return texts("fuse").get(f"effect.{rule}") or about("rule", rule)


def caution(rule: str, names: Sequence[str], weights: Sequence[float]) -> str | None:
    """Return why these weights leave the rule nothing to do, or less than one would think."""
    parts = shares(weights, len(names))
    if parts.count(0) == len(parts) - 1:
        return t("fuse.only_one", name=names[parts.index(max(parts))])
    if rule == "median" and max(parts) > 0.5:
        return t("fuse.majority", name=names[parts.index(max(parts))])
    if rule == "median" and sum(part > 0 for part in parts) == 2 and max(parts) == 0.5:
        return t("fuse.tie")
    return None
