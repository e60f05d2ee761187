"""Training of a variational autoencoder: rebuild pictures through a code that stays near the prior."""

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from ganlab.objectives import OBJECTIVES, evidence
from ganlab.spec import MemberSpec
from ganlab.training.events import Players
from ganlab.training.trainer import Trainer


class VAE(Trainer):
    """An encoder and a decoder, which is the generator, moved together by one optimiser."""

    def __init__(self, spec: MemberSpec, examples: Tensor, device: torch.device, labels: Tensor | None = None) -> None:
        super().__init__(spec, examples, device, labels)
        entry = OBJECTIVES[spec.objective]
        self.objective = entry.load()(**{option: getattr(spec, option) for option in entry.facts["options"]})

    def step(self, players: Players, measure_gradients: bool) -> None:
        """Take one step; there is one player, whoever is asked for."""
        for network in self.networks.values():
            network.train()
        images, *labels = self.batches.draw(self.rng)
        width = self.spec.latent_dim
        mean, log_variance, classes = self._pass(self.networks["encoder"], images).tensor_split([width, 2 * width], 1)
        drawn = self._pass(self.networks["generator"], evidence.draw(mean, log_variance, self._noise()), *labels)
        cost, divergence = self.objective.parts(images, drawn, mean, log_variance)
        loss = cost + self.objective.weight(self.steps) * divergence
        if labels:  # so that ``encode`` finds the class of a picture by itself
            recognition = cross_entropy(classes, *labels)
            loss = loss + recognition
            self.tally.add(class_loss=recognition)
        self._descend("generator", loss, measure_gradients)
        self.tally.add(generator_loss=cost + divergence, reconstruction_loss=cost, divergence=divergence)
        self.steps += 1
        self._follow()
