"""What every way to train has in common: networks, averages, optimisers, batches, chance, and their checkpoints."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.optim import SGD, Adam, Optimizer, RMSprop

from ganlab.data.batches import Batches
from ganlab.members.networks import build
from ganlab.members.origins import descent
from ganlab.networks.layers import SeededDropout
from ganlab.spec import MemberSpec
from ganlab.training.average import Average
from ganlab.training.checkpoint import Checkpoint, pack, unpack
from ganlab.training.events import Players


@dataclass
class Tally:
    """Sums of a few scalars on the device, read once a logging interval instead of once a step."""

    sums: dict[str, Tensor] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    agree: Callable[[Tensor], Tensor] = lambda values: values

    def add(self, **values: Tensor) -> None:
        """Add detached scalars."""
        for name, value in values.items():
            kept = value.detach()
            self.sums[name] = self.sums[name] + kept if name in self.sums else kept.clone()
            self.counts[name] = self.counts.get(name, 0) + 1

    def means(self) -> dict[str, float]:
        """Return the means since the last call, with one transfer, and start again."""
        names = list(self.sums)
        read = self.agree(torch.stack([self.sums[name].float() for name in names])).tolist() if names else []
        means = {name: value / self.counts[name] for name, value in zip(names, read, strict=True)}
        self.sums, self.counts = {}, {}
        return means


class Trainer:
    """Networks on a device, and one step after the other.

    Args:
        spec: Resolved.
        examples: The training split, as a dataset holds it.
        device: Where everything happens.
        labels: Of the examples, for a conditional member.

    Attributes:
        networks: By role, as they learn.
        optimizers: By player: ``generator`` and, where there is one, ``critic``.
        lineage: Of the members that it makes.
        made_of: Digests of the members that it started from and learns from, by name.
        tally: What the curves show.
        rows: Of a batch that are drawn here; fewer than there are in a team (``team.py``).
        agree: Makes gradients of weights those of the whole batch, once there are all.
        steps: Done so far.
        unseen: Whether nothing that it draws was shown before, however many steps were taken.
    """

    unseen: bool = False

    def __init__(self, spec: MemberSpec, examples: Tensor, device: torch.device, labels: Tensor | None = None) -> None:
        self.spec, self.device = spec, device
        first = torch.Generator().manual_seed(spec.seed)
        self.networks = {role: network.to(device) for role, network in self.built(first).items()}
        if spec.conditional:
            classes = labels.bincount(minlength=len(spec.classes))
            self.networks["generator"].shares.copy_(classes / len(labels))
        if len(spec.shape) == 3 and spec.network != "mlp":
            for network in self.networks.values():
                network.to(memory_format=torch.channels_last)
        self.averages = {
            role: Average(self.networks[role], spec.ema, trained=spec.start is not None) for role in self.averaged()
        }
        self.lineage, self.made_of = descent(spec), {}
        self.optimizers = {
            player: _optimizer(spec, [self.networks[role] for role in roles], _rate(spec, player))
            for player, roles in self.players().items()
        }
        self.rng = torch.Generator(device).manual_seed((spec.seed + 2**32) % 2**63)
        for layer in (each for network in self.networks.values() for each in network.modules()):
            if isinstance(layer, SeededDropout):
                layer.rng = self.rng
        known = labels if spec.conditional else None
        self.batches = Batches(examples, spec.batch_size, spec.seed, device, augment=spec.augment, labels=known)
        self.rows, self.agree = spec.batch_size, lambda weights: None
        self.tally = Tally()
        self.steps = 0
        self._compiled: dict[Callable[..., Tensor], Callable[..., Tensor]] = {}

    def compile(self, backend: str = "inductor") -> None:
        """Let forward passes run as compiled code, on CUDA as graphs; what is trained stays the same but for rounding.

        The networks stay as they are: what is kept, drawn and resumed knows nothing of it.  Growing ones are left
        alone, as they are others at every level.
        """
        if self.spec.grow:
            return
        mode = "reduce-overhead" if self.device.type == "cuda" and backend == "inductor" else None
        # Networks of one class are counted together, and each has code of its own for every batch and way to learn.
        torch._dynamo.config.recompile_limit = 64  # noqa: SLF001 - it has no public place
        self._compiled = {
            network: torch.compile(network, mode=mode, backend=backend, dynamic=False)
            for network in self.networks.values()
        }

    def built(self, first: torch.Generator) -> dict[str, nn.Module]:
        """Return networks by role with their first weights."""
        return build(self.spec, first)

    def averaged(self) -> list[str]:
        """Return the roles whose averages draw and encode."""
        return [role for role in self.networks if role != "critic"]

    def players(self) -> dict[str, tuple[str, ...]]:
        """Return the roles that each player's optimiser moves."""
        players = {"generator": tuple(role for role in self.networks if role != "critic")}
        return players | ({"critic": ("critic",)} if "critic" in self.networks else {})

    def stage(self, step: int) -> str | None:
        """Return the stage in which a step is taken, counted from 0; None where there is but one."""
        return None

    def step(self, players: Players, measure_gradients: bool) -> None:
        """Take one step.

        Args:
            players: Who learns; one who stands still is used as it is.
            measure_gradients: Add the norms of gradients to the tally.
        """
        raise NotImplementedError

    def drawing(self) -> dict[str, nn.Module]:
        """Return the averaged networks, which draw and encode, and the critic as it is."""
        drawn = {role: average.network for role, average in self.averages.items()}
        return drawn | {role: network for role, network in self.networks.items() if role == "critic"}

    def set_rate(self, player: str, rate: float) -> None:
        """Change a player's learning rate from the next step on; one that is not there has none."""
        for group in self.optimizers[player].param_groups if player in self.optimizers else ():
            group["lr"] = rate

    def checkpoint(self) -> Checkpoint:
        """Return everything that ``restore`` needs, detached from what goes on."""
        tensors = {"rng": self.rng.get_state()}
        facts = {"steps": self.steps, "drawn": self.batches.drawn}
        facts |= {"lineage": list(self.lineage), "made_of": self.made_of}
        for name, part in self._parts().items():
            more_tensors, more_facts = pack(name, part)
            tensors |= more_tensors
            facts |= more_facts
        return Checkpoint(tensors, facts)

    def restore(self, checkpoint: Checkpoint) -> None:
        """Go back to a checkpoint.

        Raises:
            RunError: It is that of another spec.
        """
        for name, part in self._parts().items():
            unpack(name, part, checkpoint)
        self.rng.set_state(checkpoint.tensors["rng"].cpu())
        self.steps, self.batches.drawn = checkpoint.facts["steps"], checkpoint.facts["drawn"]
        # Old checkpoints started from nobody.
        self.lineage = tuple(checkpoint.facts.get("lineage", self.lineage))
        self.made_of = checkpoint.facts.get("made_of", {})

    def _pass(self, network: Callable[..., Tensor], *inputs: Tensor) -> Tensor:
        """Return what a network makes of its inputs, compiled and in the precision that are asked for.

        Penalties, which need gradients of gradients, call networks themselves: compiled code has none, and they
        keep full precision.
        """
        half = self.spec.precision == "bfloat16"
        with torch.autocast(self.device.type, torch.bfloat16, enabled=half):
            made = self._compiled.get(network, network)(*inputs)
        if network in self._compiled and self.device.type == "cuda":
            made = made.clone()  # the next pass of its graph writes to the same memory
        return made.float() if half else made

    def _noise(self) -> Tensor:
        return torch.randn(self.rows, self.spec.latent_dim, generator=self.rng, device=self.device)

    def _descend(self, player: str, loss: Tensor, measure_gradient: bool) -> None:
        """Let a player take a step down a loss."""
        optimizer = self.optimizers[player]
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.agree(optimizer.param_groups[0]["params"])
        if measure_gradient:
            self._measure(player)
        optimizer.step()

    def _measure(self, player: str) -> None:
        """Note the norm of a player's gradient."""
        self.tally.add(**{f"{player}_gradient": norm(self.optimizers[player].param_groups[0]["params"])})

    def _follow(self) -> None:
        for average in self.averages.values():
            average.follow(self.steps)

    def _parts(self) -> dict[str, nn.Module | Optimizer]:
        averages = {
            "average" if role == "generator" else f"average_{role}": each for role, each in self.averages.items()
        }
        return (
            self.networks
            | {name: average.network for name, average in averages.items()}
            | {f"{player}_optimizer": optimizer for player, optimizer in self.optimizers.items()}
        )


def _rate(spec: MemberSpec, player: str) -> float:
    """Return how fast a player learns at first; an encoder of its own as fast as the generator."""
    return spec.learning_rate_critic if player.startswith("critic") else spec.learning_rate_generator


def _optimizer(spec: MemberSpec, networks: Iterable[nn.Module], rate: float) -> Optimizer:
    weights = [weight for network in networks for weight in network.parameters()]
    fused = weights[0].device.type in ("cpu", "cuda")  # one kernel over all weights, where there is one
    if spec.optimizer == "adam":
        return Adam(weights, lr=rate, betas=(spec.beta1, spec.beta2), fused=fused)
    if spec.optimizer == "sgd":
        return SGD(weights, lr=rate, momentum=spec.momentum, fused=fused)
    return RMSprop(weights, lr=rate, momentum=spec.momentum, foreach=True)


def norm(weights: Iterable[nn.Parameter]) -> Tensor:
    """Return the norm of the gradients of weights."""
    gradients = [weight.grad for weight in weights if weight.grad is not None]
    return torch.stack(torch._foreach_norm(gradients)).norm()  # noqa: SLF001 - one call for all weights
