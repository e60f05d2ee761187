"""The one loop: steps, curves, scores, previews, checkpoints and a member at the end, as a generator of events."""

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
from ganlab.training.events import Controls, Enough, Event, Finished, Preview, Saved, Scored, Started, Step
from ganlab.training.gan import GAN
from ganlab.training.scores import Scorer, Scores

PREVIEW_IMAGES, PREVIEW_POINTS, SURFACE = 64, 512, 32
_EXPLODED = 1e6  # a loss beyond this is no longer learning


def train(
    spec: MemberSpec,
    data: Dataset,
    resume: Checkpoint | None = None,
    controls: Controls | None = None,
    device: torch.device | None = None,
    *,
    scorer: Scorer | None = None,
) -> Iterator[Event]:
    """Train a member; to pause is to stop asking for events, to stop is to close the generator.

    On a CPU equal specs give equal weights to the bit, also when the run is broken off at a ``Saved``
    event and resumed from its checkpoint, and whether or not it is scored.

    Args:
        spec: What to train.
        data: The spec's dataset.
        resume: A checkpoint of the same spec.
        controls: Knobs the caller may turn between two events.
        device: Where; the CPU by default.
        scorer: Measures the averaged generator every ``score_every`` steps, and at the end if there was
            time for one score; always from the noise of the spec's seed, so that scores compare.

    Yields:
        Started; Preview, Step, Scored and Saved as they come, the best score with a Saved of its own;
        Enough where target or patience ends it; Finished.

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
    gan, scores = GAN(spec, examples, device), Scores.of(resume)
    if resume is not None:
        gan.restore(resume)
    extent = _extent(examples) if len(spec.shape) == 1 else None
    yield Started(gan.steps, str(device), count(gan.generator), count(gan.critic))
    if gan.steps == 0:
        yield _preview(gan, extent)
    clock = _Clock(resume.facts["seconds"] if resume else 0.0, gan.steps)
    enough = scores.enough(spec, gan.steps)
    while gan.steps < spec.steps and not enough:
        _turn_knobs(gan, controls)
        if controls.save:
            controls.save = False
            with clock.stopped():
                yield _saved(gan, clock.seconds, scores)
            continue  # the caller may have turned more knobs meanwhile
        pace, last = controls.pace or spec.log_every, gan.steps + 1 == spec.steps
        due_log = (gan.steps + 1) % pace == 0 or last
        gan.step(controls.players, measure_gradients=due_log)
        due_score = scorer is not None and _due_score(spec, gan.steps)
        due_checkpoint = gan.steps % spec.checkpoint_every == 0 or last
        if due_log or due_score or due_checkpoint:
            point = _point(gan, clock)
            with clock.stopped():
                yield point
        best = False
        if due_score:
            with clock.stopped():
                if found := scorer(_member(gan, clock.seconds, critic=None), spec.seed):
                    best = scores.take(gan.steps, found)
                    yield Scored(gan.steps, found, best)
            enough = None if last else scores.enough(spec, gan.steps)
        if gan.steps % spec.preview_every == 0 or last or enough:
            with clock.stopped():
                yield _preview(gan, extent)
        if due_checkpoint or best or enough:
            with clock.stopped():
                yield _saved(gan, clock.seconds, scores, best)
    if enough:
        yield Enough(gan.steps, enough)
    yield Finished(gan.steps, _member(gan, clock.seconds, gan.critic))


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
    """Seconds of training, without what the caller does between events.

    Attributes:
        seconds: Up to the last lap, over all resumptions.
        step: At that lap.
    """

    def __init__(self, seconds: float, step: int) -> None:
        self.seconds, self.step = seconds, step
        self._since = time.perf_counter()

    def lap(self, step: int) -> float:
        """Return how many steps a second there were since the last lap."""
        now = time.perf_counter()
        spent, taken = now - self._since, step - self.step
        self._since, self.seconds, self.step = now, self.seconds + spent, step
        return taken / max(spent, 1e-9)

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


def _point(gan: GAN, clock: _Clock) -> Step:
    """Return the next point of the curves.

    Raises:
        TrainingFailed: A loss is no longer finite, or exploded.
    """
    values = gan.tally.means()  # waits for the device, so the clock is read after it
    pace = clock.lap(gan.steps)
    _check(gan, values)
    return Step(gan.steps, clock.seconds, values | {"images_per_second": pace * gan.spec.batch_size})


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


def _due_score(spec: MemberSpec, step: int) -> bool:
    """Return whether a step is scored: each so many, and the last of a run that had time for one."""
    every = spec.score_every
    return bool(every) and step >= every and (step % every == 0 or step == spec.steps)


def _saved(gan: GAN, seconds: float, scores: Scores, best: bool = False) -> Saved:
    if not (all_finite(gan.generator) and all_finite(gan.critic)):
        raise _failed(gan, "a weight is no longer finite.")
    checkpoint = gan.checkpoint()
    facts = checkpoint.facts | {"seconds": seconds} | scores.facts()
    return Saved(gan.steps, Checkpoint(checkpoint.tensors, facts), best)


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
        parameters=count(gan.averages["generator"].network),
        critic_parameters=count(gan.critic),
        spec=spec,
        steps=gan.steps,
        seconds=seconds,
        device=str(gan.device),
        versions=versions(),
        created=now(),
    )
    networks = {"generator": gan.averages["generator"].network} | ({} if critic is None else {"critic": critic})
    return NetworkMember(card, networks, gan.device)
