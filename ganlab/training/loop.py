"""The one loop: steps, curves, scores, previews, checkpoints and a member at the end, as a generator of events."""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from ganlab.data import licence_of
from ganlab.data.dataset import Dataset
from ganlab.errors import DiskError, GanlabError, SpecError, TrainingFailed
from ganlab.images import to_uint8
from ganlab.members.card import Card, now, versions
from ganlab.members.member import NetworkMember
from ganlab.members.networks import count
from ganlab.spec import MemberSpec
from ganlab.training import TRAINERS
from ganlab.training.beginning import begin, check_teacher
from ganlab.training.checkpoint import Checkpoint, all_finite
from ganlab.training.events import (
    Controls,
    Enough,
    Event,
    Finished,
    Players,
    Preview,
    Saved,
    Scored,
    Stage,
    Started,
    Step,
    Unscored,
    unscored,
)
from ganlab.training.scores import Scorer, Scores
from ganlab.training.trainer import Trainer

if TYPE_CHECKING:
    from ganlab.training.team import Team

PREVIEW_IMAGES, PREVIEW_POINTS, SURFACE = 64, 512, 32
_EXPLODED = 1e6  # a loss beyond this is no longer learning


def train(
    spec: MemberSpec,
    data: Dataset,
    resume: Checkpoint | None = None,
    controls: Controls | None = None,
    device: torch.device | None = None,
    *,
    start: NetworkMember | None = None,
    scorer: Scorer | None = None,
    compiled: bool = False,
    trainer: Callable[..., Trainer] | None = None,
    team: "Team | None" = None,
) -> Iterator[Event]:
    """Train a member; to pause is to stop asking for events, to stop is to close the generator.

    On a CPU equal specs give equal weights to the bit, also when the run is broken off at a ``Saved``
    event and resumed from its checkpoint, and whether or not it is scored.

    Args:
        spec: What to train.
        data: The spec's dataset; where it names a teacher, as ``taught`` makes it.
        resume: A checkpoint of the same spec.
        controls: Knobs the caller may turn between two events.
        device: Where; the CPU by default.
        start: The member that the spec starts from; a resumption needs it no more.
        scorer: Measures the averaged generator every ``score_every`` steps, and at the end if there was
            time for one score; always from the noise of the spec's seed, so that scores compare.
        compiled: Run forward passes as compiled code: after some minutes faster, and other in its rounding.
        trainer: Makes what trains, if not the one of the spec's kind.
        team: The processes that train together, of which this is the first.

    Yields:
        Started; Stage where there are several, after a Saved of what the one before brought; Preview, Step, Scored
        and Saved as they come, the best score with a Saved of its own;
        Enough where target or patience ends it, in the last stage only; Finished.

    Raises:
        SpecError: The batch is larger than the data, the data is of another shape, or start or teacher are not
            those of the spec.
        MemberError: The start has other networks.
        TrainingFailed: A loss or weight is no longer finite, or exploded.
    """
    spec = spec.resolved()
    spec.check_batch(len(data.splits["train"]))
    if data.shape != spec.shape:
        raise SpecError(f"The spec makes {spec.shape}, but dataset {data.name!r} holds {data.shape}.")
    make, (examples, labels) = trainer or TRAINERS[spec.kind].load(), data.split("train")
    going = _Going(make(spec, examples, device or torch.device("cpu"), labels), examples, resume, scorer)
    if resume is None:
        begin(going.trainer, start, data.drawn_by)
    else:
        check_teacher(going.trainer, data.drawn_by)
    if compiled:
        going.trainer.compile()
    if team is not None:
        team.join(going.trainer)
        going.take = partial(team.step, going.trainer)
    try:
        for event in going.events(controls or Controls()):
            with going.clock.stopped():  # what the caller does with it is no training
                yield event
    finally:
        if team is not None:
            team.dismiss(going.trainer)


