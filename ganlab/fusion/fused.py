"""A fused member: other members and a rule, and itself a member."""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn

from ganlab.errors import MemberError
from ganlab.fusion import RULES
from ganlab.fusion.fitted import Fitted, FittedRule, remembered, wanted
from ganlab.fusion.graph import Graph
from ganlab.fusion.options import Value
from ganlab.fusion.rule import Rule
from ganlab.members.card import Card, now
from ganlab.members.member import Member
from ganlab.spec import Recipe


class FusedMember(Member):
    """What ``fuse`` returns.

    Its latents are those of its leading member, the widest or the anchor, followed by the rule's own coordinates: for
    a seed every member that draws from noise has the same noise as alone.

    Args:
        members: At least two that the rule fits.
        rule: With its weights and options.
        name: What it is called until it is kept.
        options: The rule's, as a recipe states them.
        fit: Where the rule is one that is fitted, a fit; that which the workspace remembers by default.

    Raises:
        NotFittedError: The rule was not fitted to these members yet.
    """

    def __init__(
        self,
        members: Sequence[Member],
        rule: Rule,
        name: str = "fused",
        options: Mapping[str, Value] | None = None,
        fit: Fitted | None = None,
    ) -> None:
        self.members, self.rule = tuple(members), rule
        self._place()
        drawing = members if self._alone is None else [self._alone]
        card = self.card = Card(
            name=name,
            kind="fused",
            dataset=members[0].card.dataset,
            shape=members[0].shape,
            latent_dim=self._leader.latent_dim + rule.extra(members),
            walk_dim=self._leader.card.walk_dim,
            conditional=all(member.conditional for member in members),
            parameters=sum(member.card.parameters for member in drawing),
            recipe=Recipe(
                members=tuple(member.name for member in members),
                rule=rule.name,
                weights=rule.weights,
                options=dict(options or {}),
            ),
            made_of={member.name: member.card.digest() for member in members},
            created=now(),
            licence=next((member.card.licence for member in members if member.card.licence), None),
        )
        if isinstance(rule, FittedRule):
            fit = fit or remembered(rule, members)
            if fit is None:
                raise wanted(rule, members)
            self.rule = replace(rule, fitted=fit)
            self.card = card.model_copy(update={"fit": fit.stated()})

    def latents(self, n: int, seed: int, truncation: float = 1.0) -> np.ndarray:
        """Return float32 [n, latent_dim]; truncation leaves the rule's own coordinates alone."""
        base = self._leader.latents(n, seed, truncation)
        return np.concatenate([base, self.rule.noise(self.members, n, seed, truncation)], 1)

    def asked(self, z: np.ndarray, label: int) -> np.ndarray:
        """Return latents from which every member draws a class, if all of them can be asked."""
        if not self.conditional:
            return super().asked(z, label)
        return self.rule.asked(self.members, z, label) if self._alone is None else self._alone.asked(z, label)

    @torch.inference_mode()
    def generate(self, z: np.ndarray | Tensor, labels: Tensor | None = None) -> Tensor:
        """Return fused pictures [N, *shape] from latents [N, latent_dim]."""
        self.check_labels(labels)
        z = self.placed(z)
        return self.rule.draw(self.members, z, labels) if self._alone is None else self._alone.generate(z, labels)

    @torch.inference_mode()
    def explained(self, z: np.ndarray | Tensor, labels: Tensor | None = None) -> tuple[Tensor, dict[str, Tensor]]:
        """Return what ``generate`` does, and what decided it, as ``Rule.explained`` tells."""
        if self._alone is not None:
            return self.generate(z, labels), {}
        self.check_labels(labels)
        return self.rule.explained(self.members, self.placed(z), labels)

    def on(self, device: torch.device) -> "FusedMember":
        """Return the same fusion of members that draw there."""
        moved = copy.copy(self)
        moved.members = tuple(member.on(device) for member in self.members)
        moved._place()  # noqa: SLF001 - of our own class
        return moved

    def _place(self) -> None:
        """Note what follows from where the members are."""
        self.device = self.members[0].device
        self._leader, self._alone = self.rule.leader(self.members), self.rule.alone(self.members)

    def network(self) -> nn.Module:
        """Return the whole fusion as one network, latents to pictures.

        Raises:
            MemberError: Its rule is none, or a member is none.
        """
        if self._alone is not None:
            return self._alone.network()
        facts = RULES[self.rule.name].facts
        if reason := facts.get("no_network"):
            raise MemberError(f"{self.name!r} is made by {self.rule.name!r}, which is no one network: {reason}.")
        return Graph(self.members, self.rule, weighs=facts["weighs"])
