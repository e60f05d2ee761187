"""A walk, opened: what each member, or their fusion with changing weights, draws at a place.

All go together: the same seeds, the same pictures encoded by each, the same arithmetic between them.
"""

import base64
import binascii
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from ganlab.errors import DataError, MemberError
from ganlab.fusion import fuse, load
from ganlab.images import from_uint8, grid, to_uint8
from ganlab.members import walk as ways
from ganlab.members.member import Member
from ganlab.spec.walk import Corner, Walk

_REMEMBERED = 64  # seeds of the endless plane
_GAP = 2  # pixels between the sheets of members side by side


@dataclass(frozen=True)
class Step:
    """What is drawn at one place.

    Attributes:
        pictures: Of each pane, float32 [panes, n, C, H, W] in [-1, 1]; a fusion stands before those it is made of.
        weights: Of the fusion here; empty where nothing is fused, or all count alike.
    """

    pictures: Tensor
    weights: tuple[float, ...] = ()


class Walker:
    """A walk whose members are open.

    Args:
        walk: What was asked for.
        opened: From a name to its member; out of the store by default.

    Attributes:
        names: Of the panes: a member each; or the fusion, and after it its members where it combines their pictures.

    Raises:
        GanlabError: A member is unknown, draws points, or they do not go together.
    """

    def __init__(self, walk: Walk, opened: Callable[[str], Member] = load) -> None:
        self.walk = walk
        self._members = [opened(name) for name in walk.members]
        first = self._members[0]
        for member in self._members:
            if len(member.shape) != 3:
                raise MemberError(f"{member.name!r} draws points; walks are through pictures.")
            if member.shape != first.shape:
                raise MemberError(
                    f"{first.name!r} draws pictures {list(first.shape)}, {member.name!r} {list(member.shape)}: "
                    "walk through members of one dataset."
                )
        self._fuse = lru_cache(1)(self._fused)
        drawing = self._members if walk.blend is None else [self._fuse(walk.blend.weights(0))]
        fusion = () if walk.blend is None else (" + ".join(walk.members),)
        self.names = fusion + (walk.members if walk.blend is None or drawing[0].rule.combines else ())
        self._latents = lru_cache(_REMEMBERED * len(drawing))(self._latents_of)
        self._corners = [[self._latents(corner, member) for corner in walk.corners] for member in drawing]
        self._drawing = drawing

    def step(self, x: float, y: float, *, truncation: float | None = None, shift: np.ndarray | None = None) -> Step:
        """Draw at a place.

        Args:
            x: To the right: A is at 0, B at 1, seeds at whole numbers.
            y: Down.
            truncation: The walk's by default.
            shift: Added to the noise, [at most walk_dim]; the walk's by default.
        """
        own = [self.latents(pane, x, y, truncation=truncation, shift=shift) for pane in range(len(self._drawing))]
        if self.walk.blend is None:
            drawn = [member.generate(z) for member, z in zip(self._drawing, own, strict=True)]
            return Step(torch.stack(drawn))
        weights = self._weights(x)
        fused, (z,) = self._fuse(weights), own
        if not fused.rule.combines:
            return Step(fused.generate(z)[None], weights)
        base, extra = fused.rule.split(self._members, fused.placed(z))
        each = fused.rule.latents(self._members, base)
        drawn = torch.stack([member.generate(z) for member, z in zip(self._members, each, strict=True)])
        return Step(torch.cat([fused.rule.combine(drawn, extra)[None], drawn]), weights)

    def latents(
        self, pane: int, x: float, y: float, *, truncation: float | None = None, shift: np.ndarray | None = None
    ) -> np.ndarray:
        """Return what a pane's member draws from at a place, float32 [n, latent_dim]."""
        walk, member = self.walk, self._drawing[pane]
        corners, width = self._corners[pane], member.walk_dim
        if walk.kind == "seeds":
            z = ways.endless(lambda seed: self._latents(Corner(seed=seed), member), x, y)
        elif walk.kind == "plane":
            z = ways.plane(corners, x, y, width, spherical=walk.spherical)
        elif walk.kind == "sum":
            z = ways.total(*corners, x, width, spherical=walk.spherical)
        else:
            z = ways.between(*corners, x, width, spherical=walk.spherical)
        return self._moved(z, member, walk.truncation if truncation is None else truncation, shift)

    def corners(self, *, truncation: float | None = None, shift: np.ndarray | None = None, rows: int = 1) -> Tensor:
        """Draw the corners themselves, float32 [panes, corners, rows, C, H, W]."""
        drawn = []
        for member, own in zip(self._drawing, self._corners, strict=True):
            z = np.concatenate([corner[:rows] for corner in own])
            z = self._moved(z, member, self.walk.truncation if truncation is None else truncation, shift)
            drawn.append(member.generate(z).unflatten(0, (len(own), rows)))
        return torch.stack(drawn)

    def places_of(
        self,
        places: Sequence[tuple[float, float]],
        row: int,
        *,
        truncation: float | None = None,
        shift: np.ndarray | None = None,
    ) -> Tensor:
        """Draw one row at many places, float32 [panes, places, C, H, W]; without a fusion all at once."""
        drawn = []
        for pane, member in enumerate(self._drawing):
            z = [self.latents(pane, x, y, truncation=truncation, shift=shift)[row] for x, y in places]
            if self.walk.blend is None:
                drawn.append(member.generate(np.stack(z)))
            else:
                drawing = [self._fuse(self._weights(x)) for x, _ in places]
                drawn.append(torch.cat([each.generate(own[None]) for each, own in zip(drawing, z, strict=True)]))
        return torch.stack(drawn)

    def film(self, places: np.ndarray) -> Iterator[np.ndarray]:
        """Draw places [frames, 2] one after the other, each as uint8 [H, W, C]: the panes' sheets side by side."""
        for x, y in places:
            yield laid_out(self.step(float(x), float(y)).pictures)

    def places(self) -> np.ndarray:
        """Return the places of the walk's tour, [frames, 2]."""
        walk = self.walk
        return ways.tour(walk.kind, walk.tour, walk.frames, seed=walk.tour_seed, centre=walk.place)

    def _weights(self, x: float) -> tuple[float, ...]:
        """Return the fusion's weights at a place; the endless plane has no ends between which they could change."""
        blend = self.walk.blend
        return blend.weights(0 if self.walk.kind == "seeds" else x) if blend else ()

    def _moved(self, z: np.ndarray, member: Member, truncation: float, shift: np.ndarray | None) -> np.ndarray:
        """Return latents drawn to the middle, asked for the class, and shifted."""
        shift = np.array(self.walk.shift, np.float32) if shift is None else shift
        z[:, : member.walk_dim] *= np.float32(truncation)
        if len(shift) == member.walk_dim:  # a direction of another size means nothing here
            z[:, : member.walk_dim] += shift.astype(np.float32)
        return z if self.walk.label is None else member.asked(z, self.walk.label)

    def _fused(self, weights: tuple[float, ...]) -> Member:
        blend = self.walk.blend
        return fuse(self._members, blend.rule, weights, options=blend.options)

    def _latents_of(self, corner: Corner, member: Member) -> np.ndarray:
        """Return a corner's latents [n, latent_dim]; who has no encoder starts from the corner's seed."""
        z = member.latents(self.walk.n, corner.seed)
        encoder = self._encoder(member)
        if corner.picture is not None and encoder is not None:
            own = encoder.encode(picture_of(corner.picture, member.shape)).float().cpu().numpy()
            z[:, : own.shape[1]] = own
        return z

    def _encoder(self, member: Member) -> Member | None:
        """Return who encodes for a member: itself, or of a fusion the member whose latents it begins with."""
        if self.walk.blend is not None:
            member = member.rule.leader(self._members)
        return member if member.encodes else None


def laid_out(pictures: Tensor) -> np.ndarray:
    """Return the sheets of panes [panes, n, C, H, W] side by side, uint8 [H, W, C]."""
    sheets = [grid(to_uint8(each)) for each in pictures]
    return grid(np.stack(sheets), columns=len(sheets), gap=_GAP)


def picture_of(text: str, shape: Sequence[int]) -> Tensor:
    """Return the picture of a corner, float32 [1, C, H, W] in [-1, 1].

    Raises:
        DataError: It is no PNG, or of another size.
    """
    from PIL import Image

    channels, height, width = shape
    try:
        with Image.open(io.BytesIO(base64.b64decode(text, validate=True)), formats=["PNG"]) as image:
            size = image.size
            if size == (width, height):
                pixels = np.array(image.convert("L" if channels == 1 else "RGB"))
    except (binascii.Error, ValueError, OSError, SyntaxError) as error:
        raise DataError(f"The picture of a corner is no PNG that can be read ({error}).") from None
    if size != (width, height):
        raise DataError(f"The picture of a corner has {size[0]}x{size[1]} pixels; wanted are {width}x{height}.")
    return from_uint8(pixels.reshape(1, height, width, channels))
