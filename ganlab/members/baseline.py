"""Two members that learned nothing and stand in every comparison: random pixels, and pictures drawn by rules.

Both draw from as many numbers of noise as the others, so that they can be walked, measured and fused with them.
"""

import numpy as np
import torch
from torch import Tensor, nn

from ganlab import seeds
from ganlab.data import glyphs, shapes
from ganlab.errors import MemberError
from ganlab.members.card import Card, now
from ganlab.members.member import Member

LATENTS = 100
_DIGITS = ("mnist", "digits", "glyphs")  # sets whose rules are those of the glyphs


def card(kind: str, dataset: str, shape: tuple[int, ...], name: str) -> Card:
    """Return the card of a ``noise`` or ``rule-based`` member.

    Raises:
        MemberError: Points have no pixels.
    """
    if len(shape) != 3:
        raise MemberError(f"Dataset {dataset!r} holds points; {kind!r} members draw pictures.")
    return Card(name=name, kind=kind, dataset=dataset, shape=shape, latent_dim=LATENTS, parameters=0, created=now())


def drawn_by_rules(dataset: str, shape: tuple[int, ...], n: int, seed: int) -> tuple[Tensor, Tensor | None]:
    """Return pictures [n, *shape] in [-1, 1] that rules draw for a dataset, and their labels where they are digits."""
    member = RuleMember(card("rule-based", dataset, shape, "rules"))
    z = torch.from_numpy(member.latents(n, seed))
    return member.generate(z), glyphs.render(z)[1] if dataset in _DIGITS else None


class NoiseMember(Member):
    """Random pixels: each a fixed random mixture of the latents, spread evenly over [-1, 1]."""

    def __init__(self, card: Card, device: torch.device | None = None) -> None:
        self.card, self.device = _checked(card), device or torch.device("cpu")
        self._network = _EvenPixels(card.shape, card.latent_dim).to(self.device)

    @torch.inference_mode()
    def generate(self, z: np.ndarray | Tensor, labels: Tensor | None = None) -> Tensor:
        """Return pictures [N, *shape] from latents [N, latent_dim]."""
        self.check_labels(labels)
        return self._network(self.placed(z))

    def network(self) -> nn.Module:
        """Return the fixed mixture."""
        return self._network


class RuleMember(Member):
    """Pictures drawn by rules: digits for sets of digits, else shapes; the noise decides on all that varies."""

    def __init__(self, card: Card, device: torch.device | None = None) -> None:
        self.card, self.device = _checked(card), device or torch.device("cpu")

    @torch.inference_mode()
    def generate(self, z: np.ndarray | Tensor, labels: Tensor | None = None) -> Tensor:
        """Return pictures [N, *shape] from latents [N, latent_dim]."""
        self.check_labels(labels)
        z = self.placed(z)
        if len(z) == 0:
            return torch.empty(0, *self.shape, device=self.device)
        if self.card.dataset not in _DIGITS:
            return shapes.render(z, self.shape)
        drawn = glyphs.render(z)[0].to(self.device).float()
        if drawn.shape[2:] != self.shape[1:]:
            size = tuple(self.shape[1:])
            drawn = nn.functional.interpolate(drawn, size, mode="bilinear", antialias=True, align_corners=False)
        return drawn / 127.5 - 1

    def network(self) -> nn.Module:
        """Refuse: rules are no network.

        Raises:
            MemberError: Always.
        """
        raise MemberError(f"{self.name!r} draws by rules: there is no network to export.")


class _EvenPixels(nn.Module):
    """Latents [N, d] to pixels [N, *shape]: products with unit vectors are normal, their ranks even."""

    def __init__(self, shape: tuple[int, ...], latent_dim: int) -> None:
        super().__init__()
        self.shape = tuple(shape)
        rows = seeds.standard_normal(int(np.prod(shape)), latent_dim, 0, "noise-pixels")
        self.register_buffer("mixture", torch.from_numpy(rows / np.linalg.norm(rows, axis=1, keepdims=True)))

    def forward(self, z: Tensor) -> Tensor:
        """Return pixels in [-1, 1]."""
        return torch.erf(z @ self.mixture.T / 2**0.5).unflatten(1, self.shape)


def _checked(card: Card) -> Card:
    """Refuse a card that no member which learned nothing can have.

    Raises:
        MemberError: It speaks of points, of classes, or of other latents than they draw from.
    """
    if len(card.shape) != 3 or card.conditional or (card.latent_dim, card.walk_dim) != (LATENTS, LATENTS):
        raise MemberError(
            f"Member {card.name!r} cannot be used: members of kind {card.kind!r} draw pictures from {LATENTS} numbers "
            "each, and no classes."
        )
    return card


KINDS = {"noise": NoiseMember, "rule-based": RuleMember}
