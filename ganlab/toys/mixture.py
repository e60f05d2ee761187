"""Mixture: a weighted sum of round Gaussians in the plane, drawn from and evaluated exactly.

    p(x) = sum_k w_k N(x; c_k, s^2 I),    w_k >= 0,  sum_k w_k = 1

One width s for all.  With many centres close together along a curve it is a smooth band whose density
is still exact, which is why spiral and moons are mixtures too.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from ganlab.seeds import stream

_ROWS = 8_192  # points evaluated at once: 8,192 x 600 centres x 2 in float64 are about 80 MB


@dataclass(frozen=True, eq=False)
class Mixture:
    """Round Gaussians of one width.

    Attributes:
        centres: float64 [K, 2].
        std: Standard deviation of each Gaussian along each axis.
        weights: float64 [K], not negative, summing to one.
        separate: Whether the Gaussians are modes to be counted one by one, rather than beads on a curve.
    """

    centres: Tensor
    std: float
    weights: Tensor
    separate: bool = True

    def __post_init__(self) -> None:
        assert self.centres.shape == (len(self.weights), 2)
        assert self.std > 0
        assert bool((self.weights >= 0).all())
        assert abs(float(self.weights.sum()) - 1) < 1e-9

    @property
    def modes(self) -> tuple[Tensor, float] | None:
        """Centres float64 [K, 2] and std where the Gaussians are modes, else None."""
        return (self.centres, self.std) if self.separate else None

    def sample(self, n: int, seed: int) -> Tensor:
        """Draw float32 [n, 2]; the same seed gives the same points."""
        which = stream(seed, "toys.which").choice(len(self.weights), size=n, p=self.weights.numpy())
        spread = torch.from_numpy(stream(seed, "toys.spread").standard_normal((n, 2)))
        return (self.centres[torch.from_numpy(which)] + self.std * spread).float()

    def log_density(self, points: Tensor) -> Tensor:
        """Return log p at points [M, 2] as float64 [M], in nats; far away it is very negative, never -inf."""
        whole = -math.log(2 * math.pi * self.std**2)
        # One device per call: a density evaluated for points on an accelerator without float64 comes back on the CPU.
        parts = []
        for rows in points.detach().cpu().double().split(_ROWS):
            squares = (rows[:, None, :] - self.centres).square().sum(2)  # (m, K)
            parts.append(torch.logsumexp(self.weights.log() - squares / (2 * self.std**2), dim=1) + whole)
        return torch.cat(parts)
