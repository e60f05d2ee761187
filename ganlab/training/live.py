"""A training in the plane that is stepped by hand: a step, half a step, a second of them; and what one sees of it.

What learns is the very trainer of every other training; here somebody else holds the clock.  The points that are shown
come from fixed noise, so that they move as the generator learns instead of flickering.
"""

import math
import time
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ganlab import seeds
from ganlab.data.dataset import Dataset
from ganlab.errors import SpecError, TrainingFailed
from ganlab.members.member import NetworkMember
from ganlab.spec import MemberSpec
from ganlab.training import TRAINERS
from ganlab.training.checkpoint import Checkpoint
from ganlab.training.events import Players
from ganlab.training.loop import extent_of, member_at

DRAWN, SHOWN, SURFACE, GRID, REACH = 2_500, 512, 48, 21, 2.5
_MAD = 1e6  # a loss beyond this is no longer learning


@dataclass(frozen=True)
class View:
    """What one sees of a training in the plane.

    Attributes:
        points: float32 [2500, 2], what the averaged generator makes of the fixed noise; the first 512 are shown.
        felt: float32 [512, 2], for each shown point the direction in which its share of the generator's loss falls
            fastest, and how fast: - N dL/dx; None without a critic that judges points one by one.
        warp: float32 [21, 21, 2], where the generator sends a square grid of latents that reaches to 2.5.
        surface: float32 [48, 48], the critic's score over the extent (rows bottom to top); None as for ``felt``.
        scores: The critic's mean scores of the fixed real points and of the shown ones; None as for ``felt``.
    """

    points: np.ndarray
    felt: np.ndarray | None
    warp: np.ndarray
    surface: np.ndarray | None
    scores: tuple[float, float] | None


