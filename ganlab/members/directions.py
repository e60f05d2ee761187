"""Principal directions of a latent space: where a generator's first features vary most, told in its noise.

Härkönen et al. 2020 (GANSpace, arXiv:2004.02546), section 2.2: draw noise z_j, look at the features y_j of the first
layer, take their principal axes v_k and coordinates x_jk = v_k (y_j - mean y), and carry each back to the noise by
least squares,

    u_k = argmin_u sum_j |u x_jk - z_j|^2 = sum_j x_jk z_j / sum_j x_jk^2,

here scaled to length 1, so that one step is one standard deviation of the noise along it.  The noise is drawn with a
sample mean of exactly 0 and a sample covariance of exactly 1: of a linear generator the u_k are then exactly its right
singular vectors, whatever the sample.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn

from ganlab import files, seeds
from ganlab.errors import DataError, GanlabError, MemberError
from ganlab.members.card import Card
from ganlab.members.member import Member, NetworkMember
from ganlab.spec import Asked

COUNT, SAMPLES = 8, 512
MOST_KEPT, LONGEST_NAME = 32, 40
_CHUNK = 256
_ACTIVATIONS = (nn.ReLU, nn.LeakyReLU, nn.Tanh, nn.SiLU, nn.GELU, nn.ELU)


@dataclass(frozen=True)
class Directions:
    """What was found.

    Attributes:
        axes: Unit directions of the noise, float32 [k, walk_dim], the most telling first.
        explained: Share of the features' variance along each, [k].
        basis: The features' principal axes, orthonormal, float32 [k, features].
        layer: The name of the layer that was looked at.
    """

    axes: np.ndarray
    explained: np.ndarray
    basis: np.ndarray
    layer: str


class Kept(Asked):
    """A direction that somebody named."""

    name: str = Field(min_length=1, max_length=LONGEST_NAME)
    axis: tuple[float, ...] = Field(min_length=1, max_length=4096, strict=False)


class _File(Asked):
    directions: tuple[Kept, ...] = Field((), max_length=MOST_KEPT, strict=False)


def principal(
    member: Member, count: int = COUNT, samples: int = SAMPLES, seed: int = 0, label: int | None = None
) -> Directions:
    """Find the principal directions of a member with a network of its own.

    Args:
        member: Whose; what chooses a class or component is held in the middle while the noise varies.
        count: How many directions, at most ``walk_dim``.
        samples: Latents that are looked at; more than ``walk_dim``.
        seed: Of the noise.
        label: The class to hold, of a conditional member.

    Raises:
        MemberError: It has no network of its own, or cannot be asked for the class.
    """
    if not isinstance(member, NetworkMember):
        raise MemberError(
            f"{member.name!r} has no single network of its own, so no first layer whose features could be looked at: "
            "take one of the members it is made of."
        )
    width = member.walk_dim
    noise = whitened(seeds.standard_normal(max(samples, 2 * width), width, seed, "directions"))
    z = np.zeros((len(noise), member.latent_dim), np.float32)
    z[:, :width] = noise
    if label is not None:
        z = member.asked(z, label)
    layer, features = _features(member.network(), member.placed(z))
    axes, explained, basis = axes_of(noise, features.flatten(1).double().cpu().numpy(), min(count, width))
    return Directions(axes.astype(np.float32), explained, basis.astype(np.float32), layer)


def whitened(noise: np.ndarray) -> np.ndarray:
    """Return rows [n, d] moved and turned as little as can be so that their mean is 0 and their covariance 1; n > d."""
    rows = noise.astype(np.float64) - noise.mean(0, dtype=np.float64)
    left, _, right = np.linalg.svd(rows, full_matrices=False)
    return left @ right * len(rows) ** 0.5


def axes_of(noise: np.ndarray, features: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return unit directions [k, d], shares of variance [k] and the features' axes [k, f].

    Args:
        noise: White rows [n, d].
        features: Of the same rows, [n, f].
        count: How many; fewer where the features vary in fewer ways.
    """
    rows = features - features.mean(0)
    # The smaller of the two matrices has the same eigenvalues: 512 latents may have 6,272 features.
    wide = rows.shape[1] > len(rows)
    values, vectors = np.linalg.eigh(rows @ rows.T if wide else rows.T @ rows)
    order = np.argsort(values)[::-1][:count]
    values = values[order]
    order = order[values > 1e-9 * max(values.max(initial=0), 1e-300)]
    values, total = values[: len(order)], np.square(rows).sum()
    basis = vectors[:, order].T
    if wide:
        basis = basis @ rows / np.sqrt(values)[:, None]
    along = rows @ basis.T  # [n, k]
    axes = along.T @ noise / np.square(along).sum(0)[:, None]
    axes /= np.maximum(np.linalg.norm(axes, axis=1, keepdims=True), 1e-300)
    # The largest number of each is positive: an axis has no sign of its own.
    signs = np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(1)])[:, None]
    return axes * signs, values / max(total, 1e-300), basis * signs


