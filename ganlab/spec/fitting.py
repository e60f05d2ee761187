"""What does not fit together in a spec, as sentences: field, what was given, what to do."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from ganlab.data import FOLDER
from ganlab.networks import NETWORKS
from ganlab.networks.sides import ATTENTION_SIDE, attended
from ganlab.objectives import OBJECTIVES, STAGES
from ganlab.toys import has_modes

if TYPE_CHECKING:
    from ganlab.spec.member import MemberSpec

OPTIMIZER_OPTIONS: dict[str, dict[str, float]] = {
    "adam": {"beta1": 0.5, "beta2": 0.999},
    "sgd": {"momentum": 0.0},
    "rmsprop": {"momentum": 0.0},
}
# Fields that change nothing for a kind of member: those of a critic that is not there, or that learns once a step.
_OF_PLAIN_GANS = ("minibatch_discrimination", "grow")  # options of networks
IDLE: dict[str, tuple[str, ...]] = {
    "gan": (),
    "vae": ("learning_rate_critic", "n_critic", "critic_width", "dropout", "spectral_norm", *_OF_PLAIN_GANS),
    "vaegan": ("n_critic", "conditional", *_OF_PLAIN_GANS),
}


def faults(spec: "MemberSpec") -> Iterator[str]:
    """Yield what is wrong with a spec whose fields are right each for itself, most telling first."""
    for check in _CHECKS:
        yield from check(spec)


def _network(spec: "MemberSpec") -> Iterator[str]:
    """Refuse networks for other data, and sides they cannot make."""
    images = len(spec.shape) == 3
    if images != (NETWORKS[spec.network].facts["suits"] == "images"):
        fitting = [each.name for each in NETWORKS if (each.facts["suits"] == "images") == images]
        kind = "pictures" if images else "points in the plane"
        yield (
            f"network {spec.network!r} does not suit dataset {spec.dataset!r}, which holds {kind}: "
            f"use {' or '.join(map(repr, fitting))}"
        )
    yield from _foreign(spec, {each.name: each.facts["options"] for each in NETWORKS}, "network")
    yield from _foreign(spec, {each.name: each.facts["options"] for each in OBJECTIVES}, "objective")
    yield from _foreign(spec, OPTIMIZER_OPTIONS, "optimizer")


def _foreign(spec: "MemberSpec", options: dict[str, dict[str, Any]], chooser: str) -> Iterator[str]:
    """Refuse an option that only another network, objective or optimiser would use."""
    chosen = getattr(spec, chooser)
    own = options[chosen]
    for field in sorted({name for each in options.values() for name in each} - set(own)):
        if getattr(spec, field) is not None:
            allowed = f"it takes {', '.join(own)}" if own else "it takes no such options"
            yield f"{field} {getattr(spec, field)!r} does not belong to {chooser} {chosen!r}: {allowed}"


def _shape(spec: "MemberSpec") -> Iterator[str]:
    """Refuse sizes of sets that have their own, and sides that a network cannot make."""
    own = (spec.shape[-1], spec.shape[0])
    if not spec.dataset.startswith(FOLDER) and (spec.image_size, spec.channels) not in ((None, None), own):
        yield f"image_size and channels belong to folder: datasets; {spec.dataset!r} has {_side(spec.shape)}"
    if spec.network in ("dcgan", "resnet") and spec.shape[-1] % 4:
        yield (
            f"network {spec.network!r} makes pictures whose side is a multiple of 4, not {spec.shape[-1]}: "
            "change image_size, or use 'mlp'"
        )
    if spec.attention and attended(spec.shape[-1]) is None:
        yield (
            f"attention looks at a map of at most {ATTENTION_SIDE} pixels a side, and pictures of "
            f"{spec.shape[-1]} pixels have none: change image_size, or leave it out"
        )


def _points(spec: "MemberSpec") -> Iterator[str]:
    """Refuse for points what is of pixels."""
    if len(spec.shape) == 3:
        return
    for field in ("augment", "diffaugment"):
        value = getattr(spec, field)
        if value not in (None, "none"):
            yield f"{field} {value!r} changes pictures, and {spec.dataset!r} holds points: use 'none'"
    if spec.likelihood == "bernoulli":
        yield f"likelihood 'bernoulli' is of pixels, and {spec.dataset!r} holds points: use 'gaussian'"


def _classes(spec: "MemberSpec") -> Iterator[str]:
    """Refuse to learn classes that are not there, or in a way that does not know them."""
    if spec.conditional and not spec.classes:
        yield f"conditional needs classes to ask for, and {spec.dataset!r} has none: leave it out"
    if spec.conditional and "conditional" in spec.idle:
        yield (
            f"conditional members are GANs and VAEs, and objective {spec.objective!r} makes a {spec.kind}: "
            "use 'elbo' or an adversarial objective"
        )


def _scores(spec: "MemberSpec") -> Iterator[str]:
    """Refuse scores where there is nothing to count, and to wait for an FID that will never come."""
    points = len(spec.shape) == 1
    if points and spec.score_every and not has_modes(spec.dataset):
        yield f"score_every {spec.score_every} counts heaps of points, and {spec.dataset!r} has none: use 0"
    for field in ("target_fid", "patience"):
        value = getattr(spec, field)
        if value is not None and points:
            yield (
                f"{field} {value!r} waits for an FID, and {spec.dataset!r} holds points, which have none: leave it out"
            )
        if value is not None and spec.score_every == 0:
            yield f"{field} {value!r} waits for scores, and score_every 0 takes none: leave one out"


def _stages(spec: "MemberSpec") -> Iterator[str]:
    """Refuse a run of stages that leaves out every one of them."""
    usual = OBJECTIVES[spec.objective].facts["options"]
    own = [stage for stage in STAGES if stage in usual]
    shares = [usual[stage] if getattr(spec, stage) is None else getattr(spec, stage) for stage in own]
    if own and not any(shares):
        yield f"{', '.join(STAGES)} are all 0: give at least one stage a share of the run"


def _mixing(spec: "MemberSpec") -> Iterator[str]:
    """Refuse packs that do not fill a batch, and comparisons within one where there is nothing to compare with."""
    kernels, pack = spec.minibatch_discrimination, spec.pack or 1
    if spec.batch_size % pack:
        yield f"batch_size {spec.batch_size:,} cannot be cut into packs of {pack}: use a multiple of {pack}"
    if spec.conditional and pack > 1:
        yield (
            f"pack {pack} shows the critic pictures of several classes as one, and a conditional one judges each "
            "by its class: use pack 1, or leave conditional out"
        )
    if kernels and spec.batch_size == pack:
        yield (
            f"minibatch_discrimination {kernels} compares what the critic sees, and batch_size {spec.batch_size:,} "
            f"is one pack of {pack}: use a larger batch"
        )
    if kernels and "penalty" in OBJECTIVES[spec.objective].facts["options"]:
        yield (
            f"minibatch_discrimination {kernels} mixes the pictures of a batch, and objective {spec.objective!r} "
            "holds the critic's slope at each picture in check: use 0, or another objective"
        )


def _idle(spec: "MemberSpec") -> Iterator[str]:
    """Refuse values that look as if they did something."""
    for field, least in (("n_critic", 1), ("minibatch_discrimination", 0), ("grow", 0)):
        value = getattr(spec, field)
        if field in spec.idle and value not in (None, least):
            yield (
                f"{field} {value} belongs to plain GANs, and objective {spec.objective!r} makes a {spec.kind}: "
                f"leave it at {least}"
            )


def _side(shape: tuple[int, ...]) -> str:
    return f"{shape[-1]} pixels and {shape[0]} channel{'s' * (shape[0] > 1)}" if len(shape) == 3 else "no pictures"


_CHECKS: tuple[Callable[["MemberSpec"], Iterator[str]], ...] = (
    _network,
    _shape,
    _points,
    _classes,
    _scores,
    _stages,
    _mixing,
    _idle,
)
