"""Adversarial training: one step of a generator and its critic; everything stays on the device."""

from collections.abc import Sequence

import torch
from torch import Tensor

from ganlab.networks.growing import coarsened, set_level
from ganlab.objectives import OBJECTIVES
from ganlab.objectives.matching import mean_distance
from ganlab.spec import MemberSpec
from ganlab.training.diffaugment import changed
from ganlab.training.events import Players
from ganlab.training.growth import Growth
from ganlab.training.trainer import Trainer


class GAN(Trainer):
    """A generator against a critic, by any adversarial objective."""

    def __init__(self, spec: MemberSpec, examples: Tensor, device: torch.device, labels: Tensor | None = None) -> None:
        super().__init__(spec, examples, device, labels)
        self.growth = Growth.of(spec)
        self.generator, self.critic = self.networks["generator"], self.networks["critic"]
        entry = OBJECTIVES[spec.objective]
        self.objective = entry.load()(**{option: getattr(spec, option) for option in entry.facts["options"]})

    def stage(self, step: int) -> str | None:
        """Return the size of the finest pictures at work in a step, counted from 0; None where nothing grows."""
        return self.spec.stages[self.growth.stage(step)] if self.growth else None

    def step(self, players: Players, measure_gradients: bool) -> None:
        """Let the players take one generator step, with ``n_critic`` critic steps before it.

        Args:
            players: Who learns; one who stands still is used as it is.
            measure_gradients: Add the norms of both gradients to the tally.
        """
        if self.growth:
            set_level([*self.networks.values(), *self.drawing().values()], self.growth.level(self.steps))
        # Batch norm and spectral norm keep statistics: a player who stands still shall not change by being used.
        self.generator.train(players != "critic")
        self.critic.train(players != "generator")
        batch: tuple[Tensor, ...] = ()
        fake = None
        if players != "generator":
            for turn in range(self.spec.n_critic):
                last = turn == self.spec.n_critic - 1
                z, batch = self._noise(), self._real()
                fake = self._draw(z, batch[1:], with_graph=last and players == "both")
                self._critic_step(fake, *batch, measure_gradients=measure_gradients and last)
        if players != "critic":
            # The last critic step's pictures serve the generator as well.
            if fake is None:
                z = self._noise()
                if self.objective.paired or self.objective.feature_matching or self.spec.conditional:
                    batch = self._real()
                fake = self._draw(z, batch[1:], with_graph=True)
            self._generator_step(fake, *batch, measure_gradients=measure_gradients)
        self.steps += 1
        if players != "critic":
            self._follow()

    def _draw(self, z: Tensor, labels: Sequence[Tensor], with_graph: bool) -> Tensor:
        with torch.set_grad_enabled(with_graph):
            return self._pass(self.generator, z, *labels)

    def _real(self) -> tuple[Tensor, ...]:
        """Return real pictures and, where asked for, their classes; pictures as coarse as those drawn beside them."""
        images, *labels = self.batches.draw(self.rng)
        if self.growth:
            images = coarsened(images, self.growth.level(self.steps), self.growth.top)
        return images, *labels

    def _critic_step(self, fake: Tensor, real: Tensor, *labels: Tensor, measure_gradients: bool) -> None:
        """Let the critic learn from fake pictures and as many real ones, of the same classes where there are any."""
        real, fake = self._seen(real), self._seen(fake.detach())
        if self.spec.minibatch_discrimination:  # it mixes a batch: real and fake must not meet in one
            on_real, on_fake = self._pass(self.critic, real, *labels), self._pass(self.critic, fake, *labels)
        else:  # one large product beats two small
            logits = self._pass(self.critic, torch.cat([real, fake]), *(each.repeat(2) for each in labels))
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
        on_real = wanted = None
        if self.objective.paired or self.objective.feature_matching:
            with torch.no_grad():
                on_real, wanted = self._judged(real, *labels)
        on_fake, features = self._judged(fake, *labels)
        loss = self.objective.generator_loss(on_fake, on_real)
        self.tally.add(generator_loss=loss)
        if self.objective.feature_matching:
            distance = mean_distance(wanted, features)
            loss = loss + self.objective.feature_matching * distance
            self.tally.add(feature_distance=distance)
        self._descend("generator", loss, measure_gradients)
        self.critic.requires_grad_(requires_grad=True)

    def _seen(self, images: Tensor) -> Tensor:
        """Return what the critic sees of pictures: each changed at random, and as many in one as it judges at once."""
        return packed(changed(images, self.objective.diffaugment, self.rng), self.objective.pack)

    def _judged(self, images: Tensor, *labels: Tensor) -> tuple[Tensor, Tensor | None]:
        """Return the critic's logits and, where features are matched, the hidden layer that they are made of."""
        seen = self._seen(images)
        if not self.objective.feature_matching:
            return self._pass(self.critic, seen, *labels), None
        hidden = self._pass(self.critic[:-2], seen)
        return self._pass(self.critic[-2:], hidden, *labels), hidden


def packed(images: Tensor, pack: int) -> Tensor:
    """Return pictures [N, C, H, W] as packs [N / pack, pack * C, H, W], one upon the other; points likewise.

    Lin et al. 2018 (arXiv:1712.04086), section 2: the critic sees whether several samples are alike.
    """
    return images.reshape(-1, pack * images.shape[1], *images.shape[2:])