class _Going:
    """A training under way: a trainer, its clock and scores, and what was told of it."""

    def __init__(
        self,
        trainer: Trainer,
        examples: Tensor,
        resume: Checkpoint | None,
        scorer: Scorer | None,
    ) -> None:
        spec = trainer.spec
        self.spec, self.scorer = spec, scorer
        self.trainer, self.scores = trainer, Scores.of(resume)
        self.take: Callable[[Players, bool, bool], None] = lambda players, measure, due: trainer.step(players, measure)
        if resume is not None:
            self.trainer.restore(resume)
        self.extent = extent_of(examples) if len(spec.shape) == 1 else None
        self.clock = _Clock(resume.facts["seconds"] if resume else 0.0, self.trainer.steps)
        self.enough = self._enough()
        self.kept = self.trainer.steps if resume else -1  # the step of the last checkpoint
        self.staged = -1  # the step at which the last stage began

    def events(self, controls: Controls) -> Iterator[Event]:
        """Yield all events up to the end."""
        trainer = self.trainer
        sizes = {role: count(network) for role, network in trainer.networks.items()}
        yield Started(trainer.steps, str(trainer.device), sizes["generator"], sizes.get("critic", 0))
        if trainer.steps == 0 or trainer.unseen:
            yield self._preview()
        while trainer.steps < self.spec.steps and not self.enough:
            if self._turns(trainer.steps) and self.staged != trainer.steps:
                yield from self._next_stage()
            _turn_knobs(trainer, controls)
            if controls.save:
                controls.save = False
                yield self._saved()
                continue  # the caller may have turned more knobs meanwhile
            yield from self._step(controls)
        if self.enough:
            yield Enough(trainer.steps, self.enough)
        yield Finished(trainer.steps, member_of(trainer, self.clock.seconds))

    def _next_stage(self) -> Iterator[Event]:
        step = self.staged = self.trainer.steps
        if step and self.kept != step:
            yield self._saved()
        self.scores.since = 0  # what a stage brings shows after its beginning
        yield Stage(step, self.trainer.stage(step), self._before(step))

    def _turns(self, step: int) -> bool:
        """Return whether a stage begins after so many steps, by the schedule: a resumption within one is no turn."""
        return step < self.spec.steps and self.trainer.stage(step) != self._before(step)

    def _before(self, step: int) -> str | None:
        return self.trainer.stage(step - 1) if step else None

    def _enough(self) -> str | None:
        """Return why it should end; no stage is left out for the sake of the score of an earlier one."""
        step, final = self.trainer.steps, self.trainer.stage(self.spec.steps - 1)
        return self.scores.enough(self.spec, step) if self._before(step) == final else None

    def _step(self, controls: Controls) -> Iterator[Event]:
        """Take a step, then yield what is due after it."""
        trainer, spec = self.trainer, self.spec
        last = trainer.steps + 1 == spec.steps
        due_log = (trainer.steps + 1) % (controls.pace or spec.log_every) == 0 or last
        turns = self._turns(trainer.steps + 1)
        due_score = self.scorer is not None and _due_score(spec, trainer.steps + 1, turns)
        due_checkpoint = (trainer.steps + 1) % spec.checkpoint_every == 0 or last
        self.take(controls.players, due_log, due_log or due_score or due_checkpoint)
        controls.taken += 1
        if due_log or due_score or due_checkpoint:
            yield _point(trainer, self.clock)
        best = False
        if due_score:
            if scored := self._scored():
                best = isinstance(scored, Scored) and scored.best
                yield scored
            self.enough = None if last else self._enough()
        if trainer.steps % spec.preview_every == 0 or turns or last or self.enough:
            yield self._preview()
        if due_checkpoint or best or self.enough:
            yield self._saved(best)

    def _scored(self) -> Scored | Unscored | None:
        try:
            with self.clock.stopped():
                found = self.scorer(member_of(self.trainer, self.clock.seconds, whole=False), self.spec.seed)
        except DiskError:
            raise  # not the scores' fault
        except GanlabError as error:
            self.scorer = None
            return Unscored(self.trainer.steps, unscored(error))
        return Scored(self.trainer.steps, found, self.scores.take(self.trainer.steps, found)) if found else None

    def _preview(self) -> Preview:
        with self.clock.stopped():
            return _preview(self.trainer, self.extent)

    def _saved(self, best: bool = False) -> Saved:
        self.kept = self.trainer.steps
        with self.clock.stopped():
            return _saved(self.trainer, self.clock.seconds, self.scores, best)


def member_at(spec: MemberSpec, checkpoint: Checkpoint, device: torch.device | None = None) -> NetworkMember:
    """Return the member that a training would give if it ended at a checkpoint of it.

    Raises:
        RunError: The checkpoint is that of another spec.
    """
    spec = spec.resolved()
    no_data = torch.zeros(1).expand(spec.batch_size, *spec.shape)  # takes no room
    no_labels = torch.zeros(1, dtype=torch.int64).expand(spec.batch_size)
    trainer = TRAINERS[spec.kind].load()(spec, no_data, device or torch.device("cpu"), no_labels)
    trainer.restore(checkpoint)
    return member_of(trainer, checkpoint.facts["seconds"])


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
        try:
            yield
        finally:
            self._since += time.perf_counter() - left


def _turn_knobs(trainer: Trainer, controls: Controls) -> None:
    for player in ("generator", "critic"):
        rate = getattr(controls, f"learning_rate_{player}")
        if rate is not None:
            trainer.set_rate(player, rate)
            setattr(controls, f"learning_rate_{player}", None)


