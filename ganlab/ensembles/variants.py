"""Variants of a spec: the base with some fields changed. No torch here."""

import json
from typing import Any

from ganlab.errors import SpecError
from ganlab.networks import NETWORKS
from ganlab.objectives import OBJECTIVES
from ganlab.spec import EnsembleSpec, MemberSpec
from ganlab.spec.fitting import OPTIMIZER_OPTIONS

_CHOOSERS = {
    "network": {each.name: each.facts["options"] for each in NETWORKS},
    "objective": {each.name: each.facts["options"] for each in OBJECTIVES},
    "optimizer": OPTIMIZER_OPTIONS,
}
_IN_COMMON = ("dataset", "image_size", "channels", "teacher")  # what is learned; members of several sets do not mix


def varied(asked: EnsembleSpec) -> tuple[MemberSpec, ...]:
    """Return the variants of an ensemble as resolved specs.

    Raises:
        SpecError: One is not allowed, or learns something else than the base.
    """
    common, found = asked.base.resolved(), []
    for place, variant in enumerate(asked.variants or (), 1):
        try:
            spec = MemberSpec.read(_left(asked.base, variant) | variant).resolved()
        except SpecError as error:
            raise SpecError(f"Variant {place}: {error}") from None
        for field in _IN_COMMON:
            if getattr(spec, field) != getattr(common, field):
                raise SpecError(f"Variant {place} changes {field}: all variants learn the same, so leave it out.")
        found.append(spec)
    return tuple(found)


def _left(base: MemberSpec, variant: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a base without options that only its own network, objective or optimiser takes."""
    given = base.model_dump()
    for chooser, options in _CHOOSERS.items():
        own = options.get(str(variant.get(chooser, given[chooser])), {})
        given |= dict.fromkeys({name for each in options.values() for name in each} - own.keys())
    return given


def read_variant(text: str) -> dict[str, Any]:
    """Read the fields of a variant, ``NAME=VALUE`` by spaces or commas.

    Raises:
        SpecError: A field says no value.
    """
    found: dict[str, Any] = {}
    for word in text.replace(",", " ").split():
        name, equals, value = word.partition("=")
        if not equals:
            raise SpecError(f"Variant {text!r}: {word!r} says no value; write NAME=VALUE, such as objective=hinge.")
        try:
            found[name.replace("-", "_")] = json.loads(value)
        except ValueError:
            found[name.replace("-", "_")] = value
    return found


def fault(asked: EnsembleSpec, what: str) -> str | None:
    """Return what is wrong with the number of variants, as a sentence, or None."""
    if len(asked.variants or ()) >= 2:
        return None
    return f"{what} needs at least two variants, such as --variant objective=hinge --variant objective=nonsaturating."
