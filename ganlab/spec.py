"""What is asked for, as data: frozen, complete, readable on disk, and refused with a sentence.

``MemberSpec`` describes a training, ``Recipe`` a fusion.  Both come from JSON, the command line, a page or
a URL, so both are checked by one model each; its complaints name the field, the value and what is
allowed.
"""

import re
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from ganlab.data import DATASETS, FOLDER
from ganlab.errors import SpecError, UnknownName
from ganlab.family import Family
from ganlab.networks import NETWORKS
from ganlab.networks.sides import ATTENTION_SIDE, attended, sides
from ganlab.objectives import OBJECTIVES, STAGES
from ganlab.toys import TOYS

# Members are named in URLs, folders and command lines: no spaces, nothing a shell or a page would read.
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}", re.ASCII)

Rate = Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, lt=1, allow_inf_nan=False)]
Part = Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)]
Seed = Annotated[int, Field(ge=0, lt=2**63)]

_DEFAULT_SIZE, _DEFAULT_CHANNELS = 64, 3  # of a folder's pictures


class Asked(BaseModel):
    """A model of something that comes from outside: frozen, no unknown keys, no coercion of texts."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    @classmethod
    def read(cls, values: Any) -> Self:
        """Check values from outside.

        Raises:
            SpecError: With one sentence a fault: field, what was given, what is allowed.
        """
        try:
            return cls.model_validate_json(values) if isinstance(values, str | bytes) else cls(**values)
        except ValidationError as error:
            raise SpecError(sentences(error)) from None
        except TypeError:
            raise SpecError(f"A {cls.__name__} is an object with named fields, not {_short(values)}.") from None


class MemberSpec(Asked):
    """What to train.  Equal specs give equal members on one machine; a short JSON is enough.

    ``None`` means "the usual for this network, objective or dataset"; ``resolved`` writes it out.
    """

    dataset: str = Field("digits", description="What to learn from: a name, or folder:PATH.")
    image_size: int | None = Field(None, ge=4, le=256, description="Side in pixels of a folder's pictures.")
    channels: Literal[1, 3, None] = Field(None, description="Of a folder's pictures: 1 grey, 3 colour.")
    network: str = Field("dcgan", description="The pair of networks.")
    objective: str = Field("hinge", description="What critic and generator minimise.")
    latent_dim: int | None = Field(None, ge=1, le=4096, description="Numbers of noise a picture starts from.")
    width: int | None = Field(None, ge=1, le=1024, description="Channels of the generator's last hidden layer.")
    critic_width: int | None = Field(None, ge=1, le=1024, description="Channels of the critic's first layer.")
    dropout: Share | None = Field(None, description="Share of the critic's activations dropped in training.")
    spectral_norm: bool | None = Field(None, description="Bound each critic layer by its largest singular value.")
    attention: bool | None = Field(None, description="Self-attention in a layer of generator and critic.")
    minibatch_discrimination: int | None = Field(
        None,
        ge=0,
        le=1024,
        description="In how many ways the critic compares the pictures of a batch; 0 is not at all.",
    )
    grow: Share | None = Field(None, description="Share of the run over which the networks grow to the full side.")
    label_smoothing: float | None = Field(
        None, ge=0, lt=0.5, description="Real pictures count as 1 minus this (one-sided)."
    )
    clip: float | None = Field(None, gt=0, le=10, description="Critic weights stay within plus or minus this.")
    penalty: float | None = Field(None, ge=0, le=1000, description="Weight of the penalty on the critic's slope.")
    feature_matching: float | None = Field(
        None, ge=0, le=1000, description="Weight of the distance between mean features of real and drawn pictures."
    )
    pack: int | None = Field(None, ge=1, le=64, description="Pictures that the critic judges as one.")
    diffaugment: Literal["none", "translation", "translation+cutout", "color+translation+cutout", None] = Field(
        None, description="Random change of all that the critic sees, real and drawn."
    )
    likelihood: Literal["bernoulli", "gaussian", None] = Field(None, description="What a decoder's output means.")
    beta: float | None = Field(None, ge=0, le=100, description="Weight of the code's divergence from the prior.")
    warmup: int | None = Field(None, ge=0, le=10_000_000, description="Steps over which that weight grows from 0.")
    likeness: float | None = Field(None, ge=0, le=100, description="Weight of likeness beside the critic's judgement.")
    pretrain: Part | None = Field(None, description="Share of the stage that trains the autoencoder alone.")
    join: Part | None = Field(None, description="Share of the stage in which the critic gets to know the decoder.")
    adversarial: Part | None = Field(None, description="Share of the stage of generator against critic.")
    joint: Part | None = Field(None, description="Share of the stage of all losses together.")
    conditional: bool = Field(False, description="Learn to draw a class when asked for it; needs classes.")
    optimizer: Literal["adam", "sgd", "rmsprop"] = Field("adam", description="How steps are taken.")
    learning_rate_generator: Rate = Field(2e-4, description="Step size of the generator.")
    learning_rate_critic: Rate = Field(2e-4, description="Step size of the critic.")
    beta1: Share | None = Field(None, description="Adam: memory of the gradient.")
    beta2: Share | None = Field(None, description="Adam: memory of its square.")
    momentum: Share | None = Field(None, description="SGD and RMSprop: memory of past steps.")
    n_critic: int = Field(1, ge=1, le=100, description="Critic steps for each generator step.")
    batch_size: int = Field(64, ge=2, le=65_536, description="Pictures a step.")
    steps: int = Field(5_000, ge=1, le=100_000_000, description="Generator steps in all.")
    ema: Share = Field(0.999, description="Memory of the averaged generator that is sampled; 0 is off.")
    augment: Literal["none", "shift", "flip"] = Field("none", description="Random change of real pictures.")
    seed: Seed = Field(0, description="Fixes first weights, batches and noise.")
    log_every: int = Field(20, ge=1, le=100_000, description="Steps between points of the curves.")
    preview_every: int | None = Field(None, ge=1, description="Steps between kept previews; about 100 in all.")
    checkpoint_every: int | None = Field(None, ge=1, description="Steps between checkpoints.")
    score_every: int | None = Field(None, ge=0, description="Steps between scores of 500 examples; 0 is never.")
    target_fid: float | None = Field(None, gt=0, description="Stop when a score's FID is below this.")
    patience: int | None = Field(None, ge=1, description="Stop when so many scores in a row brought no better FID.")

    @field_validator("dataset")
    @classmethod
    def _known_dataset(cls, value: str) -> str:
        if value.startswith(FOLDER):
            if value == FOLDER:
                raise ValueError("write the folder's path after 'folder:'")
            return value
        return _known(DATASETS, value)

    @field_validator("network")
    @classmethod
    def _known_network(cls, value: str) -> str:
        return _known(NETWORKS, value)

    @field_validator("objective")
    @classmethod
    def _known_objective(cls, value: str) -> str:
        return _known(OBJECTIVES, value)

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        network = NETWORKS[self.network]
        images = len(self.shape) == 3
        if images != (network.facts["suits"] == "images"):
            fitting = [each.name for each in NETWORKS if (each.facts["suits"] == "images") == images]
            kind = "pictures" if images else "points in the plane"
            raise ValueError(
                f"network {self.network!r} does not suit dataset {self.dataset!r}, which holds {kind}: "
                f"use {' or '.join(map(repr, fitting))}"
            )
        self._refuse_foreign({each.name: each.facts["options"] for each in NETWORKS}, "network")
        self._refuse_foreign({each.name: each.facts["options"] for each in OBJECTIVES}, "objective")
        self._refuse_foreign(_OPTIMIZER_OPTIONS, "optimizer")
        if not self.dataset.startswith(FOLDER) and (self.image_size, self.channels) not in (
            (None, None),
            (self.shape[-1], self.shape[0]),
        ):
            raise ValueError(
                f"image_size and channels belong to folder: datasets; {self.dataset!r} has {_side(self.shape)}"
            )
        if self.network in ("dcgan", "resnet") and self.shape[-1] % 4:
            raise ValueError(
                f"network {self.network!r} makes pictures whose side is a multiple of 4, not {self.shape[-1]}: "
                "change image_size, or use 'mlp'"
            )
        if self.attention and attended(self.shape[-1]) is None:
            raise ValueError(
                f"attention looks at a map of at most {ATTENTION_SIDE} pixels a side, and pictures of "
                f"{self.shape[-1]} pixels have none: change image_size, or leave it out"
            )
        for field in ("augment", "diffaugment"):
            value = getattr(self, field)
            if value not in (None, "none") and not images:
                raise ValueError(f"{field} {value!r} changes pictures, and {self.dataset!r} holds points: use 'none'")
        if self.likelihood == "bernoulli" and not images:
            raise ValueError(f"likelihood 'bernoulli' is of pixels, and {self.dataset!r} holds points: use 'gaussian'")
        self._refuse_unasked()
        self._refuse_unscored()
        self._refuse_no_stage()
        self._refuse_mixing()
        for field, least in (("n_critic", 1), ("minibatch_discrimination", 0), ("grow", 0)):
            value = getattr(self, field)
            if field in self.idle and value not in (None, least):
                raise ValueError(
                    f"{field} {value} belongs to plain GANs, and objective {self.objective!r} makes a {self.kind}: "
                    f"leave it at {least}"
                )
        return self

    def _refuse_mixing(self) -> None:
        """Refuse packs that do not fill a batch, and comparisons within one where there is nothing to compare with."""
        kernels, pack = self.minibatch_discrimination, self.pack or 1
        if self.batch_size % pack:
            raise ValueError(
                f"batch_size {self.batch_size:,} cannot be cut into packs of {pack}: use a multiple of {pack}"
            )
        if self.conditional and pack > 1:
            raise ValueError(
                f"pack {pack} shows the critic pictures of several classes as one, and a conditional one judges each "
                "by its class: use pack 1, or leave conditional out"
            )
        if kernels and self.batch_size == pack:
            raise ValueError(
                f"minibatch_discrimination {kernels} compares what the critic sees, and batch_size {self.batch_size:,} "
                f"is one pack of {pack}: use a larger batch"
            )
        if kernels and "penalty" in OBJECTIVES[self.objective].facts["options"]:
            raise ValueError(
                f"minibatch_discrimination {kernels} mixes the pictures of a batch, and objective {self.objective!r} "
                "holds the critic's slope at each picture in check: use 0, or another objective"
            )

    def _refuse_no_stage(self) -> None:
        """Refuse a run of stages that leaves out every one of them."""
        usual = OBJECTIVES[self.objective].facts["options"]
        shares = [getattr(self, stage) for stage in STAGES if stage in usual]
        if shares and not any(
            usual[stage] if share is None else share for stage, share in zip(STAGES, shares, strict=True)
        ):
            raise ValueError(f"{', '.join(STAGES)} are all 0: give at least one stage a share of the run")

    def _refuse_unasked(self) -> None:
        """Refuse to learn classes that are not there, or in a way that does not know them."""
        if self.conditional and not self.classes:
            raise ValueError(f"conditional needs classes to ask for, and {self.dataset!r} has none: leave it out")
        if self.conditional and "conditional" in self.idle:
            raise ValueError(
                f"conditional members are GANs and VAEs, and objective {self.objective!r} makes a {self.kind}: "
                "use 'elbo' or an adversarial objective"
            )

    def _refuse_unscored(self) -> None:
        """Refuse scores where there is nothing to count, and to wait for an FID that will never come."""
        points = len(self.shape) == 1
        if points and self.score_every and not TOYS[self.dataset].facts["modes"]:
            raise ValueError(
                f"score_every {self.score_every} counts heaps of points, and {self.dataset!r} has none: use 0"
            )
        for field in ("target_fid", "patience"):
            value = getattr(self, field)
            if value is not None and points:
                raise ValueError(
                    f"{field} {value!r} waits for an FID, and {self.dataset!r} holds points, which have none: "
                    "leave it out"
                )
            if value is not None and self.score_every == 0:
                raise ValueError(f"{field} {value!r} waits for scores, and score_every 0 takes none: leave one out")

    def _refuse_foreign(self, options: dict[str, dict[str, Any]], chooser: str) -> None:
        """Refuse an option that only another network, objective or optimiser would use."""
        chosen = getattr(self, chooser)
        own = options[chosen]
        for field in sorted({name for each in options.values() for name in each} - set(own)):
            if getattr(self, field) is not None:
                allowed = f"it takes {', '.join(own)}" if own else "it takes no such options"
                raise ValueError(f"{field} {getattr(self, field)!r} does not belong to {chooser} {chosen!r}: {allowed}")

    @property
    def kind(self) -> str:
        """What kind of member it makes: ``gan``, ``vae`` or ``vaegan``."""
        return OBJECTIVES[self.objective].facts["kind"]

    @property
    def stages(self) -> tuple[str, ...]:
        """What a run may go through, in order; empty where all its steps are alike."""
        if self.kind == "vaegan":
            return STAGES
        return tuple(f"{side}x{side}" for side in sides(self.shape[-1])) if self.grow else ()

    @property
    def idle(self) -> tuple[str, ...]:
        """The fields that change nothing here: those of a critic that is not there, or that learns once a step."""
        return _IDLE[self.kind]

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the dataset's classes; none where it has none, or where they are not known before it is read."""
        return () if self.dataset.startswith(FOLDER) else DATASETS[self.dataset].facts["classes"]

    @property
    def shape(self) -> tuple[int, ...]:
        """(C, H, W) of a picture, or (2,) for points."""
        if self.dataset.startswith(FOLDER):
            side = self.image_size or _DEFAULT_SIZE
            return (self.channels or _DEFAULT_CHANNELS, side, side)
        return DATASETS[self.dataset].facts["shape"]

    @property
    def critic_shape(self) -> tuple[int, ...]:
        """What the critic judges: a picture or point, or a pack of them, channel upon channel."""
        return ((self.pack or 1) * self.shape[0], *self.shape[1:])

    @property
    def judges_together(self) -> bool:
        """Whether the critic judges pictures together, so that one alone has no score."""
        return (self.pack or 1) > 1 or bool(self.minibatch_discrimination)

    def resolved(self) -> "MemberSpec":
        """Return the same spec with every usual value written out; resolving twice changes nothing."""
        values = self.model_dump()
        usual: dict[str, Any] = {"latent_dim": NETWORKS[self.network].facts["latent_dim"]}
        usual |= NETWORKS[self.network].facts["options"] | OBJECTIVES[self.objective].facts["options"]
        usual |= _OPTIMIZER_OPTIONS[self.optimizer]
        usual |= {"preview_every": max(1, self.steps // 100), "checkpoint_every": max(self.log_every, self.steps // 20)}
        usual["score_every"] = self._usual_score_every()
        if "likelihood" in usual and len(self.shape) == 1:
            usual["likelihood"] = "gaussian"  # points have no ink to be certain of
        if self.dataset.startswith(FOLDER):
            usual |= {"image_size": _DEFAULT_SIZE, "channels": _DEFAULT_CHANNELS}
        return MemberSpec(**{name: usual.get(name) if value is None else value for name, value in values.items()})

    def _usual_score_every(self) -> int:
        """Return the steps between scores: about 40 a run, but so few that they take less than 5 % of its time."""
        if len(self.shape) == 1 and not TOYS[self.dataset].facts["modes"]:
            return 0
        cheap_steps = self.network.startswith("mlp") and self.shape[-1] > _SMALL_SIDE
        least = _BETWEEN_SCORES_CHEAP if cheap_steps else _BETWEEN_SCORES
        return max(1, self.steps // 40, -(-2 * least // (self.batch_size * (1 + self.n_critic))))

    def check_batch(self, images: int) -> None:
        """Refuse a batch larger than the data.

        Raises:
            SpecError: ``images`` training images are fewer than one batch.
        """
        if self.batch_size > images:
            raise SpecError(
                f"batch_size {self.batch_size:,} is more than the {images:,} training examples of {self.dataset!r}: "
                f"give {images:,} or less."
            )


class Recipe(Asked):
    """A fusion as data: what the page shows, a PNG remembers, the command line reads, a store keeps."""

    members: tuple[Annotated[str, Field(max_length=64)], ...] = Field(min_length=1, max_length=32, strict=False)
    rule: str = Field(max_length=64)
    weights: tuple[float, ...] = Field((), strict=False)

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
            f"{_short(name)} is no name for a member: use 1 to 64 of a-z, 0-9, '.', '_' and '-', "
            "beginning with a letter or digit"
        )
    return name


def sentences(error: ValidationError) -> str:
    """Turn pydantic's findings into sentences: field, what was given, what is allowed."""
    told = []
    for fault in error.errors(include_url=False):
        where = ".".join(str(part) for part in fault["loc"])
        cause = fault.get("ctx", {}).get("error")
        if isinstance(cause, ValueError):
            text = str(cause)
            text += "" if text.endswith(("?", ".")) else "."
            told.append(f"{where}: {text}" if where else text)
        elif fault["type"] == "extra_forbidden":
            told.append(f"There is no field {_short(where)}.")
        elif fault["type"] == "missing":
            told.append(f"The field {where!r} is missing.")
        elif fault["type"] == "json_invalid":
            told.append(f"The text {_short(fault['input'])} is no JSON: {fault['ctx']['error']}.")
        else:
            rule = fault["msg"].removeprefix("Input should be ").removeprefix("Tuple should have ")
            rule = rule.replace(" after validation, not", ", not")
            told.append(f"{where or 'The text'} is {_short(fault['input'])}; allowed: {rule}.")
    return " ".join(told)


def _known(family: Family, name: str) -> str:
    """Return ``name``; pydantic turns the ValueError of an unknown one into a finding of its field."""
    try:
        return family[name].name
    except UnknownName as error:
        raise ValueError(str(error)) from None


def _short(value: Any) -> str:
    try:
        text = repr(value)
    except RecursionError:
        return f"a {type(value).__name__} nested too deeply to show"
    return text if len(text) <= 60 else text[:57] + "..."


def _side(shape: tuple[int, ...]) -> str:
    return f"{shape[-1]} pixels and {shape[0]} channel{'s' * (shape[0] > 1)}" if len(shape) == 3 else "no pictures"


# Training pictures that cost twenty times a score (benchmarks/scoring.py): of convolutions, and of dense networks,
# whose steps are cheaper than the extractor's look at pictures that are not small.
_BETWEEN_SCORES, _BETWEEN_SCORES_CHEAP, _SMALL_SIDE = 8_000, 20_000, 12

_OF_PLAIN_GANS = ("minibatch_discrimination", "grow")  # options of networks
_IDLE: dict[str, tuple[str, ...]] = {
    "gan": (),
    "vae": ("learning_rate_critic", "n_critic", "critic_width", "dropout", "spectral_norm", *_OF_PLAIN_GANS),
    "vaegan": ("n_critic", "conditional", *_OF_PLAIN_GANS),
}
_OPTIMIZER_OPTIONS: dict[str, dict[str, float]] = {
    "adam": {"beta1": 0.5, "beta2": 0.999},
    "sgd": {"momentum": 0.0},
    "rmsprop": {"momentum": 0.0},
}
