"""The card of a member: what was asked for, what came of it, and the measured numbers. No torch here."""

import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from ganlab.data import DATASETS
from ganlab.spec import Asked, MemberSpec, Recipe, check_name

Text = Annotated[str, Field(max_length=500)]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Kind = Literal["gan", "vae", "vaegan", "noise", "rule-based", "fused"]


OF_ENCODERS = ("reconstruction", "feature_error")  # numbers that tell of an encoder more than of what is drawn


class Number(Asked):
    """A measured value and its 95 % interval, where it has one."""

    value: float
    low: float | None = None
    high: float | None = None


class Measurement(Asked):
    """Numbers measured together, with what makes them numbers: extractor, counts, split, seed and floors.

    ``floors`` are the same measures of real training pictures against the same reference: what a perfect
    member would reach.  ``class_shares`` are the shares of the extractor's classes among the pictures,
    ``real_shares`` among the reference.
    """

    extractor: Annotated[str, Field(max_length=128)]
    n_fake: int = Field(ge=1)
    n_real: int = Field(ge=1)
    split: Literal["train", "validation", "test"]
    seed: int
    numbers: dict[Annotated[str, Field(max_length=64)], Number]
    floors: dict[Annotated[str, Field(max_length=64)], float] = {}
    class_shares: tuple[float, ...] = Field((), strict=False)
    real_shares: tuple[float, ...] = Field((), strict=False)
    notes: tuple[Text, ...] = Field((), strict=False)

    def same_question(self, other: "Measurement") -> bool:
        """Whether the other one answers the same question, so that the newer takes its place."""
        asked = ("extractor", "n_fake", "n_real", "split", "seed")
        return all(getattr(self, field) == getattr(other, field) for field in asked)


class Weights(Asked):
    """The weights file beside the card: if it is not this one, the member is refused."""

    sha256: Digest
    size: int = Field(ge=1, description="Bytes.")


class Encoder(Weights):
    """An encoder that was fitted to the finished generator, in a file of its own, and how."""

    parameters: int = Field(ge=1)
    steps: int = Field(ge=1)
    seconds: float = Field(ge=0)
    seed: int = Field(ge=0)
    created: Text | None = None


class CodeDensity(Asked):
    """A Gaussian mixture that was fitted to the codes of a finished autoencoder, and draws its latents."""

    components: int = Field(ge=1)
    seed: int = Field(ge=0)
    log_likelihood: float = Field(description="Of the codes of validation pictures, in nats each.")
    seconds: float = Field(ge=0)


class Fit(Weights):
    """What a fused member's rule was fitted to, on validation data, in a file of its own.

    ``numbers`` are of held-out validation data: kernel distances before and after, and what the rule tells beside.
    """

    extractor: Annotated[str, Field(max_length=128)]
    extractor_sha256: Digest
    n_real: int = Field(ge=1)
    seed: int = Field(ge=0)
    numbers: dict[Annotated[str, Field(max_length=64)], Number] = {}


