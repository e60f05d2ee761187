"""The one loop: steps, curves, previews, checkpoints and a member at the end, as a generator of events."""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from ganlab.data.dataset import Dataset
from ganlab.errors import SpecError, TrainingFailed
from ganlab.images import to_uint8
from ganlab.members.card import Card, now, versions
from ganlab.members.member import NetworkMember, count
from ganlab.spec import MemberSpec
from ganlab.training.checkpoint import Checkpoint, all_finite
from ganlab.training.events import Controls, Event, Finished, Preview, Saved, Started, Step
from ganlab.training.gan import GAN

PREVIEW_IMAGES, PREVIEW_POINTS, SURFACE = 64, 512, 32
_EXPLODED = 1e6  # a loss beyond this is no longer learning


def train(
    spec: MemberSpec,
    data: Dataset,
    resume: Checkpoint | None = None,
    controls: Controls | None = None,
    device: torch.device | None = None,
) -> Iterator[Event]:
    """Train a member; to pause is to stop asking for events, to stop is to close the generator.

    On a CPU equal specs give equal weights to the bit, also when the run is broken off at a ``Saved``
    event and resumed from its checkpoint.

    Args:
        spec: What to train.
        data: The spec's dataset.
        resume: A checkpoint of the same spec.
        controls: Knobs the caller may turn between two events.
        device: Where; the CPU by default.

    Yields:
        Started; Preview, Step and Saved as they come; Finished.

    Raises:
        SpecError: The batch is larger than the data, or the data is of another shape.
        TrainingFailed: A loss or weight is no longer finite, or exploded.
    """
    spec = spec.resolved()
    examples = data.split("train")[0]
    spec.check_batch(len(examples))
    if data.shape != spec.shape:
        raise SpecError(f"The spec makes {spec.shape}, but dataset {data.name!r} holds {data.shape}.")
    device = device or torch.device("cpu")
    controls = controls or Controls()
    gan = GAN(spec, examples, device)
    seconds = 0.0
    if resume is not None:
        gan.restore(resume)
        seconds = resume.facts["seconds"]
    extent = _extent(examples) if len(spec.shape) == 1 else None
    yield Started(gan.steps, str(device), count(gan.generator), count(gan.critic))
    if gan.steps == 0:
        yield _preview(gan, extent)
    clock, logged_step = _Clock(), gan.steps
    while gan.steps < spec.steps:
        _turn_knobs(gan, controls)
        if controls.save:
            controls.save = False
            with clock.stopped():
                yield _saved(gan, seconds)
            continue  # the caller may have turned more knobs meanwhile
        pace = controls.pace or spec.log_every
        due_log = (gan.steps + 1) % pace == 0 or gan.steps + 1 == spec.steps
        gan.step(controls.players, measure_gradients=due_log)
        due_checkpoint = gan.steps % spec.checkpoint_every == 0 or gan.steps == spec.steps
        if due_log or due_checkpoint:
            values = gan.tally.means()  # waits for the device, so the clock is read after it
            spent = clock.lap()
            seconds += spent
            _check(gan, values)
            values["images_per_second"] = (gan.steps - logged_step) * spec.batch_size / max(spent, 1e-9)
            logged_step = gan.steps
            with clock.stopped():
                yield Step(gan.steps, seconds, values)
        if gan.steps % spec.preview_every == 0 or gan.steps == spec.steps:
            with clock.stopped():
                yield _preview(gan, extent)
        if due_checkpoint:
            with clock.stopped():
                yield _saved(gan, seconds)
    yield Finished(gan.steps, _member(gan, seconds, gan.critic))


def member_at(spec: MemberSpec, checkpoint: Checkpoint, device: torch.device | None = None) -> NetworkMember:
    """Return the member that a training would give if it ended at a checkpoint of it.

    Raises:
        RunError: The checkpoint is that of another spec.
    """
    spec = spec.resolved()
    no_data = torch.zeros(1).expand(spec.batch_size, *spec.shape)  # takes no room
    gan = GAN(spec, no_data, device or torch.device("cpu"))
    gan.restore(checkpoint)
    return _member(gan, checkpoint.facts["seconds"], gan.critic)


