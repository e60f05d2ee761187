"""DiffAugment: random changes of all that a critic sees, real and drawn, in its own and the generator's step.

    L_D = E[f(D(T(x)))] + E[f'(D(T(G(z))))],    L_G = E[g(D(T(G(z))))],    T random for each picture

Zhao et al. 2020 (arXiv:2006.10738), equations 3 and 4, sizes as in the authors' code.  T is differentiable, so the
generator learns through it; as drawn pictures are changed as real ones are, it does not learn to draw the changes.
Pictures are [N, C, H, W] in [-1, 1]; what is moved in or cut out becomes 0, the middle grey.
"""

from collections.abc import Callable

import torch
from torch import Tensor

Change = Callable[[Tensor, torch.Generator], Tensor]


def changed(images: Tensor, policy: str, rng: torch.Generator) -> Tensor:
    """Return pictures [N, C, H, W] after the changes of a policy (a key of ``POLICIES``), each picture its own."""
    for change in POLICIES[policy]:
        images = change(images, rng)
    return images


def brighten(images: Tensor, rng: torch.Generator) -> Tensor:
    """Add one number from [-0.5, 0.5) to each picture."""
    return images + (_even(images, rng) - 0.5)


def saturate(images: Tensor, rng: torch.Generator) -> Tensor:
    """Scale the distance to each pixel's grey by a number from [0, 2); a grey picture stays as it is."""
    if images.shape[1] == 1:
        return images
    return _stretched(images, images.mean(1, keepdim=True), 2 * _even(images, rng))


def contrast(images: Tensor, rng: torch.Generator) -> Tensor:
    """Scale the distance to each picture's mean by a number from [0.5, 1.5)."""
    return _stretched(images, images.mean((1, 2, 3), keepdim=True), _even(images, rng) + 0.5)


def translate(images: Tensor, rng: torch.Generator) -> Tensor:
    """Move each picture by up to an eighth of its side each way, any whole number of pixels alike."""
    n, channels, height, width = images.shape
    rows, columns = (_moved(n, side, rng, images.device) for side in (height, width))
    there = _inside(rows, height)[:, :, None] & _inside(columns, width)[:, None, :]  # [N, H, W]
    source = rows.clamp(0, height - 1)[:, :, None] * width + columns.clamp(0, width - 1)[:, None, :]
    pixels = images.flatten(2).gather(2, source.flatten(1)[:, None].expand(-1, channels, -1))
    return pixels.view(images.shape) * there[:, None]


def cut_out(images: Tensor, rng: torch.Generator) -> Tensor:
    """Blank a square of half the side around a random place, whole or partly beyond the rim."""
    n, _, height, width = images.shape
    rows, columns = (_cut(n, side, rng, images.device) for side in (height, width))
    return images * ~(rows[:, :, None] & columns[:, None, :])[:, None]


def _even(images: Tensor, rng: torch.Generator) -> Tensor:
    """Return one number from [0, 1) for each picture, [N, 1, 1, 1]."""
    return torch.rand(len(images), 1, 1, 1, generator=rng, device=images.device, dtype=images.dtype)


def _stretched(images: Tensor, middle: Tensor, factor: Tensor) -> Tensor:
    return middle + (images - middle) * factor


def _moved(n: int, side: int, rng: torch.Generator, device: torch.device) -> Tensor:
    """Return for each row of a moved picture the one it comes from, [N, side], beyond the rim too."""
    most = side // 8
    moves = torch.randint(-most, most + 1, (n, 1), generator=rng, device=device)
    return torch.arange(side, device=device) + moves


def _inside(places: Tensor, side: int) -> Tensor:
    return (places >= 0) & (places < side)


def _cut(n: int, side: int, rng: torch.Generator, device: torch.device) -> Tensor:
    """Return which rows of each picture are cut, bool [N, side]."""
    size = side // 2
    # An even square has its middle between two pixels, so there is one place more.
    first = torch.randint(0, side + 1 - size % 2, (n, 1), generator=rng, device=device) - size // 2
    place = torch.arange(side, device=device)
    return (place >= first) & (place < first + size)


_COLOR: tuple[Change, ...] = (brighten, saturate, contrast)
POLICIES: dict[str, tuple[Change, ...]] = {
    "none": (),
    "translation": (translate,),
    "translation+cutout": (translate, cut_out),
    "color+translation+cutout": (*_COLOR, translate, cut_out),
}