class Live:
    """A training of points that goes as far as it is told.

    Args:
        spec: Of points, with two latents; its own ``steps`` bound nothing here.
        data: The spec's dataset.
        device: Where; the CPU by default.
        extent: Of the square that is shown, if not that around all points.

    Attributes:
        extent: (left, right, bottom, top) of the square that is shown.
        real: float32 [512, 2], fixed real points.
        epoch: Steps in which every training row is seen once.

    Raises:
        SpecError: It is not of points, or a batch is larger than the data.
    """

    def __init__(
        self,
        spec: MemberSpec,
        data: Dataset,
        device: torch.device | None = None,
        extent: tuple[float, float, float, float] | None = None,
    ) -> None:
        spec = spec.resolved()
        if data.shape != (2,) or spec.shape != (2,) or spec.latent_dim != 2:
            raise SpecError(f"Only points with two latents are stepped by hand, not {spec.dataset!r}.")
        rows, _ = data.split("train")
        spec.check_batch(len(rows))
        self.trainer = TRAINERS[spec.kind].load()(spec, rows, device or torch.device("cpu"))
        self.extent, self.real = extent or extent_of(rows), rows[torch.linspace(0, len(rows) - 1, SHOWN).long()]
        self.seconds = 0.0
        # That of a member: what is seen here is what it draws of its training's seed once it is kept.
        self._noise = torch.from_numpy(seeds.standard_normal(DRAWN, spec.latent_dim, spec.seed))

    @property
    def spec(self) -> MemberSpec:
        """What is trained, resolved, with the knobs as they stand."""
        return self.trainer.spec

    @property
    def steps(self) -> int:
        """Steps done so far; half a step counts as one."""
        return self.trainer.steps

    @property
    def epoch(self) -> int:
        """Return the steps in which every training row is seen once."""
        return max(1, self.trainer.batches.per_epoch // self.spec.n_critic)

    @property
    def players(self) -> tuple[str, ...]:
        """Who can learn alone: generator and critic, or nobody where they are not two."""
        return ("generator", "critic") if self.spec.kind == "gan" else ()

    def turn(
        self,
        learning_rate_generator: float | None = None,
        learning_rate_critic: float | None = None,
        n_critic: int | None = None,
    ) -> None:
        """Turn knobs; they hold from the next step on, and the spec says the new ones.

        Raises:
            SpecError: A value is not allowed.
        """
        asked = {
            "learning_rate_generator": learning_rate_generator,
            "learning_rate_critic": learning_rate_critic,
            "n_critic": n_critic,
        }
        new = {name: value for name, value in asked.items() if value not in (None, getattr(self.spec, name))}
        if not new:
            return
        self.trainer.spec = MemberSpec.read(self.spec.model_dump() | new)
        for player in ("generator", "critic"):
            self.trainer.set_rate(player, getattr(self.spec, f"learning_rate_{player}"))

    def advance(self, steps: int, players: Players = "both", seconds: float = math.inf) -> dict[str, float]:
        """Take steps, at least one, until there were enough or time is up.

        Args:
            steps: At most.
            players: Who learns: half a step moves one of them and leaves the other untouched.
            seconds: After which no further step begins.

        Returns:
            Means over the steps that were taken, as ``events.Step`` names them; none of who stood still.

        Raises:
            SpecError: One of two players is asked for where there is but one.
            TrainingFailed: A loss is no longer finite, or exploded.
        """
        if players != "both" and players not in self.players:
            raise SpecError(f"A {self.spec.kind} has no {players} that learns alone: let both learn.")
        began = now = time.perf_counter()
        for _ in range(steps):
            self.trainer.step(players, measure_gradients=False)
            now = time.perf_counter()
            if now - began >= seconds:
                break
        self.seconds += now - began
        values = self.trainer.tally.means()
        for name, value in values.items():
            if not math.isfinite(value) or (name.endswith("_loss") and abs(value) > _MAD):
                told = name.replace("_", " ")
                raise TrainingFailed(self.steps, f"{told} ran away.", "Begin anew with smaller learning rates.")
        return values

    def member(self) -> NetworkMember:
        """Return what there is so far as a member, apart from what goes on; its name is the caller's to give."""
        checkpoint = self.trainer.checkpoint()
        return member_at(self.spec, Checkpoint(checkpoint.tensors, checkpoint.facts | {"seconds": self.seconds}))

    def points(self) -> np.ndarray:
        """Return what the averaged generator makes of the fixed noise now, float32 [2500, 2]."""
        with torch.no_grad():
            return self.trainer.drawing()["generator"](self._noise.to(self.trainer.device)).cpu().numpy()

    def view(self) -> View:
        """Return what one sees now; nothing of the training changes by it."""
        network, device = self.trainer.drawing()["generator"], self.trainer.device
        ticks = torch.linspace(-REACH, REACH, GRID, device=device)
        grid = torch.stack(torch.meshgrid(ticks, ticks, indexing="xy"), -1).reshape(-1, 2)
        with torch.no_grad():
            points, warp = network(torch.cat([self._noise.to(device), grid])).split([DRAWN, GRID * GRID])
        felt = surface = scores = None
        if self.spec.kind == "gan" and not self.spec.judges_together:
            felt, surface, scores = self._judged(points[:SHOWN])
        return View(points.cpu().numpy(), felt, warp.reshape(GRID, GRID, 2).cpu().numpy(), surface, scores)

    def _judged(self, points: Tensor) -> tuple[np.ndarray, np.ndarray, tuple[float, float]]:
        """Return what points feel, the critic's scores over the plane, and of real and of generated points."""
        critic, objective = self.trainer.networks["critic"], self.trainer.objective
        critic.eval()
        x, y = (torch.linspace(*ends, SURFACE, device=points.device) for ends in (self.extent[:2], self.extent[2:]))
        plane = torch.stack(torch.meshgrid(x, y, indexing="xy"), -1).reshape(-1, 2)
        with torch.no_grad():
            on_plane, on_real = critic(torch.cat([plane, self.real.to(plane)])).split([len(plane), SHOWN])
        placed = points.detach().requires_grad_(requires_grad=True)
        on_fake = critic(placed)
        loss = objective.generator_loss(on_fake, on_real)
        (slope,) = torch.autograd.grad(loss, placed)
        surface = objective.score(on_plane).reshape(SURFACE, SURFACE).cpu().numpy()
        scores = tuple(objective.score(each.detach()).mean().item() for each in (on_real, on_fake))
        return (-len(points) * slope).cpu().numpy(), surface, scores