class _Enough(Exception):  # noqa: N818 - no error: the layers after this one need not run
    pass


@torch.inference_mode()
def _features(network: nn.Module, z: Tensor) -> tuple[str, Tensor]:
    """Return the name of the first layer with an activation (or else with weights), and what it makes of latents."""
    leaves = [(name, layer) for name, layer in network.named_modules() if not list(layer.children())]
    name, layer = next((each for each in leaves if isinstance(each[1], _ACTIVATIONS)), (None, None))
    if layer is None:
        name, layer = next((each for each in leaves if list(each[1].parameters())), ("", network))
    found: list[Tensor] = []

    def keep(_: nn.Module, __: object, made: Tensor | tuple) -> None:
        found.append((made if isinstance(made, Tensor) else made[0]).clone())
        raise _Enough

    handle = layer.register_forward_hook(keep)
    try:
        for part in z.split(_CHUNK):
            try:
                network(part)
            except _Enough:
                continue
    finally:
        handle.remove()
    return name, torch.cat(found)


def kept(card: Card) -> tuple[Kept, ...]:
    """Return the directions that were named for a member, in order; none where the file cannot be read."""
    try:
        return _File.read(_path(card).read_bytes()).directions
    except (OSError, GanlabError):
        return ()


def keep(card: Card, name: str, axis: Sequence[float]) -> None:
    """Keep a direction for a member under a name; one of that name is replaced.

    Args:
        card: Of the member.
        name: Any words.
        axis: [walk_dim], of any length but zero.

    Raises:
        SpecError: The name is empty or too long.
        DataError: It has no length, or too many are kept.
    """
    rows = np.asarray(axis, np.float64)
    length = float(np.linalg.norm(rows))
    if not np.isfinite(length) or length < 1e-9:
        raise DataError("All sliders stand at 0, which is no direction: move at least one of them first.")
    wanted = Kept.read({"name": " ".join(name.split()), "axis": [round(float(v), 6) for v in rows / length]})
    others = [each for each in kept(card) if each.name != wanted.name]
    if len(others) >= MOST_KEPT:
        raise DataError(f"{MOST_KEPT} directions are kept for {card.name!r}, which is the most: drop one first.")
    _write(card, [*others, wanted])


def drop(card: Card, name: str) -> None:
    """Drop a direction; nothing happens if there is none of that name."""
    _write(card, [each for each in kept(card) if each.name != name])


def _write(card: Card, directions: Sequence[Kept]) -> None:
    files.write_json(_path(card), _File(directions=tuple(directions)).model_dump(mode="json"))


def _path(card: Card) -> Path:
    # By what it draws, not by its name: a member that is renamed keeps its directions, another one gets none of them.
    return files.home() / "directions" / f"{hashlib.sha256(card.digest().encode()).hexdigest()[:24]}.json"
