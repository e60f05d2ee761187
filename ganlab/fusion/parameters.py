"""Parameters: one network, each of whose weights is the weighted mean of the members' ones.

    theta_l = sum_k w_kl theta_kl,    w_kl = s_l w_k,    w_jl = 1 - sum_{k != j} w_kl,    sum_k w_k = 1

theta_kl are member k's weights at depth l, running statistics of batch norm among them, and j is the leading member.
s_l in [0, 1] says how far the others enter at that depth: 1 everywhere is the plain average, a "model soup" (Wortsman
et al. 2022, arXiv:2203.05482); 0 below a depth and 1 from there on, with all the weight on another member, swaps
layers (Pinkney & Adler 2020, arXiv:2010.05334).  One forward pass draws a picture, whatever the number of members.

Only relatives, trained on from common weights, lie in one valley.  Strangers have learned the same things in other
places (Entezari et al. 2022, arXiv:2110.06296): the mean of their weights has learned nothing, and draws noise.
Estimating batch norm's statistics anew (REPAIR, Jordan et al. 2023, arXiv:2211.08403) was measured on MNIST: for three
relatives KID stays (0.068), for two strangers it falls from 3.0 to 0.5, each alone has 0.07.  So it is left out.
"""

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from torch import Tensor, nn

from ganlab.fusion.rule import Rule
from ganlab.fusion.shares import shares
from ganlab.members.member import Member, NetworkMember


@dataclass(frozen=True)
class Parameters(Rule):
    """The weighted mean of generators.

    Attributes:
        low: The place of the leading member; the first where none is named.
        coarse: How far the others enter where the map is coarsest.
        middle: Half way to the picture.
        fine: At the picture; between these three depths s_l is a straight line.
        swap: The number of coarse depths that are the leading member's alone.
        force: Whether strangers may be averaged, which ``misfit`` refuses.
    """

    low: int | None = None
    coarse: float = 1.0
    middle: float = 1.0
    fine: float = 1.0
    swap: int = 0
    force: int = 0
    name = "parameters"
    combines = False

    def leader(self, members: Sequence[Member]) -> Member:
        """Return the leading member."""
        return members[self.low or 0]

    def alone(self, members: Sequence[NetworkMember]) -> NetworkMember:
        """Return the member with the averaged generator."""
        lead, place = self.leader(members), self.low or 0
        network = copy.deepcopy(lead.networks["generator"])
        states = [member.networks["generator"].state_dict() for member in members]
        depth_of, depths = depths_of(network)
        by_depth = [self._shares(len(members), place, depth, depths) for depth in range(depths)]
        merged = dict(states[place])
        for key, value in merged.items():
            if isinstance(value, Tensor) and value.is_floating_point() and key in depth_of:
                merged[key] = _mean([state[key] for state in states], by_depth[depth_of[key]])
        network.load_state_dict(merged)
        facts = {"name": self.name, "encoder": None, "critic_parameters": 0}
        return NetworkMember(lead.card.model_copy(update=facts), {"generator": network}, lead.device)

    def _shares(self, members: int, place: int, depth: int, depths: int) -> np.ndarray:
        """Return w_kl [K], which sum to 1."""
        position = depth / max(1, depths - 1)
        enters = np.interp(position, [0, 0.5, 1], [self.coarse, self.middle, self.fine]) * (depth >= self.swap)
        plain = np.array(shares(self.weights, members))
        own = plain * enters
        own[place] = plain[place] + (1 - enters) * (plain.sum() - plain[place])
        return own


def depths_of(network: nn.Module) -> tuple[dict[str, int], int]:
    """Return the depth of each entry of a generator's state, from coarse to fine, and how many depths there are.

    A depth begins with a layer that has weights of its own; what norms its map, attends to it or adds to it belongs to
    it.  So a DCGAN has a depth for each map, and a dense network one for each layer.
    """
    depth, found = -1, {}
    for prefix, layer in _layers(network):
        begins = any(weight.ndim >= 2 for weight in layer.parameters(recurse=False))
        depth = max(0, depth + begins)
        found |= {f"{prefix}{key}": depth for key in layer.state_dict()}
    return found, depth + 1


def _layers(module: nn.Module, prefix: str = "") -> Iterator[tuple[str, nn.Module]]:
    """Yield the parts that have weights of their own, in order, with the beginning of their names in the state."""
    if any(True for _ in module.parameters(recurse=False)):
        yield prefix, module
        return
    for name, child in module.named_children():
        yield from _layers(child, f"{prefix}{name}.")


def _mean(values: Sequence[Tensor], parts: np.ndarray) -> Tensor:
    """Return the weighted mean; in double precision, so that a mean of equals is each of them to the bit."""
    total = sum(part * value.cpu().double() for part, value in zip(parts, values, strict=True) if part)
    return total.to(values[0].dtype).to(values[0].device)