def _point(trainer: Trainer, clock: _Clock) -> Step:
    """Return the next point of the curves.

    Raises:
        TrainingFailed: A loss is no longer finite, or exploded.
    """
    values = trainer.tally.means()  # waits for the device, so the clock is read after it
    pace = clock.lap(trainer.steps)
    _check(trainer, values)
    return Step(trainer.steps, clock.seconds, values | {"images_per_second": pace * trainer.spec.batch_size})


def _check(trainer: Trainer, values: dict[str, float]) -> None:
    for name, value in values.items():
        if not math.isfinite(value):
            raise _failed(trainer, f"{name.replace('_', ' ')} is no longer a finite number.")
        if name.endswith("_loss") and abs(value) > _EXPLODED:
            raise _failed(trainer, f"{name.replace('_', ' ')} exploded to {value:.3g}.")


def _failed(trainer: Trainer, reason: str) -> TrainingFailed:
    spec = trainer.spec
    rate = max(trainer.optimizers[player].param_groups[0]["lr"] for player in trainer.optimizers)
    other = (
        ", or the objective 'wasserstein_gp', whose critic cannot run away"
        if spec.objective == "wasserstein"
        else ", or the objective 'hinge'"
        if spec.objective in ("minimax", "least_squares")
        else ", or spectral_norm"
        if spec.network == "dcgan" and not spec.spectral_norm
        else ""
    )
    advice = f"Try learning rates below {rate:g} (say {rate / 10:g}){other}. The last checkpoint is kept."
    return TrainingFailed(trainer.steps, reason, advice)


def _due_score(spec: MemberSpec, step: int, turns: bool) -> bool:
    """Return whether a step is scored: each so many, and the last of a run or stage that had time for one."""
    every = spec.score_every
    return bool(every) and step >= every and (step % every == 0 or turns or step == spec.steps)


def _saved(trainer: Trainer, seconds: float, scores: Scores, best: bool = False) -> Saved:
    if not all(all_finite(network) for network in trainer.networks.values()):
        raise _failed(trainer, "a weight is no longer finite.")
    checkpoint = trainer.checkpoint()
    facts = checkpoint.facts | {"seconds": seconds} | scores.facts()
    return Saved(trainer.steps, Checkpoint(checkpoint.tensors, facts), best)


def _preview(trainer: Trainer, extent: tuple[float, float, float, float] | None) -> Preview:
    drawer = member_of(trainer, 0.0, whole=False)
    drawn = drawer.sample(PREVIEW_IMAGES if extent is None else PREVIEW_POINTS, trainer.spec.seed)
    if extent is None:
        return Preview(trainer.steps, images=to_uint8(drawn))
    # A critic that judges points together says nothing of a place: beside which others?
    judged = "critic" in trainer.networks and not trainer.spec.judges_together
    surface = _surface(trainer, extent) if judged else None
    return Preview(trainer.steps, points=drawn.cpu().numpy(), surface=surface, extent=extent)


def _surface(trainer: Trainer, extent: tuple[float, float, float, float]) -> np.ndarray:
    """Return the critic's logits over the plane."""
    x, y = (torch.linspace(*ends, SURFACE, device=trainer.device) for ends in (extent[:2], extent[2:]))
    plane = torch.stack(torch.meshgrid(x, y, indexing="xy"), -1).reshape(-1, 2)
    critic = trainer.networks["critic"].eval()
    with torch.inference_mode():
        surface = critic(plane).reshape(SURFACE, SURFACE).cpu().numpy()
    critic.train()
    return surface


def extent_of(points: Tensor) -> tuple[float, float, float, float]:
    """Return the square around all points, a quarter wider than they are."""
    middle = (points.amax(0) + points.amin(0)) / 2
    half = float((points - middle).abs().max()) * 1.25
    x, y = middle.tolist()
    return (x - half, x + half, y - half, y + half)


def member_of(trainer: Trainer, seconds: float, whole: bool = True) -> NetworkMember:
    """Return the averaged networks as a member, whose name is the run's to give.

    Args:
        trainer: At any step.
        seconds: Of training.
        whole: With the critic, which cannot learn any more then.
    """
    spec, networks = trainer.spec, trainer.drawing()
    card = Card(
        name="unnamed",
        kind=spec.kind,
        dataset=spec.dataset,
        shape=spec.shape,
        latent_dim=spec.latent_dim + spec.conditional,
        walk_dim=spec.latent_dim,
        conditional=spec.conditional,
        parameters=count(networks["generator"]),
        critic_parameters=count(networks["critic"]) if "critic" in networks else 0,
        spec=spec,
        made_of=trainer.made_of,
        lineage=trainer.lineage,
        steps=trainer.steps,
        seconds=seconds,
        device=str(trainer.device),
        versions=versions(),
        created=now(),
        licence=licence_of(spec.dataset),
    )
    if not whole:
        networks.pop("critic", None)
    return NetworkMember(card, networks, trainer.device)
