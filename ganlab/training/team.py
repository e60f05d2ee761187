"""Data-parallel training: P processes take the steps of one training together, each with its rows of the joint batch.

    g = 1/P sum_p g_p,    g_p the gradient of rows p n/P ... (p + 1) n/P - 1 of a batch of n

All draw the chance of the joint batch and keep their rows of it, batch norm has the joint batch's statistics, gradients
and curves are averaged: the curve is that of one process but for the order of sums.  Only dropout has other masks.
Gradients are averaged after the backward pass, not in it, so that penalties, which need gradients of gradients, are
exact too.  The first process leads and tells the others before each step what to do; they own no files.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor
from torch.nn.modules.batchnorm import _BatchNorm
from torch.overrides import TorchFunctionMode

from ganlab.data.batches import Batches
from ganlab.errors import RunError
from ganlab.training.checkpoint import Checkpoint
from ganlab.training.events import Players
from ganlab.training.trainer import Trainer

_PLAYERS: tuple[Players, ...] = ("both", "generator", "critic")
_PATIENCE = timedelta(days=30)  # a run may be paused that long


class Team:
    """This process among those that train together; ``torchrun``'s environment says which one.

    Attributes:
        rank: Of this process, from 0, which leads.
        size: How many there are.
    """

    def __init__(self) -> None:
        with _heard():
            dist.init_process_group("cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo", timeout=_PATIENCE)
        self.rank, self.size = dist.get_rank(), dist.get_world_size()

    def close(self) -> None:
        """Leave; whoever waits for this process hears of it."""
        dist.destroy_process_group()

    def agreed(self, value: Any) -> Any:
        """Return what the first process has."""
        told = [value]
        with _heard():
            dist.broadcast_object_list(told, src=0)
        return told[0]

    def join(self, trainer: Trainer) -> None:
        """Make a trainer one of the team: it goes on from where the first one's stands, with its rows of each batch."""
        state = self.agreed(trainer.checkpoint().to_bytes() if self.rank == 0 else None)
        if self.rank:
            trainer.restore(Checkpoint.from_bytes(state))
        self._chance = _Chance(trainer.rng, self)
        trainer.batches = _Rows(trainer.batches, self._chance)
        trainer.rows, trainer.agree, trainer.tally.agree = trainer.rows // self.size, self._average, self.mean
        for layer in (each for network in trainer.networks.values() for each in network.modules()):
            if isinstance(layer, _BatchNorm):
                layer.forward = partial(_normed, layer, self)

    def step(self, trainer: Trainer, players: Players, measure: bool, due: bool) -> None:
        """Take a step, and have the others take it.

        Args:
            trainer: That joined.
            players: Who learns.
            measure: Note the norms of gradients.
            due: The curves are read after it.
        """
        rates = [group["lr"] for each in trainer.optimizers.values() for group in each.param_groups]
        self._tell([1, _PLAYERS.index(players), measure, due, *rates])
        with self._chance:
            trainer.step(players, measure_gradients=measure)

    def dismiss(self, trainer: Trainer) -> None:
        """Let the others end."""
        self._tell([0.0] * (4 + sum(len(each.param_groups) for each in trainer.optimizers.values())))

    def follow(self, trainer: Trainer) -> None:
        """Take the steps that the first process tells of, until it dismisses this one."""
        groups = [group for each in trainer.optimizers.values() for group in each.param_groups]
        while True:
            going, players, measure, due, *rates = self._tell([0.0] * (4 + len(groups)))
            if not going:
                return
            for group, rate in zip(groups, rates, strict=True):
                group["lr"] = rate
            with self._chance:
                trainer.step(_PLAYERS[int(players)], measure_gradients=bool(measure))
            if due:
                trainer.tally.means()

    def rows(self, joint: Tensor, dim: int = 0) -> Tensor:
        """Return this process's rows of a joint batch."""
        return joint.chunk(self.size, dim)[self.rank].contiguous()

    def total(self, values: Tensor) -> Tensor:
        """Return the sum over all processes, through which gradients flow."""
        return _Total.apply(values)

    def mean(self, values: Tensor) -> Tensor:
        """Return the mean over all processes."""
        return _summed(values) / self.size

    def _average(self, weights: Sequence[Tensor]) -> None:
        gradients = [weight.grad for weight in weights if weight.grad is not None]
        joint = self.mean(torch.cat([gradient.flatten() for gradient in gradients]))
        for gradient, own in zip(gradients, joint.split([each.numel() for each in gradients]), strict=True):
            gradient.copy_(own.view(gradient.shape))

    def _tell(self, values: Sequence[float]) -> list[float]:
        told = torch.tensor(values, dtype=torch.float64)
        with _heard():
            dist.broadcast(told, src=0)
        return told.tolist()


