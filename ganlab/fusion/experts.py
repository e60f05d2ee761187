"""Mixture of experts: a gate sees the latent before anybody draws, and says whose picture it shall be.

    p(x | z) = sum_k g_k(z) delta(x - G_k(z)),    g(z) = softmax(gate(z))
    gate = argmax  mean_z log sum_k g_k(z) r(G_k(z))

r is the density ratio of real to drawn pictures, estimated on an extractor's features of validation pictures: where a
member's picture looks real, the gate shall pick that member (Jacobs et al. 1991, Adaptive mixtures of local experts,
eq. 1.3, with r in the place of the likelihood).  Picked, a picture costs one forward pass, as in a mixture, and stays
sharp; ``mix`` averages the members' pictures by the gate's shares.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor, nn

from ganlab.choice import choose
from ganlab.fusion.fitted import FittedRule
from ganlab.fusion.ground import Ground
from ganlab.fusion.mixture import drawn_by, each_by
from ganlab.fusion.selection.ratio import fit
from ganlab.members.member import Member
from ganlab.metrics.evaluate import Progress
from ganlab.networks.layers import initialise

_LATENTS, _HIDDEN, _BATCH, _EPOCHS, _PATIENCE, _RATE, _DECAY = 12_000, 64, 256, 40, 4, 1e-3, 1e-2
_FLOOR = 0.05  # of a ratio: no picture is so bad that one of them decides about a gate
_HELD_OUT = 0.2


@dataclass(frozen=True)
class Experts(FittedRule):
    """One member a picture, picked by the gate.

    Attributes:
        gate: ``pick`` or ``mix``.
    """

    gate: str = "pick"
    name = "experts"
    combines = False

    def extra(self, members: Sequence[Member]) -> int:
        """Return 1: the coin."""
        return 1

    def draw(self, members: Sequence[Member], z: Tensor, labels: Tensor | None) -> Tensor:
        """Return each picture as the gate wants it."""
        return self.explained(members, z, labels)[0]

    def explained(
        self, members: Sequence[Member], z: Tensor, labels: Tensor | None
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Return them with the gate's ``shares``, and where it picks, with who was ``picked``."""
        base, extra = self.split(members, z)
        shares = self.shares_of(base)
        if self.gate == "mix":
            drawn = torch.stack([member.generate(base[:, : member.latent_dim], labels) for member in members])
            return _mixed(drawn, shares), {"shares": shares}
        picked = choose(extra[:, 0], shares)
        return drawn_by(members, picked, base, labels), {"shares": shares, "picked": picked}

    def joined(self, pictures: Tensor, base: Tensor, extra: Tensor) -> Tensor:
        """Return each picture as the gate wants it, of what all members drew."""
        shares = self.shares_of(base)
        return _mixed(pictures, shares) if self.gate == "mix" else each_by(choose(extra[:, 0], shares), pictures)

    def shares_of(self, base: Tensor) -> Tensor:
        """Return the gate's shares [N, K] of the leader's latents."""
        gate = self.network.to(base.device)
        return gate(base[:, : gate[0].in_features]).softmax(1)

    @cached_property
    def network(self) -> nn.Module:
        """The gate, latents [N, d] to logits of members [N, K]."""
        arrays = self.fitted.arrays
        gate = _network(arrays["0.weight"].shape[1], len(arrays["2.bias"]))
        gate.load_state_dict({name: torch.from_numpy(each) for name, each in arrays.items()}, assign=True)
        return gate.requires_grad_(requires_grad=False)

    @classmethod
    def fitting(
        cls, members: Sequence[Member], ground: Ground, weights: tuple[float, ...], **options: object
    ) -> Iterator[Progress | tuple[dict[str, np.ndarray], dict[str, float]]]:
        """Fit the gate to what every member draws from the same latents."""
        leader = cls().leader(members)
        z = leader.latents(_LATENTS, ground.own_seed("gate"))
        seen = []
        for place, member in enumerate(members):
            rows = []
            for images in ground.drawn_from(member, z[:, : member.latent_dim]):
                rows.append(ground.extractor.features(images))
                yield Progress("drawing for the gate", 0.7 * (place + len(rows) * 500 / len(z)) / len(members), 0, None)
            seen.append(np.concatenate(rows))
        yield Progress("fitting the ratio", 0.7, 0.0, None)
        # As many of each member as there are real pictures in all: the ratio is that of the even mixture.
        some = np.concatenate([each[:: len(members)] for each in seen])[: 2 * len(ground.features)]
        ratio = fit("least_squares", ground.features, some, ground.seed)
        ratios = np.stack([ratio(each) for each in seen], 1)
        yield Progress("fitting the gate", 0.85, 0.0, None)
        gate, numbers = _fitted(z[:, : leader.walk_dim], ratios, ground.own_seed("weights"))
        yield {name: each.numpy() for name, each in gate.state_dict().items()}, numbers


def _mixed(pictures: Tensor, shares: Tensor) -> Tensor:
    """Return the mean of pictures [K, N, *shape] with each row's own shares [N, K]."""
    return (shares.T.reshape(*pictures.shape[:2], *[1] * (pictures.ndim - 2)) * pictures).sum(0)


def _network(inputs: int, members: int) -> nn.Sequential:
    with torch.device("meta"):  # no first weights, which would be drawn from the global stream
        return nn.Sequential(nn.Linear(inputs, _HIDDEN), nn.LeakyReLU(0.2), nn.Linear(_HIDDEN, members))


def _fitted(latents: np.ndarray, ratios: np.ndarray, seed: int) -> tuple[nn.Module, dict[str, float]]:
    """Return a gate for latents [N, d] and ratios [N, K], as it was when held-out latents liked it best."""
    rng = torch.Generator().manual_seed(seed % 2**63)
    gate = _network(latents.shape[1], ratios.shape[1]).to_empty(device="cpu")
    initialise(gate, rng, normal=False)
    nn.init.zeros_(gate[2].weight)  # it begins with even shares
    nn.init.zeros_(gate[2].bias)
    z, log_ratios = torch.from_numpy(latents), torch.from_numpy(np.log(ratios + _FLOOR)).float()
    held = round(len(z) * _HELD_OUT)
    optimizer = torch.optim.AdamW(gate.parameters(), lr=_RATE, weight_decay=_DECAY)
    best = {name: each.clone() for name, each in gate.state_dict().items()}
    least = even = _loss(gate, z[:held], log_ratios[:held]).item()
    waited = 0
    for _ in range(_EPOCHS):
        for rows in (torch.randperm(len(z) - held, generator=rng) + held).split(_BATCH):
            optimizer.zero_grad()
            _loss(gate, z[rows], log_ratios[rows]).backward()
            optimizer.step()
        with torch.no_grad():
            now = _loss(gate, z[:held], log_ratios[:held]).item()
        waited += 1
        if now < least:
            least, waited = now, 0
            best = {name: each.clone() for name, each in gate.state_dict().items()}
        if waited == _PATIENCE:
            break
    gate.load_state_dict(best)
    return gate, {"gate_gain": even - least}


def _loss(gate: nn.Module, z: Tensor, log_ratios: Tensor) -> Tensor:
    """Return minus the mean log of what the gate's shares make of the ratios."""
    return -(gate(z).log_softmax(1) + log_ratios).logsumexp(1).mean()
