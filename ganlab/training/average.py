"""Exponential moving average of a generator's weights (Yazici et al. 2019, arXiv:1806.04498)."""

import copy

import torch
from torch import nn


class Average:
    """A second generator that follows the trained one slowly, and is the one sampled.

    After t steps the memory is ``min(decay, (1 + t) / (10 + t))``, so that early averages do not carry the
    random first weights; where those are a trained member's, it is ``decay`` from the beginning.

    Args:
        network: Whom to follow.
        decay: Memory of the past a step; 0 keeps an exact copy.
        trained: The network's first weights are worth remembering.
    """

    def __init__(self, network: nn.Module, decay: float, *, trained: bool = False) -> None:
        self.network = copy.deepcopy(network).eval().requires_grad_(requires_grad=False)
        self.decay, self.trained = decay, trained
        floats, whole = [], []
        followed = network.state_dict(keep_vars=True)
        for key, mine in self.network.state_dict(keep_vars=True).items():
            (floats if mine.is_floating_point() else whole).append((mine, followed[key]))
        # Running statistics of batch norm are averaged as the weights are; its counters are copied.
        self._mine, self._theirs = ([pair[side] for pair in floats] for side in (0, 1))
        self._counters = whole

    @torch.no_grad()
    def follow(self, step: int) -> None:
        """Move towards the followed network, after its step ``step`` (from 1)."""
        memory = self.decay if self.trained else min(self.decay, (1 + step) / (10 + step))
        torch._foreach_lerp_(self._mine, self._theirs, 1 - memory)
        for mine, theirs in self._counters:
            mine.copy_(theirs)
