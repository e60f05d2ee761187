"""Training of a VAE-GAN, stage by stage; everything stays on the device."""

from collections.abc import Callable

import torch
from torch import Tensor

from ganlab.objectives import OBJECTIVES, evidence
from ganlab.objectives.cross_entropy import NonSaturating
from ganlab.objectives.vaegan import unlikeness
from ganlab.spec import MemberSpec
from ganlab.training.events import Players
from ganlab.training.trainer import Trainer


class VAEGAN(Trainer):
    """Encoder, decoder that is the generator, and critic; who learns, and from what, is the stage's to say."""

    def __init__(self, spec: MemberSpec, examples: Tensor, device: torch.device, labels: Tensor | None = None) -> None:
        super().__init__(spec, examples, device, labels)
        entry = OBJECTIVES[spec.objective]
        self.objective = entry.load()(**{option: getattr(spec, option) for option in entry.facts["options"]})
        self.adversarial = NonSaturating()
        self.encoder, self.generator, self.critic = (self.networks[role] for role in ("encoder", "generator", "critic"))

    def players(self) -> dict[str, tuple[str, ...]]:
        """Return each network as a player of its own: in the last stage they descend different losses."""
        return {role: (role,) for role in self.networks}

    def set_rate(self, player: str, rate: float) -> None:
        """Change a player's learning rate from the next step on; the encoder learns as fast as the generator."""
        super().set_rate(player, rate)
        if player == "generator":
            super().set_rate("encoder", rate)

    def stage(self, step: int) -> str:
        """Return the stage in which a step is taken, counted from 0."""
        return self.objective.stage(step, self.spec.steps)

    def step(self, players: Players, measure_gradients: bool) -> None:
        """Take one step of the stage; in the adversarial ones a player may be left standing."""
        steps: dict[str, Callable[[Players, bool], None]] = {
            "pretrain": self._pretrain,
            "join": self._join,
            "adversarial": self._adversarial,
            "joint": self._joint,
        }
        steps[self.stage(self.steps)](players, measure_gradients)
        self.steps += 1
        self._follow()

    def _pretrain(self, _: Players, measure_gradients: bool) -> None:
        self._teach("encoder", "generator")
        (images,) = self.batches.draw(self.rng)
        mean, log_variance, drawn = self._rebuilt(images)
        cost, divergence = self.objective.parts(images, drawn, mean, log_variance)
        loss = cost + self.objective.weight(self.steps) * divergence
        self._descend_all({"encoder": loss, "generator": loss}, measure_gradients)
        self.tally.add(reconstruction_loss=cost, divergence=divergence)

    def _join(self, _: Players, measure_gradients: bool) -> None:
        self._teach("critic")
        with torch.no_grad():
            drawn = self._pass(self.generator, self._noise())
        self._critic_step(*self.batches.draw(self.rng), drawn, measure_gradients)

    def _adversarial(self, players: Players, measure_gradients: bool) -> None:
        self._teach(*(role for role in ("generator", "critic") if players in ("both", role)))
        (images,), drawn = self.batches.draw(self.rng), self._pass(self.generator, self._noise())
        if players != "generator":
            self._critic_step(images, drawn.detach(), measure_gradients)
        if players != "critic":
            loss = self.adversarial.generator_loss(self._judged(drawn)[0])
            self._descend_all({"generator": loss}, measure_gradients)
            self.tally.add(generator_loss=loss)

    def _joint(self, players: Players, measure_gradients: bool) -> None:
        self._teach(
            *(role for role in self.networks if players == "both" or (role == "critic") == (players == "critic"))
        )
        (images,) = self.batches.draw(self.rng)
        mean, log_variance, rebuilt = self._rebuilt(images)
        drawn = torch.cat([rebuilt, self._pass(self.generator, self._noise())])
        if players != "generator":
            self._critic_step(images, drawn.detach(), measure_gradients)
        if players == "critic":
            return
        with torch.no_grad():
            wanted = self._judged(images)[1]
        logits, hidden = self._judged(drawn)
        cost = unlikeness(wanted, hidden[: len(images)])
        divergence = evidence.divergence(mean, log_variance).mean()
        adversarial = self.adversarial.generator_loss(logits)
        losses = {
            "encoder": cost + self.objective.weight(self.steps) * divergence,
            "generator": self.objective.likeness * cost + adversarial,
        }
        self._descend_all(losses, measure_gradients)
        self.tally.add(generator_loss=adversarial, reconstruction_loss=cost, divergence=divergence)

    def _teach(self, *learning: str) -> None:
        """Let these networks keep statistics; who stands still shall not change by being used."""
        for role, network in self.networks.items():
            network.train(role in learning)

    def _rebuilt(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return q's mean and log variance [N, d], and pictures drawn from it."""
        mean, log_variance = self._pass(self.encoder, images).chunk(2, 1)
        return mean, log_variance, self._pass(self.generator, evidence.draw(mean, log_variance, self._noise()))

    def _judged(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return the critic's logits [N] and the hidden layer [N, d] from which its last two layers make them."""
        hidden = self._pass(self.critic[:-2], images)
        return self._pass(self.critic[-2:], hidden), hidden

    def _critic_step(self, images: Tensor, drawn: Tensor, measure_gradients: bool) -> None:
        on_real, on_fake = self._pass(self.critic, torch.cat([images, drawn])).tensor_split([len(images)])
        loss = self.adversarial.critic_loss(on_real, on_fake)
        self._descend_all({"critic": loss}, measure_gradients)
        scores = (self.adversarial.score(logits).mean() for logits in (on_real, on_fake))
        self.tally.add(critic_loss=loss, **dict(zip(("real_score", "fake_score"), scores, strict=True)))

    def _descend_all(self, losses: dict[str, Tensor], measure_gradients: bool) -> None:
        """Let each network take a step down its own loss, by gradients of before any of them moved."""
        for left, (player, loss) in enumerate(losses.items(), start=1 - len(losses)):
            weights = self.optimizers[player].param_groups[0]["params"]
            gradients = torch.autograd.grad(loss, weights, retain_graph=left < 0)
            for weight, gradient in zip(weights, gradients, strict=True):
                weight.grad = gradient
        for player in losses:
            self.agree(self.optimizers[player].param_groups[0]["params"])
            if measure_gradients and player != "encoder":
                self._measure(player)
            self.optimizers[player].step()
