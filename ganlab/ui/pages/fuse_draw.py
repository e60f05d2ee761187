"""What the fusion page draws: every member and their fusion, from the same latents."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ganlab.errors import FusionError
from ganlab.fusion import misfit
from ganlab.fusion.options import Value
from ganlab.members.sheet import amount, reach_of
from ganlab.members.store import Entry
from ganlab.ui import engine
from ganlab.ui.parts.grid import png_of

if TYPE_CHECKING:
    from torch import Tensor

    from ganlab.members.member import Member


@dataclass(frozen=True)
class Wish:
    """All that decides the pictures.

    Attributes:
        members: Two to eight that go together.
        rule: A name out of ``RULES`` that fits them.
        weights: One a member, or none where the rule counts all alike.
        pictures: Room on a sheet.
        seed: Of the latents at the start of the walk.
        to: Of those at its end.
        t: Where between the two.
        label: The class that is asked for, counted from 0, or None for any.
        options: What the rule takes beside weights, as a recipe states them.
    """

    members: tuple[Entry, ...]
    rule: str
    weights: tuple[float, ...]
    pictures: int
    seed: int
    to: int
    t: float
    label: int | None = None
    options: dict[str, Value] = field(default_factory=dict)

    @property
    def n(self) -> int:
        """How many latents are drawn."""
        return amount(self.members[0].card.shape, self.pictures)

    def recipe(self) -> dict:
        """Return it as data, for a PNG to remember."""
        walk = {"to": self.to, "t": self.t} if self.t else None
        told = {
            "members": [entry.name for entry in self.members],
            "rule": self.rule,
            "weights": list(self.weights),
            "n": self.n,
            "seed": self.seed,
        }
        told |= {"options": self.options} if self.options else {}
        told |= {"label": self.label} if self.label is not None else {}
        return told | ({"walk": walk} if walk else {})

    def command(self) -> str:
        """Return the command that draws the start of the walk."""
        asked = ["--n", str(self.n), "--seed", str(self.seed)]
        asked += ["--label", str(self.label)] if self.label is not None else []
        return " ".join(["python -m ganlab fuse", *self.words(), *asked, "--out fused.png"])

    def words(self) -> list[str]:
        """Return members, rule, weights and options as words of a command."""
        weights = ["--weights", *(f"{weight:g}" for weight in self.weights)] if self.weights else []
        options = [word for name, value in self.options.items() for word in ("--option", f"{name}={written(value)}")]
        return [*(entry.name for entry in self.members), "--rule", self.rule, *weights, *options]


@dataclass(frozen=True)
class Drawn:
    """What the members draw from the latents of a wish, and what fuses it.

    Attributes:
        wish: What was asked for.
        member: The fused member; None where its rule has to learn first.
        z: Its latents, [n, latent_dim].
        pictures: What each member draws, [n, *shape].
        extra: The rule's own coordinates.
    """

    wish: Wish
    member: "Member | None"
    z: "Tensor"
    pictures: "list[Tensor]"
    extra: "Tensor"

    @property
    def reach(self) -> float | None:
        """Within which points are shown; None for pictures."""
        return reach_of(*self.pictures)

    def fused(self) -> "Tensor":
        """Return what the rule makes of it, [n, *shape]."""
        import torch

        if self.member.rule.combines:
            return self.member.rule.combine(torch.stack(self.pictures), self.extra)
        return self.member.generate(self.z)

    def explained(self) -> "tuple[Tensor, dict[str, Any]]":
        """Return the same, and what decided it picture by picture, as ``Rule.explained`` tells, as lists."""
        if self.member.rule.combines:
            return self.fused(), {}
        pictures, told = self.member.explained(self.z)
        return pictures, {name: [*map(_short, values.tolist())] for name, values in told.items()}

    def sheet(self) -> bytes:
        """Return the fused picture as PNG, with the recipe inside."""
        return png_of(self.fused(), recipe=self.wish.recipe(), reach=self.reach)


def draw(wish: Wish, device: str) -> Drawn:
    """Draw what was wished.

    The members' pictures are remembered between calls, so that a change of weights costs only the rule.

    Raises:
        NotFittedError: The rule has to learn first.
        GanlabError: A member cannot be used, or they do not go together.
    """
    return _drawn(wish, device, wish.rule, wish.weights, wish.options)


def weighed(wish: Wish, asked: Mapping[str, Any]) -> Wish:
    """Return a wish with the weights that a browser asks for.

    Raises:
        FusionError: Those are no weights for it.
    """
    weights = asked.get("weights", [])
    if not isinstance(weights, list) or not all(isinstance(each, int | float) for each in weights):
        raise FusionError(f"Weights are a list of numbers, not {str(weights)[:60]!r}.")
    wish = replace(wish, weights=tuple(map(float, weights)))
    if fault := misfit(wish.rule, [entry.card for entry in wish.members], wish.weights, wish.options):
        raise FusionError(fault)
    return wish


def members_only(wish: Wish, device: str) -> Drawn:
    """Draw what the members draw, of a wish whose rule cannot do anything yet.

    Raises:
        GanlabError: A member cannot be used.
    """
    return replace(_drawn(wish, device, "mixture", (), {}), member=None)


def _drawn(wish: Wish, device: str, rule: str, weights: tuple[float, ...], options: dict[str, Value]) -> Drawn:
    import torch

    from ganlab.fusion import fuse
    from ganlab.seeds import slerp

    cards = [entry.card for entry in wish.members]
    member = fuse([engine.member(card.name, device, card) for card in cards], rule, weights, options=options)
    z = member.latents(wish.n, wish.seed)
    if wish.t:
        z = slerp(z, member.latents(wish.n, wish.to), wish.t, width=member.walk_dim)
    if wish.label is not None:  # after the walk, which would lead it through other classes
        z = member.asked(z, wish.label)
    placed = torch.as_tensor(z, device=member.device)
    base, extra = member.rule.split(member.members, placed)
    base = np.ascontiguousarray(base.cpu())

    def find() -> list[np.ndarray]:
        found = member.rule.latents(member.members, torch.as_tensor(base, device=member.device))
        return [np.ascontiguousarray(z.cpu()) for z in found]

    # Aligned members look at the anchor's pictures, which do not change with the weights either.
    who = tuple((card.digest(), card.encoder and card.encoder.sha256) for card in cards)
    anchor, noise = options.get("anchor"), hashlib.sha256(base.tobytes()).digest()
    latents = engine.remembered(find, "latents", who, anchor, device, noise)
    drawn = [engine.pictures(card.name, device, z, card) for card, z in zip(cards, latents, strict=True)]
    return Drawn(wish, member, placed, drawn, extra)


def _short(value: Any) -> Any:
    if isinstance(value, list):
        return [*map(_short, value)]
    return round(value, 3) if isinstance(value, float) else value


def written(value: Value) -> str:
    """Return an option's value as a command states it."""
    return value if isinstance(value, str) else f"{value:g}"


def shares(weights: Sequence[float], count: int) -> list[float]:
    """Return each member's part of 1; all 0 where no weight is above 0."""
    from ganlab.fusion.shares import shares

    return shares(weights, count) if not weights or sum(weights) > 0 else [0.0] * count