class Card(Asked):
    """Everything known about a member without opening its weights.

    A trained member has ``spec`` and ``weights``; a fused one has ``recipe`` and the digests of what it was
    made of (``made_of``), so that a member which changed under its name is noticed; a trained one has there those of
    the members that it started from and learned from.
    """

    name: str
    kind: Kind
    dataset: Text
    shape: tuple[Annotated[int, Field(ge=1, le=1024)], ...] = Field(strict=False, min_length=1, max_length=3)
    latent_dim: int = Field(ge=1, le=65_536)
    walk_dim: int = Field(ge=1, le=65_536, description="Leading latents that set the angle of a spherical walk.")
    conditional: bool = False
    parameters: int = Field(ge=0, description="Of what draws the picture.")
    critic_parameters: int = Field(0, ge=0)
    spec: MemberSpec | None = None
    recipe: Recipe | None = None
    made_of: dict[str, Digest] = {}
    lineage: tuple[Digest, ...] = Field((), strict=False, description="Of its run, and of what that started from.")
    fit: Fit | None = Field(None, description="Of a fused member's rule, where it is one that is fitted.")
    weights: Weights | None = None
    encoder: Encoder | None = Field(None, description="Of a GAN; autoencoders have theirs among their weights.")
    density: CodeDensity | None = Field(None, description="Of an autoencoder's codes, in the place of its prior.")
    rows: Text | None = Field(None, description="Which training rows it saw, as a member of an ensemble; None for all.")
    steps: int | None = Field(None, ge=0)
    seconds: float | None = Field(None, ge=0)
    device: Text | None = None
    versions: dict[str, Text] = {}
    created: Text | None = None
    licence: Text | None = Field(None, description="Of the data, where it is stated.")
    metrics: tuple[Measurement, ...] = Field((), strict=False)

    @field_validator("name")
    @classmethod
    def _named(cls, value: str) -> str:
        return check_name(value)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.kind == "fused") != (self.recipe is not None):
            raise ValueError(f"a card of kind {self.kind!r} {'needs' if self.kind == 'fused' else 'has no'} recipe")
        if self.kind in ("gan", "vae", "vaegan") and self.spec is None:
            raise ValueError(f"a card of kind {self.kind!r} needs a spec")
        if self.spec is not None and self.shape != self.spec.shape:
            raise ValueError(f"shape {self.shape} does not fit the spec, which makes {self.spec.shape}")
        if self.spec is not None and self.dataset != self.spec.dataset:
            raise ValueError(f"dataset {self.dataset!r} does not fit the spec, which learns {self.spec.dataset!r}")
        if self.encoder is not None and self.kind != "gan":
            raise ValueError(f"a card of kind {self.kind!r} has no encoder fitted afterwards")
        if self.fit is not None and self.kind != "fused":
            raise ValueError(f"a card of kind {self.kind!r} has no fitted rule")
        if self.density is not None and self.kind not in ("vae", "vaegan"):
            raise ValueError(f"a card of kind {self.kind!r} has no density of codes")
        if self.walk_dim > self.latent_dim:
            raise ValueError(f"walk_dim {self.walk_dim} is more than latent_dim {self.latent_dim}")
        return self

    @model_validator(mode="before")
    @classmethod
    def _usual_walk(cls, values: dict) -> dict:
        if isinstance(values, dict) and values.get("walk_dim") is None:
            return {**values, "walk_dim": values.get("latent_dim")}
        return values

    @property
    def encodes(self) -> bool:
        """Whether it can find latents for pictures."""
        return self.kind in ("vae", "vaegan") or self.encoder is not None

    @property
    def judges(self) -> bool:
        """Whether it has a critic of its own that gives a single picture a score."""
        return self.critic_parameters > 0 and not (self.spec and self.spec.judges_together)

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the classes that a conditional member can be asked for."""
        return DATASETS[self.dataset].facts["classes"] if self.conditional and self.dataset in DATASETS else ()

    @property
    def network(self) -> str | None:
        """The network's name, or None for a member that has none of its own."""
        return self.spec.network if self.spec else None

    @property
    def objective(self) -> str | None:
        """The objective's name, or None."""
        return self.spec.objective if self.spec else None

    def digest(self) -> str:
        """Return what identifies the member's pictures: its weights' hash, or its recipe's and fit's."""
        from hashlib import sha256

        if self.weights is not None:
            return self.weights.sha256
        made = "" if self.recipe is None else self.recipe.model_dump_json(exclude={"members"})
        parts = [self.made_of.get(name, name) for name in (self.recipe.members if self.recipe else ())]
        parts += [] if self.fit is None else [self.fit.sha256]
        return sha256("\n".join([self.kind, self.dataset, made, *parts]).encode()).hexdigest()

    def summary(self) -> dict:
        """Return what ``members --json`` prints, a missing number as None."""
        return {
            "name": self.name,
            "kind": self.kind,
            "conditional": self.conditional,
            "dataset": self.dataset,
            "network": self.network,
            "objective": self.objective,
            "rule": self.recipe.rule if self.recipe else None,
            "shape": list(self.shape),
            "latent_dim": self.latent_dim,
            "parameters": self.parameters,
            "steps": self.steps,
            "seconds": self.seconds,
            "created": self.created,
            "metrics": [measured.model_dump(mode="json") for measured in self.metrics],
        }


def versions() -> dict[str, str]:
    """Return the versions that made a member: Python, ganlab, torch."""
    found = {"python": platform.python_version()}
    for package in ("torch", "numpy"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:  # pragma: no cover - both are required
            continue
    return found


def now() -> str:
    """Return the time as a card states it: UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")
