"""What a training tells, and what it can be told while it goes on."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from ganlab.members.member import NetworkMember
    from ganlab.training.checkpoint import Checkpoint

Players = Literal["both", "generator", "critic"]


@dataclass
class Controls:
    """The knobs one may turn between two events; they hold from the next step on.

    Attributes:
        players: Who learns: both, or for teaching only one of them.
        learning_rate_generator: A new rate, or None to leave it.
        learning_rate_critic: A new rate, or None to leave it.
        pace: Steps until the next Step event, if not the spec's ``log_every``; 1 steps by hand.
        save: Yield Saved before the next step; the loop turns it back.
        taken: Steps that the loop took so far, also between events: whoever watches sees that it lives.
    """

    players: Players = "both"
    learning_rate_generator: float | None = None
    learning_rate_critic: float | None = None
    pace: int | None = None
    save: bool = False
    taken: int = 0


@dataclass(frozen=True)
class Started:
    """The first event: from which step, on what, with how many weights."""

    step: int
    device: str
    generator_parameters: int
    critic_parameters: int


@dataclass(frozen=True)
class Stage:
    """A run of several stages begins one; what the one before brought was saved just now.

    Attributes:
        step: Generator steps done.
        name: Of the stage that begins.
        ended: Of the one before, or None.
    """

    step: int
    name: str
    ended: str | None


@dataclass(frozen=True)
class Step:
    """Means over the steps since the last one; gradient norms are those of the last step.

    Attributes:
        step: Generator steps done.
        seconds: Of training so far, over all resumptions.
        values: ``generator_loss``, ``critic_loss``, ``real_score`` (D(x)), ``fake_score`` (D(G(z))),
            ``generator_gradient``, ``critic_gradient`` (norms), ``images_per_second``.  Missing where
            that player stood still.  Where there is an encoder also ``reconstruction_loss`` and ``divergence``, in
            nats a picture; a VAE's ``generator_loss`` is their sum, minus the bound.
    """

    step: int
    seconds: float
    values: dict[str, float]


@dataclass(frozen=True)
class Preview:
    """What the averaged generator makes of the run's fixed latents.

    Attributes:
        step: Generator steps done.
        images: uint8 [64, H, W, C], or None for points.
        points: float32 [512, 2], or None for pictures.
        surface: float32 [32, 32], the critic's logits over ``extent`` (rows bottom to top), for points that it judges
            one by one.
        extent: (left, right, bottom, top) of the surface.
    """

    step: int
    images: np.ndarray | None = None
    points: np.ndarray | None = None
    surface: np.ndarray | None = None
    extent: tuple[float, float, float, float] | None = None


@dataclass(frozen=True)
class Scored:
    """What the scorer finds in a few hundred examples of the averaged generator.

    Attributes:
        step: Generator steps done.
        values: As the scorer names them; ``fid`` is what target, patience and the best checkpoint go by.
        best: No score before had an FID as small.
    """

    step: int
    values: dict[str, float]
    best: bool


@dataclass(frozen=True)
class Unscored:
    """The scorer failed; the training goes on without scores, and ``why`` says so."""

    step: int
    why: str


def unscored(error: Exception) -> str:
    """Return the sentence for a scorer that failed."""
    return f"The run goes on without scores. {error}"


@dataclass(frozen=True)
class Saved:
    """Everything needed to go on from here; checked to be finite.

    Attributes:
        step: Generator steps done.
        checkpoint: To resume from.
        best: It holds the networks of the best score so far.
    """

    step: int
    checkpoint: "Checkpoint"
    best: bool = False


@dataclass(frozen=True)
class Enough:
    """It ends before its last step, as the spec's target or patience wants it; ``why`` says so in a sentence."""

    step: int
    why: str


@dataclass(frozen=True)
class Finished:
    """The last event, with the trained member."""

    step: int
    member: "NetworkMember"


Event = Started | Stage | Step | Scored | Unscored | Preview | Saved | Enough | Finished
