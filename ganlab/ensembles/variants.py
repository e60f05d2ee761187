"""Variants of a spec: the base with some fields changed. No torch here."""

from ganlab.errors import SpecError
from ganlab.spec import EnsembleSpec, MemberSpec

_IN_COMMON = ("dataset", "image_size", "channels", "teacher")  # what is learned; members of several sets do not mix


def varied(asked: EnsembleSpec) -> tuple[MemberSpec, ...]:
    """Return the variants of an ensemble as resolved specs.

    Raises:
        SpecError: One is not allowed, or learns something else than the base.
    """
    # Of the base as it was asked for: what it leaves open, a variant with other networks fills with their usual values.
    given, common = asked.base.model_dump(), asked.base.resolved()
    found = []
    for place, variant in enumerate(asked.variants or (), 1):
        try:
            spec = MemberSpec.read(given | variant).resolved()
        except SpecError as error:
            raise SpecError(f"Variant {place}: {error}") from None
        for field in _IN_COMMON:
            if getattr(spec, field) != getattr(common, field):
                raise SpecError(f"Variant {place} changes {field}: all variants learn the same, so leave it out.")
        found.append(spec)
    return tuple(found)


def fault(asked: EnsembleSpec, what: str) -> str | None:
    """Return what is wrong with the number of variants, as a sentence, or None."""
    if len(asked.variants or ()) >= 2:
        return None
    return f"{what} needs at least two variants, such as --variant objective=hinge --variant objective=nonsaturating."
