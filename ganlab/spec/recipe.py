"""Fusions as data, and the names of members."""

import re
from typing import Annotated, Any, Self

from pydantic import Field, SerializerFunctionWrapHandler, field_validator, model_serializer, model_validator

from ganlab.spec.asked import Asked, short

# Members are named in URLs, folders and command lines: no spaces, nothing a shell or a page would read, or make a link.
NAME = re.compile(r"(?!.*www\.)[a-z0-9][a-z0-9._-]{0,63}", re.ASCII)


class Recipe(Asked):
    """A fusion as data: what the page shows, a PNG remembers, the command line reads, a store keeps."""

    members: tuple[Annotated[str, Field(max_length=64)], ...] = Field(min_length=1, max_length=32, strict=False)
    rule: str = Field(max_length=64)
    weights: tuple[float, ...] = Field((), strict=False)
    options: dict[Annotated[str, Field(max_length=64)], Annotated[str, Field(max_length=64)] | float] = Field(
        {}, max_length=16
    )

    @model_serializer(mode="wrap")
    def _brief(self, usual: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Say nothing of options where there are none, as recipes of rules without them always did."""
        told = usual(self)
        return told if self.options else {name: value for name, value in told.items() if name != "options"}

    @field_validator("members")
    @classmethod
    def _names(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for name in value:
            check_name(name)
        return value

    @model_validator(mode="after")
    def _one_weight_each(self) -> Self:
        if self.weights and len(self.weights) != len(self.members):
            raise ValueError(f"{len(self.members)} members need {len(self.members)} weights, not {len(self.weights)}")
        return self


def check_name(name: str) -> str:
    """Return ``name`` if a member may be called so.

    Raises:
        ValueError: It may not (SpecError's sentence says what is allowed).
    """
    if not NAME.fullmatch(name):
        raise ValueError(
            f"{short(name)} is no name for a member: use 1 to 64 of a-z, 0-9, '.', '_' and '-', "
            "beginning with a letter or digit, without 'www.'"
        )
    return name
