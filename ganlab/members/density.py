"""A Gaussian mixture as the law of an autoencoder's codes, in the place of the prior it was trained with.

    k with probability share_k,    code = mean_k + L_k z,    z ~ N(0, I),  L_k L_k' = covariance_k

k is chosen by one more latent coordinate, so that such a member can be walked and repeated like any other.  What the
decoder was never asked for is no longer drawn (Ghosh et al. 2020, arXiv:1903.12436: a density fitted afterwards).
"""

import math
from typing import Self

import torch
from torch import Tensor, nn

from ganlab.choice import choose, coordinate


class Density(nn.Module):
    """Latents [N, d + 1] to codes [N, d].

    Args:
        components: K.
        width: d.

    Attributes:
        shares: [K], adding up to 1.
        means: [K, d].
        factors: L, lower triangular, [K, d, d].
    """

    def __init__(self, components: int, width: int) -> None:
        super().__init__()
        self.register_buffer("shares", torch.empty(components))
        self.register_buffer("means", torch.empty(components, width))
        self.register_buffer("factors", torch.empty(components, width, width))

    @classmethod
    def of(cls, shares: Tensor, means: Tensor, covariances: Tensor) -> Self:
        """Return the density of a mixture's shares [K], means [K, d] and covariances [K, d, d]."""
        made = cls(*means.shape)
        made.shares.copy_(shares / shares.sum())
        made.means.copy_(means)
        made.factors.copy_(torch.linalg.cholesky(covariances.double()))
        return made

    def forward(self, z: Tensor) -> Tensor:
        """Return codes."""
        chosen = choose(z[:, -1], self.shares)
        return self.means[chosen] + (self.factors[chosen] @ z[:, :-1, None])[:, :, 0]

    def inverse(self, codes: Tensor) -> Tensor:
        """Return latents [N, d + 1] of which codes [N, d] are made, each by the component most responsible for it."""
        return self.back()(codes)

    def back(self) -> nn.Module:
        """Return the inverse as a network, codes to latents."""
        return _Back(self)

    def log_density(self, codes: Tensor) -> Tensor:
        """Return log p of codes [N, d] in nats, [N]."""
        z = torch.stack([_solved(each, codes - mean) for each, mean in zip(self.factors, self.means, strict=True)])
        return self._weighed(z).logsumexp(0)

    def _weighed(self, z: Tensor) -> Tensor:
        """Return log (share_k N(code; mean_k, covariance_k)), [K, N], of z [K, N, d] that make a code by each k."""
        return -(z.square().sum(2) + z.shape[2] * math.log(2 * math.pi)) / 2 - self.volumes()[:, None]

    def volumes(self) -> Tensor:
        """Return log |L_k| - log share_k, [K]."""
        return self.factors.diagonal(dim1=1, dim2=2).log().sum(1) - self.shares.log()


class _Back(nn.Module):
    """Codes to latents, with the factors inverted once: other programs solve no triangles."""

    def __init__(self, density: Density) -> None:
        super().__init__()
        shares = density.shares
        inverted = torch.linalg.inv(density.factors.cpu().double()).to(density.factors)
        self.register_buffer("factors", inverted, persistent=False)
        self.register_buffer("means", density.means, persistent=False)
        self.register_buffer("volumes", density.volumes(), persistent=False)
        middles = coordinate(torch.arange(len(shares), device=shares.device), shares)
        self.register_buffer("middles", middles, persistent=False)

    def forward(self, codes: Tensor) -> Tensor:
        """Return latents [N, d + 1]."""
        z = (codes[None] - self.means[:, None]) @ self.factors.mT  # [K, N, d]
        chosen = (z.square().sum(2) / 2 + self.volumes[:, None]).argmin(0)  # [N]
        return torch.cat([_each_of(z, chosen), self.middles[chosen][:, None]], 1)


def _each_of(rows: Tensor, chosen: Tensor) -> Tensor:
    """Return of [K, N, d] for each n the row of who was chosen, [N, d]."""
    return rows.gather(0, chosen[None, :, None].expand(1, -1, rows.shape[2]))[0]


def _solved(factor: Tensor, rows: Tensor) -> Tensor:
    return torch.linalg.solve_triangular(factor, rows.T, upper=False).T
