"""Adversarial training: one step of a generator and its critic; everything stays on the device."""

from collections.abc import Sequence

import torch
from torch import Tensor

from ganlab.objectives import OBJECTIVES
from ganlab.spec import MemberSpec
from ganlab.training.events import Players
from ganlab.training.trainer import Trainer


class GAN(Trainer):
    """A generator against a critic, by any adversarial objective."""

    def __init__(self, spec: MemberSpec, examples: Tensor, device: torch.device, labels: Tensor | None = None) -> None:
        super().__init__(spec, examples, device, labels)
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
        batch: tuple[Tensor, ...] = ()
        fake = None
        if players != "generator":
            for turn in range(self.spec.n_critic):
                last = turn == self.spec.n_critic - 1
                z, batch = self._noise(), self.batches.draw(self.rng)
                fake = self._draw(z, batch[1:], with_graph=last and players == "both")
                self._critic_step(fake, *batch, measure_gradients=measure_gradients and last)
        if players != "critic":
            # The last critic step's pictures serve the generator as well.
            if fake is None:
                z = self._noise()
                if self.objective.paired or self.spec.conditional:
                    batch = self.batches.draw(self.rng)
                fake = self._draw(z, batch[1:], with_graph=True)
            self._generator_step(fake, *batch, measure_gradients=measure_gradients)
        self.steps += 1
        if players != "critic":
            self._follow()

    def _draw(self, z: Tensor, labels: Sequence[Tensor], with_graph: bool) -> Tensor:
        with torch.set_grad_enabled(with_graph):
            return self.generator(z, *labels)

    def _critic_step(self, fake: Tensor, real: Tensor, *labels: Tensor, measure_gradients: bool) -> None:
        """Let the critic learn from fake pictures and as many real ones, of the same classes where there are any."""
        fake = fake.detach()
        # One pass over both halves: no critic here mixes a batch, and one large product beats two small.
        logits = self.critic(torch.cat([real, fake]), *(each.repeat(2) for each in labels))
        on_real, on_fake = logits.split(len(real))
        loss = self.objective.critic_loss(on_real, on_fake)
        slope = self.objective.regularise(lambda images: self.critic(images, *labels), real, fake, self.rng)
        self._descend("critic", loss if slope is None else loss + slope, measure_gradients)
        self.objective.constrain(self.critic)
        self.tally.add(
            critic_loss=loss,
            real_score=self.objective.score(on_real).mean(),
            fake_score=self.objective.score(on_fake).mean(),
        )

    def _generator_step(
        self, fake: Tensor, real: Tensor | None = None, *labels: Tensor, measure_gradients: bool
    ) -> None:
        self.critic.requires_grad_(requires_grad=False)  # its weights need no gradient here: a third less work
        on_real = None
        if self.objective.paired:
            with torch.no_grad():
                on_real = self.critic(real, *labels)
        loss = self.objective.generator_loss(self.critic(fake, *labels), on_real)
        self._descend("generator", loss, measure_gradients)
        self.critic.requires_grad_(requires_grad=True)
        self.tally.add(generator_loss=loss)
