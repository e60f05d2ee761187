"""One training step of a generator and its critic; everything stays on the device."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.optim import SGD, Adam, Optimizer, RMSprop

from ganlab.data.batches import Batches
from ganlab.members.member import build
from ganlab.networks.layers import SeededDropout
from ganlab.objectives import OBJECTIVES
from ganlab.spec import MemberSpec
from ganlab.training.average import Average
from ganlab.training.checkpoint import Checkpoint, pack, unpack
from ganlab.training.events import Players


@dataclass
class Tally:
    """Sums of a few scalars on the device, read once a logging interval instead of once a step."""

    sums: dict[str, Tensor] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def add(self, **values: Tensor) -> None:
        """Add detached scalars."""
        for name, value in values.items():
            kept = value.detach()
            self.sums[name] = self.sums[name] + kept if name in self.sums else kept.clone()
            self.counts[name] = self.counts.get(name, 0) + 1

    def means(self) -> dict[str, float]:
        """Return the means since the last call, with one transfer, and start again."""
        names = list(self.sums)
        read = torch.stack([self.sums[name].float() for name in names]).tolist() if names else []
        means = {name: value / self.counts[name] for name, value in zip(names, read, strict=True)}
        self.sums, self.counts = {}, {}
        return means


class GAN:
    """Two networks, two optimisers, an average, and the chance they use.

    Args:
        spec: Resolved.
        examples: The training split, as a dataset holds it.
        device: Where everything happens.
    """

    def __init__(self, spec: MemberSpec, examples: Tensor, device: torch.device) -> None:
        self.spec, self.device = spec, device
        first = torch.Generator().manual_seed(spec.seed)
        networks = {role: network.to(device) for role, network in build(spec, first).items()}
        self.generator, self.critic = networks["generator"], networks["critic"]
        if len(spec.shape) == 3 and spec.network != "mlp":
            for network in (self.generator, self.critic):
                network.to(memory_format=torch.channels_last)
        entry = OBJECTIVES[spec.objective]
        self.objective = entry.load()(**{option: getattr(spec, option) for option in entry.facts["options"]})
        self.average = Average(self.generator, spec.ema)
        self.optimizers = {
            "generator": _optimizer(spec, self.generator, spec.learning_rate_generator),
            "critic": _optimizer(spec, self.critic, spec.learning_rate_critic),
        }
        self.rng = torch.Generator(device).manual_seed((spec.seed + 2**32) % 2**63)
        for layer in self.critic.modules():
            if isinstance(layer, SeededDropout):
                layer.rng = self.rng
        self.batches = Batches(examples, spec.batch_size, spec.seed, device, spec.augment)
        self.tally = Tally()
        self.steps = 0

    def step(self, players: Players, measure_gradients: bool) -> None:
        """Let the players take one generator step, with ``n_critic`` critic steps before it.

        Args:
            players: Who learns; one who stands still is used as it is.
            measure_gradients: Add the norms of both gradients to the tally.
        """
        # Batch norm and spectral norm keep statistics: a player who stands still shall not change by being used.
        self.generator.train(players != "critic")
        self.critic.train(players != "generator")
        real = fake = None
        if players != "generator":
            for turn in range(self.spec.n_critic):
                last = turn == self.spec.n_critic - 1
                fake = self._draw(with_graph=last and players == "both")
                real = self._critic_step(fake, measure_gradients and last)
        if players != "critic":
            # The last critic step's pictures serve the generator as well.
            if fake is None:
                fake = self._draw(with_graph=True)
            self._generator_step(fake, real, measure_gradients)
        self.steps += 1
        if players != "critic":
            self.average.follow(self.steps)

    def _draw(self, with_graph: bool) -> Tensor:
        z = torch.randn(self.spec.batch_size, self.spec.latent_dim, generator=self.rng, device=self.device)
        with torch.set_grad_enabled(with_graph):
            return self.generator(z)

    def _critic_step(self, fake: Tensor, measure_gradients: bool) -> Tensor:
        """Let the critic learn from fake pictures and as many real ones, which it returns."""
        real, fake = self.batches.draw(self.rng), fake.detach()
        # One pass over both halves: no critic here mixes a batch, and one large product beats two small.
        logits = self.critic(torch.cat([real, fake]))
        on_real, on_fake = logits.split(len(real))
        loss = self.objective.critic_loss(on_real, on_fake)
        slope = self.objective.regularise(self.critic, real, fake, self.rng)
        optimizer = self.optimizers["critic"]
        optimizer.zero_grad(set_to_none=True)
        (loss if slope is None else loss + slope).backward()
        if measure_gradients:
            self.tally.add(critic_gradient=_norm(self.critic.parameters()))
        optimizer.step()
        self.objective.constrain(self.critic)
        self.tally.add(
            critic_loss=loss,
            real_score=self.objective.score(on_real).mean(),
            fake_score=self.objective.score(on_fake).mean(),
        )
        return real

    def _generator_step(self, fake: Tensor, real: Tensor | None, measure_gradients: bool) -> None:
        self.critic.requires_grad_(requires_grad=False)  # its weights need no gradient here: a third less work
        on_real = None
        if self.objective.paired:
            with torch.no_grad():
                on_real = self.critic(self.batches.draw(self.rng) if real is None else real)
        loss = self.objective.generator_loss(self.critic(fake), on_real)
        optimizer = self.optimizers["generator"]
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.critic.requires_grad_(requires_grad=True)
        if measure_gradients:
            self.tally.add(generator_gradient=_norm(self.generator.parameters()))
        optimizer.step()
        self.tally.add(generator_loss=loss)

    def set_rate(self, player: str, rate: float) -> None:
        """Change a player's learning rate from the next step on."""
        for group in self.optimizers[player].param_groups:
            group["lr"] = rate

    def checkpoint(self) -> Checkpoint:
        """Return everything that ``restore`` needs, detached from what goes on."""
        tensors, facts = {"rng": self.rng.get_state()}, {"steps": self.steps, "drawn": self.batches.drawn}
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

    def _parts(self) -> dict[str, nn.Module | Optimizer]:
        return {
            "generator": self.generator,
            "critic": self.critic,
            "average": self.average.network,
            "generator_optimizer": self.optimizers["generator"],
            "critic_optimizer": self.optimizers["critic"],
        }


def _optimizer(spec: MemberSpec, network: nn.Module, rate: float) -> Optimizer:
    weights = list(network.parameters())
    fused = weights[0].device.type in ("cpu", "cuda")  # one kernel over all weights, where there is one
    if spec.optimizer == "adam":
        return Adam(weights, lr=rate, betas=(spec.beta1, spec.beta2), fused=fused)
    if spec.optimizer == "sgd":
        return SGD(weights, lr=rate, momentum=spec.momentum, fused=fused)
    return RMSprop(weights, lr=rate, momentum=spec.momentum, foreach=True)


def _norm(weights: Iterable[nn.Parameter]) -> Tensor:
    gradients = [weight.grad for weight in weights if weight.grad is not None]
    return torch.stack(torch._foreach_norm(gradients)).norm()  # noqa: SLF001 - one call for all weights
