"""Walks through latent spaces as data: what the page shows, a film remembers, the command line reads."""

from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from ganlab.spec.asked import Asked, Seed
from ganlab.spec.recipe import check_name

MOST_MEMBERS, MOST_PICTURES, MOST_FRAMES, FASTEST = 8, 36, 600, 60
_FARTHEST = 1e6  # on the endless plane
_CORNERS = {"line": 2, "plane": 4, "seeds": 0, "sum": 3}

Name = Annotated[str, Field(max_length=64)]
Place = tuple[
    Annotated[float, Field(ge=-_FARTHEST, le=_FARTHEST)],
    Annotated[float, Field(ge=-_FARTHEST, le=_FARTHEST)],
]


class Corner(Asked):
    """Where a walk begins or ends: a seed's latents, or those of a picture that each member encodes itself."""

    seed: Seed = 0
    picture: Annotated[str, Field(max_length=60_000, description="A PNG file in base64.")] | None = None


class Blend(Asked):
    """A fusion whose weights change from the left of the walk to its right."""

    rule: Name
    start: tuple[float, ...] = Field((), strict=False)
    end: tuple[float, ...] = Field((), strict=False)
    options: dict[Name, Name | float] = Field({}, max_length=16)

    def weights(self, t: float) -> tuple[float, ...]:
        """Return the weights at t from 0 to 1; beyond, those of the nearer end."""
        t = min(max(t, 0.0), 1.0)
        return tuple((1 - t) * a + t * b for a, b in zip(self.start, self.end, strict=True))


class Walk(Asked):
    """All that decides the pictures of a walk."""

    members: tuple[Name, ...] = Field(min_length=1, max_length=MOST_MEMBERS, strict=False)
    blend: Blend | None = None
    kind: Literal["line", "plane", "seeds", "sum"] = "line"
    corners: tuple[Corner, ...] = Field((), strict=False)
    spherical: bool = True
    n: int = Field(16, ge=1, le=MOST_PICTURES)
    truncation: float = Field(1.0, ge=0, le=2)
    label: int | None = Field(None, ge=0, lt=2**31)
    shift: tuple[float, ...] = Field((), max_length=4096, strict=False)
    place: Place = Field((0.0, 0.0), strict=False)
    tour: Literal["once", "loop", "random"] = "loop"
    tour_seed: Seed = 0
    frames: int = Field(90, ge=2, le=MOST_FRAMES)
    rate: int = Field(30, ge=1, le=FASTEST)

    @field_validator("members")
    @classmethod
    def _names(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for name in value:
            check_name(name)
        return value

    @model_validator(mode="after")
    def _goes_together(self) -> Self:
        if len(self.corners) != _CORNERS[self.kind]:
            raise ValueError(f"a walk of kind {self.kind!r} has {_CORNERS[self.kind]} corners, not {len(self.corners)}")
        if self.blend is not None:
            for what, weights in (("start", self.blend.start), ("end", self.blend.end)):
                if len(weights) not in (0, len(self.members)) or bool(weights) != bool(self.blend.start):
                    raise ValueError(f"{len(self.members)} members need as many weights at the {what} of the walk")
        return self