class _Clock:
    """Seconds of training between laps, without what the caller does between events."""

    def __init__(self) -> None:
        self._since = time.perf_counter()

    def lap(self) -> float:
        now = time.perf_counter()
        spent, self._since = now - self._since, now
        return spent

    @contextmanager
    def stopped(self) -> Iterator[None]:
        left = time.perf_counter()
        yield
        self._since += time.perf_counter() - left


def _turn_knobs(gan: GAN, controls: Controls) -> None:
    for player in ("generator", "critic"):
        rate = getattr(controls, f"learning_rate_{player}")
        if rate is not None:
            gan.set_rate(player, rate)
            setattr(controls, f"learning_rate_{player}", None)


def _check(gan: GAN, values: dict[str, float]) -> None:
    for name, value in values.items():
        if not math.isfinite(value):
            raise _failed(gan, f"{name.replace('_', ' ')} is no longer a finite number.")
        if name.endswith("_loss") and abs(value) > _EXPLODED:
            raise _failed(gan, f"{name.replace('_', ' ')} exploded to {value:.3g}.")


def _failed(gan: GAN, reason: str) -> TrainingFailed:
    spec = gan.spec
    rate = max(gan.optimizers[player].param_groups[0]["lr"] for player in gan.optimizers)
    advice = f"Try learning rates below {rate:g} (say {rate / 10:g})"
    if spec.objective == "wasserstein":
        advice += ", or the objective 'wasserstein_gp', whose critic cannot run away"
    elif spec.objective in ("minimax", "least_squares"):
        advice += ", or the objective 'hinge'"
    elif spec.network == "dcgan" and not spec.spectral_norm:
        advice += ", or spectral_norm"
    return TrainingFailed(gan.steps, reason, advice + ". The last checkpoint is kept.")


def _saved(gan: GAN, seconds: float) -> Saved:
    if not (all_finite(gan.generator) and all_finite(gan.critic)):
        raise _failed(gan, "a weight is no longer finite.")
    checkpoint = gan.checkpoint()
    return Saved(gan.steps, Checkpoint(checkpoint.tensors, checkpoint.facts | {"seconds": seconds}))


def _preview(gan: GAN, extent: tuple[float, float, float, float] | None) -> Preview:
    drawn = _member(gan, 0.0, critic=None).sample(PREVIEW_IMAGES if extent is None else PREVIEW_POINTS, gan.spec.seed)
    if extent is None:
        return Preview(gan.steps, images=to_uint8(drawn))
    x, y = (torch.linspace(*ends, SURFACE, device=gan.device) for ends in (extent[:2], extent[2:]))
    plane = torch.stack(torch.meshgrid(x, y, indexing="xy"), -1).reshape(-1, 2)
    gan.critic.eval()
    with torch.inference_mode():
        surface = gan.critic(plane).reshape(SURFACE, SURFACE).cpu().numpy()
    gan.critic.train()
    return Preview(gan.steps, points=drawn.cpu().numpy(), surface=surface, extent=extent)


def _extent(points: torch.Tensor) -> tuple[float, float, float, float]:
    """Return the square around all points, a quarter wider than they are."""
    middle = (points.amax(0) + points.amin(0)) / 2
    half = float((points - middle).abs().max()) * 1.25
    x, y = middle.tolist()
    return (x - half, x + half, y - half, y + half)


def _member(gan: GAN, seconds: float, critic: torch.nn.Module | None) -> NetworkMember:
    """Return the averaged generator as a member; its name is the run's to give."""
    spec = gan.spec
    card = Card(
        name="unnamed",
        kind="gan",
        dataset=spec.dataset,
        shape=spec.shape,
        latent_dim=spec.latent_dim,
        parameters=count(gan.average.network),
        critic_parameters=count(gan.critic),
        spec=spec,
        steps=gan.steps,
        seconds=seconds,
        device=str(gan.device),
        versions=versions(),
        created=now(),
    )
    return NetworkMember(card, gan.average.network, critic, gan.device)
