"""Rebuilding: a picture to its latent and back, and the way between two pictures through their latents."""

import torch
from torch import Tensor

from ganlab.members.member import Member

_CHUNK = 100  # pictures at once: bounds memory


def rebuilt(member: Member, images: Tensor) -> tuple[Tensor, Tensor]:
    """Return what a member draws for pictures, and how far off that is.

    Args:
        member: One with an encoder.
        images: [n, C, H, W] in [-1, 1], on the CPU.

    Returns:
        Pictures [n, C, H, W] on the CPU, and the mean squared error of the pixels of each, [n], in squares of [-1, 1].

    Raises:
        MemberError: It has no encoder.
    """
    drawn = torch.cat([member.generate(member.encode(part)).cpu() for part in images.split(_CHUNK)])
    return drawn, (drawn - images).square().flatten(1).mean(1)


def between(member: Member, start: Tensor, end: Tensor, steps: int) -> Tensor:
    """Return what a member draws on the straight line between the latents of two pictures.

    The line, not the sphere: codes of an autoencoder lie at all lengths, and both ends are the rebuilt pictures.

    Args:
        member: One with an encoder.
        start: [C, H, W] in [-1, 1].
        end: [C, H, W] in [-1, 1].
        steps: How many pictures, both ends among them.

    Returns:
        Pictures [steps, C, H, W] on the CPU.
    """
    first, last = member.encode(torch.stack([start, end])).cpu()
    share = torch.linspace(0, 1, steps)[:, None]
    return member.generate((1 - share) * first + share * last).cpu()
