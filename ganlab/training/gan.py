"""Adversarial training: one step of a generator and its critic; everything stays on the device."""

import torch
from torch import Tensor

from ganlab.objectives import OBJECTIVES
from ganlab.spec import MemberSpec
from ganlab.training.events import Players
from ganlab.training.trainer import Trainer


class GAN(Trainer):
    """A generator against a critic, by any adversarial objective."""

    def __init__(self, spec: MemberSpec, examples: Tensor, device: torch.device) -> None:
        super().__init__(spec, examples, device)
        self.generator, self.critic = self.networks["generator"], self.networks["critic"]
        entry = OBJECTIVES[spec.objective]
        self.objective = entry.load()(**{option: getattr(spec, option) for option in entry.facts["options"]})

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
            self._follow()

    def _draw(self, with_graph: bool) -> Tensor:
        z = self._noise()
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
        self._descend("critic", loss if slope is None else loss + slope, measure_gradients)
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
        self._descend("generator", loss, measure_gradients)
        self.critic.requires_grad_(requires_grad=True)
        self.tally.add(generator_loss=loss)