class _Chance(TorchFunctionMode):
    """Whatever is drawn from the training's generator is drawn for the joint batch, and this process keeps its rows."""

    def __init__(self, rng: torch.Generator, team: Team) -> None:
        super().__init__()
        self.rng, self.team, self.joint = rng, team, False

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Sequence[Any] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if self.joint or kwargs.get("generator") is not self.rng:
            return func(*args, **kwargs)
        size = self.team.size
        if func in (torch.rand, torch.randn):
            return self.team.rows(func(args[0] * size, *args[1:], **kwargs))
        if func is torch.randint:
            low, high, (rows, *rest) = args
            return self.team.rows(func(low, high, (rows * size, *rest), **kwargs))
        if func is Tensor.random_:  # of dropout: masks of its own for each process
            own, *rest = args
            return own.copy_(self.team.rows(own.new_empty(len(own) * size).random_(*rest, **kwargs)))
        raise NotImplementedError(func)  # a way to draw that nobody told of here


class _Rows:
    """Batches of which this process keeps its rows."""

    def __init__(self, batches: Batches, chance: _Chance) -> None:
        self._batches, self._chance = batches, chance

    def draw(self, rng: torch.Generator) -> tuple[Tensor, ...]:
        self._chance.joint = True
        try:
            return tuple(self._chance.team.rows(each) for each in self._batches.draw(rng))
        finally:
            self._chance.joint = False

    @property
    def drawn(self) -> int:
        return self._batches.drawn

    @drawn.setter
    def drawn(self, count: int) -> None:
        self._batches.drawn = count


class _Total(torch.autograd.Function):
    @staticmethod
    def forward(context: Any, values: Tensor) -> Tensor:
        return _summed(values)

    @staticmethod
    def backward(context: Any, gradient: Tensor) -> Tensor:
        return _summed(gradient)


def _summed(values: Tensor) -> Tensor:
    total = values.detach().clone().contiguous()
    with _heard():
        dist.all_reduce(total)
    return total


def _normed(layer: _BatchNorm, team: Team, x: Tensor) -> Tensor:
    """Return what batch norm makes of [N, C, ...], with mean and variance of the joint batch."""
    if not layer.training:
        return type(layer).forward(layer, x)
    given, x = x, x.float()
    dims, shape = [0, *range(2, x.ndim)], (1, -1, *[1] * (x.ndim - 2))
    count = team.size * x.numel() / x.shape[1]
    mean = team.total(x.sum(dims)) / count
    centred = x - mean.view(shape)
    variance = team.total(centred.square().sum(dims)) / count
    if layer.track_running_stats:
        with torch.no_grad():
            layer.num_batches_tracked += 1
            layer.running_mean.lerp_(mean, layer.momentum)
            layer.running_var.lerp_(variance * count / (count - 1), layer.momentum)
    normed = centred * (variance + layer.eps).rsqrt().view(shape)
    if layer.affine:
        normed = normed * layer.weight.view(shape) + layer.bias.view(shape)
    return normed.to(given.dtype)


@contextmanager
def _heard() -> Iterator[None]:
    """Say in a sentence that another process does not answer.

    Raises:
        RunError: It is gone.
    """
    try:
        yield
    except RuntimeError as error:
        many = os.environ.get("WORLD_SIZE", "several")
        raise RunError(gone(many)) from error


def gone(many: int) -> str:
    """Return what is said where one of so many processes has died."""
    return (
        f"One of the {many} processes that train together is gone, so all end. Resume the run to go on from its "
        "checkpoint."
    )
