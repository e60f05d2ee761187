"""One of several by one number of noise: a class, a component, or a member, each with its share.

For u standard normal, ``k`` is chosen where the normal distribution function of u lies between
``share_1 + ... + share_{k-1}`` and ``share_1 + ... + share_k``; so what is chosen can be walked and repeated like any
other latent.
"""

import torch
from torch import Tensor


def choose(coordinate: Tensor, shares: Tensor) -> Tensor:
    """Return who is chosen, int64 [N].

    Args:
        coordinate: u, [N].
        shares: Of each, [K], or for each row its own, [N, K], adding up to 1; who has none is never chosen.
    """
    place = torch.special.ndtr(coordinate)
    # So that rounding of the last border can never choose nobody.
    last = shares.shape[-1] - 1 - (shares > 0).flip(-1).int().argmax(-1)
    return (place[:, None] >= shares.cumsum(-1)).sum(1).clamp(max=last)


def coordinate(chosen: Tensor, shares: Tensor) -> Tensor:
    """Return for each choice [N] the u in the middle of its share, float [N]: ``choose`` gives the choice back."""
    return torch.special.ndtri((shares.cumsum(0) - shares / 2)[chosen])
