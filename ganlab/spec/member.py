"""What to train, as data."""

from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from ganlab.data import DATASETS, FOLDER, facts_of
from ganlab.errors import DataError, SpecError, UnknownName
from ganlab.family import Family
from ganlab.networks import NETWORKS
from ganlab.networks.sides import sides
from ganlab.objectives import OBJECTIVES, STAGES
from ganlab.spec.asked import Asked, Part, Rate, Seed, Share
from ganlab.spec.fitting import IDLE, OPTIMIZER_OPTIONS, faults
from ganlab.spec.recipe import check_name
from ganlab.toys import DRAWN, has_modes

_DEFAULT_SIZE, _DEFAULT_CHANNELS = 64, 3  # of a folder's pictures
# Training pictures that cost twenty times a score (benchmarks/scoring.py): of convolutions, and of dense networks,
# whose steps are cheaper than the extractor's look at pictures that are not small.
_BETWEEN_SCORES, _BETWEEN_SCORES_CHEAP, _SMALL_SIDE = 8_000, 20_000, 12


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
    start: str | None = Field(None, description="A kept member of such networks, whose weights are the first ones.")
    teacher: str | None = Field(None, description="A kept member whose pictures are learned in the place of real ones.")
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
    precision: Literal["float32", "bfloat16"] = Field(
        "float32", description="Of forward passes in training; weights, losses and penalties stay float32."
    )
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
        if value.startswith(DRAWN):
            try:
                has_modes(value)
            except DataError as error:
                raise ValueError(str(error)) from None
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

    @field_validator("start", "teacher")
    @classmethod
    def _named(cls, value: str | None) -> str | None:
        return None if value is None else check_name(value)

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        for fault in faults(self):
            raise ValueError(fault)
        return self

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
        return IDLE[self.kind]

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the dataset's classes; none where it has none, or where they are not known before it is read."""
        return () if self.dataset.startswith(FOLDER) else facts_of(self.dataset)["classes"]

    @property
    def shape(self) -> tuple[int, ...]:
        """(C, H, W) of a picture, or (2,) for points."""
        if self.dataset.startswith(FOLDER):
            side = self.image_size or _DEFAULT_SIZE
            return (self.channels or _DEFAULT_CHANNELS, side, side)
        return facts_of(self.dataset)["shape"]

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
        usual |= OPTIMIZER_OPTIONS[self.optimizer]
        usual |= {"preview_every": max(1, self.steps // 100), "checkpoint_every": max(self.log_every, self.steps // 20)}
        usual["score_every"] = self._usual_score_every()
        if "likelihood" in usual and len(self.shape) == 1:
            usual["likelihood"] = "gaussian"  # points have no ink to be certain of
        if self.dataset.startswith(FOLDER):
            usual |= {"image_size": _DEFAULT_SIZE, "channels": _DEFAULT_CHANNELS}
        return MemberSpec(**{name: usual.get(name) if value is None else value for name, value in values.items()})

    def _usual_score_every(self) -> int:
        """Return the steps between scores: about 40 a run, but so few that they take less than 5 % of its time."""
        if len(self.shape) == 1 and not has_modes(self.dataset):
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


def _known(family: Family, name: str) -> str:
    """Return ``name``; pydantic turns the ValueError of an unknown one into a finding of its field."""
    try:
        return family[name].name
    except UnknownName as error:
        raise ValueError(str(error)) from None
