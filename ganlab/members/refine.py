"""Better latents for given pictures, by a few steps of descent from where an encoder put them.

    z <- argmin |G(z) - x|^2 / p + w |z|^2 / d        (means over the p pixels and the d latents; Adam)

The weak prior w keeps latents among those the generator was trained on.  For each picture the best z that was seen is
kept, so the error never grows (Zhu et al. 2016, arXiv:1609.03552, an encoder's guess improved by descent).
"""

import torch
from torch import Tensor, nn

from ganlab.members.member import Member

STEPS, RATE = 50, 0.05
_PRIOR = 1e-3
_CHUNK = 256  # pictures descended with at once: bounds memory, not results


def refine(
    member: Member,
    images: Tensor,
    z: Tensor,
    *,
    steps: int = STEPS,
    rate: float = RATE,
) -> Tensor:
    """Return latents [N, latent_dim] from which a member draws pictures no less alike than from ``z``.

    Nothing is drawn by chance.  Coordinates that choose among several have no slope, and stay.

    Args:
        member: Whose ``network()`` can be differentiated.
        images: Wanted pictures [N, *shape] in [-1, 1].
        z: Where to begin, [N, latent_dim].
        steps: Of Adam.
        rate: Its step size.

    Raises:
        MemberError: The member has no network.
    """
    network = followed(member.network())
    images, z = images.to(member.device), member.placed(z)
    found = []
    for start in range(0, len(z), _CHUNK):
        rows = slice(start, start + _CHUNK)
        found.append(_descended(network, images[rows], z[rows], width=member.walk_dim, steps=steps, rate=rate))
    return torch.cat(found) if found else z


def followed(network: nn.Module) -> nn.Module:
    """Return a frozen network, ready to be differentiated in what it is given.

    cuDNN follows gradients through recurrent layers only while they train; without dropout that changes nothing else.
    """
    for layer in network.modules():
        if isinstance(layer, nn.RNNBase):
            layer.train()
    return network


@torch.enable_grad()
def _descended(network: nn.Module, images: Tensor, start: Tensor, *, width: int, steps: int, rate: float) -> Tensor:
    z = start.clone().requires_grad_()
    best, least = start.clone(), torch.full((len(start),), torch.inf, device=start.device)
    optimiser = torch.optim.Adam([z], lr=rate)
    for step in range(steps + 1):
        error = (network(z) - images).square().flatten(1).mean(1)  # [N]
        better = error.detach() < least
        least = torch.where(better, error.detach(), least)
        best = torch.where(better[:, None], z.detach(), best)
        if step < steps:
            optimiser.zero_grad(set_to_none=True)
            # Summed, not averaged: what becomes of one picture does not depend on the others.
            (error + _PRIOR * z[:, :width].square().mean(1)).sum().backward()
            optimiser.step()
    return best
