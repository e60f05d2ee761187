"""Members as things that draw: from noise to pictures, the same on every device."""

import copy
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ganlab import seeds
from ganlab.choice import coordinate
from ganlab.errors import MemberError
from ganlab.members.card import Card
from ganlab.members.encoding import Encoding
from ganlab.members.networks import encoder_outputs

_CHUNK = 512  # pictures drawn at once: bounds memory, not results


class Member:
    """What everything that can be sampled has in common; a fused member is one too.

    Attributes:
        card: All that is known about it.
        device: Where it draws.
    """

    card: Card
    device: torch.device

    @property
    def name(self) -> str:
        """Its name in the store."""
        return self.card.name

    @property
    def shape(self) -> tuple[int, ...]:
        """(C, H, W) of a picture, or (2,) of a point."""
        return self.card.shape

    @property
    def latent_dim(self) -> int:
        """How many numbers of noise a picture starts from."""
        return self.card.latent_dim

    @property
    def walk_dim(self) -> int:
        """How many leading coordinates of a latent set the angle of a spherical walk."""
        return self.card.walk_dim

    @property
    def conditional(self) -> bool:
        """Whether it can be asked for a class."""
        return self.card.conditional

    def latents(self, n: int, seed: int, truncation: float = 1.0) -> np.ndarray:
        """Return float32 [n, latent_dim] noise, the same for a seed on every device.

        Args:
            n: Rows; row i does not depend on n.
            seed: Of the stream.
            truncation: Noise is multiplied by it, but not what chooses a class.  1 is the distribution the member
                was trained on; smaller draws nearer to the middle, where many generators, those with batch norm
                above all, leave what they know.
        """
        noise = seeds.standard_normal(n, self.walk_dim, seed) * np.float32(truncation)
        # What chooses a class or a component has a stream of its own: the rest is the noise of members without it.
        choice = seeds.standard_normal(n, self.latent_dim - self.walk_dim, seed, "choice")
        return np.concatenate([noise, choice], 1)

    def generate(self, z: np.ndarray | Tensor, labels: Tensor | None = None) -> Tensor:
        """Return float32 pictures [N, *shape] in [-1, 1] (or points) from latents [N, latent_dim].

        Deterministic in z.  Labels, int64 [N] from 0, are for conditional members; without them the latent chooses.
        """
        raise NotImplementedError

    def sample(self, n: int, seed: int, labels: Tensor | None = None, truncation: float = 1.0) -> Tensor:
        """Return ``n`` pictures of seed ``seed``: ``latents``, then ``generate``."""
        return self.generate(self.latents(n, seed, truncation), labels)

    def asked(self, z: np.ndarray, label: int) -> np.ndarray:
        """Return latents [N, at least latent_dim] that choose a class, counted from 0, whatever they chose before.

        Raises:
            MemberError: It cannot be asked, or knows no such class.
        """
        raise MemberError(f"{self.name!r} cannot be asked for a class: it was trained without labels.")

    def score(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """Return the critic's logits [N] for pictures [N, *shape]; labels as for ``generate``.

        Raises:
            MemberError: It has no critic, or one that judges several pictures together.
        """
        raise MemberError(f"{self.name!r} has no critic to score pictures with.")

    @property
    def encodes(self) -> bool:
        """Whether it can find latents for pictures."""
        return False

    def encode(self, images: Tensor) -> Tensor:
        """Return latents [N, latent_dim] from which it would draw pictures [N, *shape] much alike.

        Raises:
            MemberError: It has no encoder.
        """
        raise MemberError(f"{self.name!r} has no encoder to find latents with.")

    def encoding(self) -> nn.Module:
        """Return what ``encode`` does as one network, pictures [N, *shape] to latents [N, latent_dim].

        Raises:
            MemberError: It has no encoder.
        """
        raise MemberError(f"{self.name!r} has no encoder to find latents with.")

    def network(self) -> nn.Module:
        """Return all it does as one network, latents [N, latent_dim] to pictures [N, *shape]."""
        raise NotImplementedError

    def on(self, device: torch.device) -> "Member":
        """Return the same member where it shall draw."""
        raise NotImplementedError

    def placed(self, z: np.ndarray | Tensor) -> Tensor:
        """Return latents as float32 [N, latent_dim] where this member draws.

        Raises:
            MemberError: They have another shape.
        """
        z = torch.as_tensor(z, dtype=torch.float32, device=self.device)
        if z.ndim != 2 or z.shape[1] != self.latent_dim:
            raise MemberError(f"{self.name!r} draws from [n, {self.latent_dim}] latents, not {list(z.shape)}.")
        return z

    def check_labels(self, labels: Tensor | None) -> None:
        """Refuse labels that this member cannot use.

        Raises:
            MemberError: Labels were given to a member that draws every class alike, or of classes it does not know.
        """
        if labels is None:
            return
        if not self.conditional:
            raise MemberError(f"{self.name!r} cannot be asked for a class: it was trained without labels.")
        known = len(self.card.classes)
        if known and len(labels) and not 0 <= int(labels.min()) <= int(labels.max()) < known:
            wrong = int(labels.min()) if labels.min() < 0 else int(labels.max())
            raise MemberError(f"{self.name!r} knows classes 0 to {known - 1}, not {wrong}.")


class NetworkMember(Member):
    """A member with networks of its own.

    Args:
        card: Of this member.
        networks: By role: ``generator`` (latents to pictures), and where there are such, ``critic`` (pictures to
            logits), ``encoder`` (pictures to latents) and ``density`` (latents to codes, which the generator then
            draws from); moved to ``device`` and set to eval mode.
        device: Where it draws.
    """

    def __init__(self, card: Card, networks: Mapping[str, nn.Module], device: torch.device | None = None) -> None:
        self.card = card
        self.device = device or torch.device("cpu")
        self.networks = {role: _frozen(network, self.device) for role, network in networks.items()}

    def __reduce__(self) -> tuple[Any, ...]:
        # To another process it goes as card and weights: parametrised layers do not travel.
        from ganlab.members.loading import rebuilt

        states = {role: network.state_dict() for role, network in self.networks.items()}
        return rebuilt, (
            self.card,
            {f"{r}.{key}": each for r, s in states.items() for key, each in s.items()},
            self.device,
        )

    @property
    def encodes(self) -> bool:
        """Whether it has an encoder."""
        return "encoder" in self.networks

    def asked(self, z: np.ndarray, label: int) -> np.ndarray:
        """Return latents [N, at least latent_dim] that choose a class, whatever they chose before."""
        if not self.conditional:
            return super().asked(z, label)
        one = torch.tensor([label], device=self.device)
        self.check_labels(one)
        z = z.copy()
        z[:, self.walk_dim] = coordinate(one, self.networks["generator"].shares).item()
        return z

    @torch.inference_mode()
    def generate(self, z: np.ndarray | Tensor, labels: Tensor | None = None) -> Tensor:
        """Return pictures [N, *shape] from latents [N, latent_dim]."""
        self.check_labels(labels)
        return self._apply(self.network(), self.shape, self.placed(z), *self._given(labels))

    def network(self) -> nn.Module:
        """Return the generator, after the density of codes where there is one."""
        generator = self.networks["generator"]
        return nn.Sequential(self.networks["density"], generator) if "density" in self.networks else generator

    @torch.inference_mode()
    def score(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """Return the critic's logits [N] for pictures [N, *shape]; without labels of the class each suits best."""
        self.check_labels(labels)
        if "critic" not in self.networks:
            return super().score(images)
        if self.card.spec is not None and self.card.spec.judges_together:
            raise MemberError(
                f"The critic of {self.name!r} judges several pictures together, so it has no score for each: "
                "use a member trained with pack 1 and minibatch_discrimination 0."
            )
        return self._apply(self.networks["critic"], (), images.to(self.device), *self._given(labels))

    @torch.inference_mode()
    def encode(self, images: Tensor) -> Tensor:
        """Return latents [N, latent_dim] from which it would draw pictures [N, *shape] much alike."""
        return self._apply(self.encoding(), (self.latent_dim,), images.to(self.device))

    def encoding(self) -> nn.Module:
        """Return its encoder as one network."""
        if not self.encodes:
            return super().encoding()
        shares = self.networks["generator"].shares if self.conditional else None
        return Encoding(self.networks["encoder"], self.walk_dim, shares, self.networks.get("density"))

    @torch.inference_mode()
    def posterior(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return the mean and the log variance of the noise of pictures, each [N, walk_dim].

        Raises:
            MemberError: It has no encoder, or one that knows no variance.
        """
        if not self.encodes:
            super().encode(images)
        if self.card.kind == "gan":
            raise MemberError(f"{self.name!r} has an encoder that gives latents, but no variance of them.")
        mean, log_variance, _ = self._encoded(images).tensor_split([self.walk_dim, 2 * self.walk_dim], 1)
        return mean, log_variance

    def on(self, device: torch.device) -> "NetworkMember":
        """Return the same member where it shall draw: itself where it does already, its networks copied otherwise."""
        return self if device == self.device else NetworkMember(self.card, copy.deepcopy(self.networks), device)

    def _encoded(self, images: Tensor) -> Tensor:
        """Return the encoder's numbers [N, ...]."""
        width = encoder_outputs(self.card.kind, self.walk_dim, len(self.card.classes))
        return self._apply(self.networks["encoder"], (width,), images.to(self.device))

    def _given(self, labels: Tensor | None) -> tuple[Tensor, ...]:
        return () if labels is None else (labels.to(self.device),)

    def _apply(self, network: nn.Module, shape: tuple[int, ...], *values: Tensor) -> Tensor:
        """Return what a network makes, [N, *shape], of values [N, ...]."""
        if len(values[0]) == 0:
            return torch.empty(0, *shape, device=self.device)
        parts = zip(*(each.split(_CHUNK) for each in values), strict=True)
        return torch.cat([network(*part) for part in parts])


def _frozen(network: nn.Module, device: torch.device) -> nn.Module:
    return network.to(device).eval().requires_grad_(requires_grad=False)
