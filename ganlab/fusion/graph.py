"""A whole fusion as one network, latents to pictures: every member draws every picture, then the rule joins them.

No branch depends on a value, so an exporter sees all of it: what one member alone would draw is drawn by all and
picked afterwards.  Where weights matter they are a second input, so that they can be changed in another program.
"""

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor, nn

from ganlab.fusion.rule import Rule
from ganlab.fusion.shares import shares
from ganlab.members.member import Member


class Graph(nn.Module):
    """Members and a rule.

    Args:
        members: Who draws.
        rule: What makes one picture of theirs.
        weighs: Whether weights are an input.

    Attributes:
        weights: The rule's own [K], which hold where none are given; None for a rule that counts all members alike.

    Raises:
        MemberError: A member is no network, or cannot encode as one.
    """

    def __init__(self, members: Sequence[Member], rule: Rule, *, weighs: bool) -> None:
        super().__init__()
        self.learned = rule.network  # the same that the rule asks: a graph knows what is registered
        self.rule, self.base = rule, rule.leader(members).latent_dim
        self.networks, self.widths = nn.ModuleList(m.network() for m in members), [m.latent_dim for m in members]
        self.anchor = getattr(rule, "anchor", None)
        self.encoders = nn.ModuleList()
        if self.anchor is not None:
            self.encoders.extend(
                nn.Identity() if place == self.anchor else member.encoding() for place, member in enumerate(members)
            )
        usual = torch.tensor(rule.weights or shares((), len(members)), dtype=torch.float32) if weighs else None
        self.register_buffer("weights", usual, persistent=False)

    def forward(self, z: Tensor, weights: Tensor | None = None) -> Tensor:
        """Return pictures [N, *shape].

        Args:
            z: Latents [N, latent_dim].
            weights: Other ones than the rule's own, [K].
        """
        base, extra = z[:, : self.base], z[:, self.base :]
        rule = self.rule if weights is None else replace(self.rule, weights=weights)
        return rule.joined(torch.stack(self._drawn(base)), base, extra)

    def _drawn(self, base: Tensor) -> list[Tensor]:
        """Return what each member draws, as ``Rule.draw`` has it."""
        if self.anchor is None:
            return [network(base[:, :width]) for network, width in zip(self.networks, self.widths, strict=True)]
        shown = self.networks[self.anchor](base)
        return [
            shown if place == self.anchor else network(encoder(shown))
            for place, (network, encoder) in enumerate(zip(self.networks, self.encoders, strict=True))
        ]
