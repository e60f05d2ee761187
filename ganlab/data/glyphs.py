"""Glyphs: 28x28 grey digits drawn by rules, endless and labelled, for where no real digits can be had.

A digit begins as a field of distances to its pen strokes (our own polylines, bent a little) or to the outline of a
typeface (Pillow's own, so that every machine has it).  Field f is read through a random affine map and a smooth elastic
distortion (Simard, Steinkraus & Platt 2003), and the ink at a pixel x is

    ink(x) = clip(1/2 + (r(x) - f(A x + d(x))) / e, 0, 1)

with r the pen's half width, varying slowly over the picture, and e the width of its soft edge.  Thickness and
anti-aliasing thus cost one subtraction.  Honest weakness: far fewer habits of hand than MNIST's writers have.
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor
from torch.nn import functional

from ganlab.data.dataset import Dataset
from ganlab.seeds import stream

_SIDE = 28  # pixels of a picture
_HEIGHT = 18  # pixels from the middle of its highest stroke to that of its lowest; 20 with the ink, as in MNIST
_FIELD, _MARGIN = 48, 0.25  # a field has 48 x 48 points and reaches over the unit square by a quarter each way
_BENT = 10  # bent copies of each way to write a digit
_BLOCK = 500  # pictures made from one stream; a block is always made whole, so its bytes never depend on n
LATENTS = 60  # numbers of noise that decide on a picture
_CUT = 2.2  # deviations beyond which chance does not go
_TYPESET = 0.2  # share of digits that come from a typeface

# Ways to write each digit: strokes of points (x to the right, y down, in the unit square).  A stroke is smoothed
# between its points; corners are where one stroke ends and the next begins.
_O = [(0.5, 0.0), (0.24, 0.12), (0.15, 0.48), (0.25, 0.88), (0.5, 1.0), (0.76, 0.87), (0.85, 0.5), (0.75, 0.11)]
_WAYS: tuple[tuple[list[list[tuple[float, float]]], ...], ...] = (
    (
        [[*_O, _O[0]]],
        [[(0.62, 0.04), (0.34, 0.06), (0.16, 0.4), (0.2, 0.82), (0.48, 1.0), (0.78, 0.8), (0.84, 0.4), (0.68, 0.06),
          (0.46, 0.02)]],
    ),
    (
        [[(0.5, 0.0), (0.5, 1.0)]],
        [[(0.56, 0.0), (0.5, 0.5), (0.44, 1.0)]],
        [[(0.3, 0.24), (0.42, 0.15), (0.54, 0.0)], [(0.54, 0.0), (0.53, 1.0)]],
        [[(0.32, 0.2), (0.54, 0.0)], [(0.54, 0.0), (0.53, 1.0)], [(0.28, 1.0), (0.78, 1.0)]],
    ),
    (
        [[(0.18, 0.25), (0.3, 0.05), (0.55, 0.0), (0.77, 0.12), (0.78, 0.34), (0.6, 0.6), (0.16, 1.0)],
         [(0.16, 1.0), (0.86, 0.98)]],
        [[(0.2, 0.2), (0.44, 0.0), (0.72, 0.1), (0.74, 0.4), (0.5, 0.76), (0.24, 0.98), (0.14, 0.88), (0.3, 0.8),
          (0.56, 0.94), (0.9, 0.94)]],
        [[(0.16, 0.08), (0.5, 0.02), (0.76, 0.16), (0.68, 0.48), (0.2, 0.98)], [(0.2, 0.98), (0.5, 0.94), (0.86, 1.0)]],
    ),
    (
        [[(0.2, 0.12), (0.46, 0.0), (0.74, 0.12), (0.7, 0.36), (0.44, 0.47)],
         [(0.44, 0.47), (0.76, 0.56), (0.82, 0.8), (0.58, 0.99), (0.32, 0.98), (0.15, 0.86)]],
        [[(0.22, 0.02), (0.76, 0.02)], [(0.76, 0.02), (0.46, 0.4)],
         [(0.46, 0.4), (0.76, 0.5), (0.8, 0.8), (0.52, 1.0), (0.18, 0.9)]],
        [[(0.24, 0.06), (0.56, 0.0), (0.76, 0.16), (0.64, 0.4), (0.48, 0.46), (0.66, 0.5), (0.84, 0.7), (0.66, 0.95),
          (0.36, 1.0), (0.14, 0.9)]],
    ),
    (
        [[(0.24, 0.04), (0.18, 0.34), (0.2, 0.56)], [(0.2, 0.56), (0.84, 0.52)],
         [(0.72, 0.02), (0.7, 0.5), (0.66, 1.0)]],
        [[(0.62, 0.0), (0.1, 0.68)], [(0.1, 0.68), (0.9, 0.68)], [(0.62, 0.0), (0.62, 1.0)]],
        [[(0.22, 0.08), (0.16, 0.4), (0.34, 0.55), (0.62, 0.5), (0.76, 0.36)],
         [(0.78, 0.06), (0.74, 0.5), (0.62, 1.0)]],
    ),
    (
        [[(0.28, 0.02), (0.24, 0.44)], [(0.28, 0.02), (0.8, 0.0)],
         [(0.24, 0.44), (0.5, 0.36), (0.78, 0.5), (0.8, 0.78), (0.56, 0.99), (0.16, 0.92)]],
        [[(0.82, 0.02), (0.38, 0.04)], [(0.38, 0.04), (0.28, 0.42)],
         [(0.28, 0.42), (0.6, 0.46), (0.76, 0.7), (0.6, 0.94), (0.34, 1.0), (0.14, 0.94)]],
    ),
    (
        [[(0.66, 0.0), (0.4, 0.18), (0.2, 0.54), (0.24, 0.88), (0.5, 1.0), (0.76, 0.86), (0.74, 0.6), (0.5, 0.5),
          (0.28, 0.62), (0.22, 0.78)]],
        [[(0.44, 0.0), (0.28, 0.36), (0.22, 0.74), (0.38, 0.98), (0.66, 0.96), (0.78, 0.76), (0.62, 0.58), (0.4, 0.64),
          (0.28, 0.82)]],
        [[(0.8, 0.08), (0.5, 0.04), (0.24, 0.3), (0.16, 0.7), (0.36, 0.98), (0.7, 0.94), (0.8, 0.7), (0.56, 0.52),
          (0.24, 0.6)]],
    ),
    (
        [[(0.16, 0.04), (0.84, 0.02)], [(0.84, 0.02), (0.56, 0.46), (0.42, 1.0)]],
        [[(0.16, 0.04), (0.84, 0.02)], [(0.84, 0.02), (0.56, 0.46), (0.42, 1.0)], [(0.36, 0.52), (0.76, 0.48)]],
        [[(0.16, 0.2), (0.2, 0.06), (0.5, 0.08), (0.82, 0.02)], [(0.82, 0.02), (0.6, 0.5), (0.5, 1.0)]],
    ),
    (
        [[(0.5, 0.47), (0.26, 0.34), (0.26, 0.1), (0.5, 0.0), (0.74, 0.1), (0.74, 0.34), (0.5, 0.47), (0.2, 0.64),
          (0.2, 0.9), (0.5, 1.0), (0.8, 0.9), (0.8, 0.64), (0.5, 0.47)]],
        [[(0.74, 0.1), (0.48, 0.0), (0.26, 0.16), (0.42, 0.4), (0.7, 0.6), (0.74, 0.86), (0.48, 1.0), (0.24, 0.86),
          (0.34, 0.62), (0.62, 0.4), (0.78, 0.18), (0.7, 0.06)]],
    ),
    (
        [[(0.78, 0.2), (0.58, 0.0), (0.3, 0.06), (0.2, 0.3), (0.38, 0.48), (0.66, 0.42), (0.78, 0.2)],
         [(0.78, 0.2), (0.74, 0.6), (0.66, 1.0)]],
        [[(0.76, 0.26), (0.66, 0.04), (0.4, 0.0), (0.2, 0.2), (0.3, 0.46), (0.6, 0.48), (0.76, 0.26), (0.8, 0.6),
          (0.62, 0.94), (0.28, 0.98)]],
        [[(0.8, 0.06), (0.44, 0.04), (0.22, 0.26), (0.4, 0.46), (0.66, 0.36), (0.8, 0.06)], [(0.8, 0.06), (0.56, 1.0)]],
    ),
)  # fmt: skip


def glyphs() -> Dataset:
    """Return 20,000 drawn digits: 18,000 to train, 1,000 to validate, 1,000 to test; ``draw`` gives more."""
    images, labels = draw(20_000, seed=0)
    rows = torch.arange(20_000)
    splits = {"train": rows[:18_000], "validation": rows[18_000:19_000], "test": rows[19_000:]}
    return Dataset("glyphs", images, labels, tuple("0123456789"), splits)


def draw(n: int, seed: int) -> tuple[Tensor, Tensor]:
    """Draw digits: uint8 [n, 1, 28, 28], white on black, and their labels int64 [n].

    The same seed gives the same pictures; the first ones do not depend on ``n``.
    """
    blocks = [_block(stream(seed, f"glyphs {block}")) for block in range(math.ceil(n / _BLOCK))]
    if not blocks:
        return torch.empty(0, 1, _SIDE, _SIDE, dtype=torch.uint8), torch.empty(0, dtype=torch.int64)
    return torch.cat([images for images, _ in blocks])[:n], torch.cat([labels for _, labels in blocks])[:n]


def render(z: Tensor) -> tuple[Tensor, Tensor]:
    """Draw digits from noise: uint8 [n, 1, 28, 28] and labels int64 [n] from standard normal rows [n, >= LATENTS].

    Equal rows give equal pictures, and pictures change smoothly with a row but for the choices of digit, way and
    typeface, which the first three numbers make.
    """
    numbers = z[:, :LATENTS].detach().cpu().numpy().astype(np.float32)
    n = len(numbers)
    cut = np.clip(numbers, -_CUT, _CUT)
    even = torch.special.ndtr(torch.from_numpy(numbers[:, :5])).numpy().clip(0, 1 - 1e-6)
    chance = _Chance(
        labels=(even[:, 0] * 10).astype(np.int64),
        way=even[:, 1],
        typeset=even[:, 2],
        edge=even[:, 3],
        bright=even[:, 4],
        half=cut[:, 5],
        affine=cut[:, 6:12].T,
        bumps=cut[:, 12:].reshape(n, 3, 4, 4),
    )
    return _ink(chance), torch.from_numpy(chance.labels)


@dataclass(frozen=True)
class _Chance:
    """All that is left to chance in n pictures: choices and even numbers in [0, 1), the rest normal and cut."""

    labels: np.ndarray  # int64 [n]
    way: np.ndarray  # [n]
    typeset: np.ndarray  # [n]
    bumps: np.ndarray  # [n, 3, 4, 4]
    affine: np.ndarray  # [6, n]: turn, slant, width, height, right, down
    half: np.ndarray  # [n]
    edge: np.ndarray  # [n]
    bright: np.ndarray  # [n]


def _block(rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Return the next ``_BLOCK`` pictures and labels of a stream."""
    chance = _Chance(
        labels=rng.integers(0, 10, _BLOCK),
        way=rng.random(_BLOCK),
        typeset=rng.random(_BLOCK),
        bumps=_normal(rng, _BLOCK, 3, 4, 4),
        affine=np.stack([_normal(rng, _BLOCK) for _ in range(6)]),
        half=_normal(rng, _BLOCK),
        edge=rng.random(_BLOCK),
        bright=rng.random(_BLOCK),
    )
    return _ink(chance), torch.from_numpy(chance.labels)


def _ink(chance: _Chance) -> Tensor:
    """Return the pictures that chance decided on, uint8 [n, 1, 28, 28]."""
    written, typeset = _fields()
    labels, picked = torch.from_numpy(chance.labels), torch.from_numpy(chance.way)
    by_pen = [(picked * len(fields)).long() for fields in written]
    fields = torch.stack([written[digit][by_pen[digit][row]] for row, digit in enumerate(labels.tolist())])
    set_in_type = torch.from_numpy(chance.typeset) < _TYPESET
    fields[set_in_type] = typeset[labels[set_in_type]]

    bumps = torch.from_numpy(chance.bumps)
    bumps = bumps - bumps.mean((2, 3), keepdim=True)  # bend, do not carry the digit away
    slow = functional.interpolate(bumps, (_SIDE, _SIDE), mode="bicubic", align_corners=True)
    places = _affine(chance.affine) + 0.045 * slow[:, :2].permute(0, 2, 3, 1)  # (n, 28, 28, 2) in digit heights
    # grid_sample reads -1 .. 1 from edge to edge of the field.
    reach = 0.5 + _MARGIN
    distance = functional.grid_sample(
        fields[:, None], (places - 0.5) / reach, padding_mode="border", align_corners=False
    )

    half = torch.from_numpy(np.exp(_each(chance.half) * 0.22)) * 1.25 / _HEIGHT
    edge = torch.from_numpy(1.0 + 0.7 * _each(chance.edge)) / _HEIGHT
    ink = (0.5 + (half * (1 + 0.15 * slow[:, 2:]) - distance) / edge).clamp(0, 1)
    bright = torch.from_numpy(0.88 + 0.12 * _each(chance.bright))
    return (ink * bright * 255).round().byte()


def _each(numbers: np.ndarray) -> np.ndarray:
    """Return one number a picture as float32 [n, 1, 1, 1]."""
    return numbers.astype(np.float32)[:, None, None, None]


def _affine(normal: np.ndarray) -> Tensor:
    """Return where each pixel looks in the unit square, [n, 28, 28, 2] as (x, y), from normal numbers [6, n]."""
    axis = (np.arange(_SIDE, dtype=np.float32) - (_SIDE - 1) / 2) / _HEIGHT
    y, x = np.meshgrid(axis, axis, indexing="ij")
    turn, slant, wide, high, right, down = normal[:, :, None, None]
    turn, slant = np.radians(6 * turn), 0.1 + 0.17 * slant
    wide, high = np.clip(np.exp(0.14 * wide) * 0.92, 0.7, 1.12), np.clip(np.exp(0.14 * high), 0.8, 1.05)
    x, y = x - 0.025 * right, y - 0.025 * down
    x, y = np.cos(turn) * x + np.sin(turn) * y, np.cos(turn) * y - np.sin(turn) * x
    x = x + slant * y
    return torch.from_numpy((np.stack([x / wide, y / high], axis=-1) + 0.5).astype(np.float32))


def _normal(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Return float32 normal numbers, cut so that no digit leaves the picture."""
    return np.clip(rng.standard_normal(shape, dtype=np.float32), -_CUT, _CUT)


@lru_cache(maxsize=1)
def _fields() -> tuple[list[Tensor], Tensor]:
    """Return the distance fields of written digits, ten of [ways, 48, 48], and of typeset ones [10, 48, 48]."""
    rng = stream(0, "glyphs.ways")
    written = []
    for ways in _WAYS:
        bent = [_pen(way, rng) for way in ways for _ in range(_BENT)]
        written.append(torch.from_numpy(np.stack(bent)))
    return written, torch.from_numpy(np.stack([_type(str(digit)) for digit in range(10)]))


def _lattice() -> np.ndarray:
    """Return the places of a field's points, float32 [48, 48, 2] as (x, y)."""
    axis = (np.arange(_FIELD, dtype=np.float32) + 0.5) / _FIELD * (1 + 2 * _MARGIN) - _MARGIN
    return np.stack(np.meshgrid(axis, axis), axis=-1)


def _pen(way: list[list[tuple[float, float]]], rng: np.random.Generator) -> np.ndarray:
    """Return the distance from each point to the strokes, whose points are moved a little."""
    # Points that are equal in two strokes are moved together, or corners would come apart.
    moved = {point: point + 0.03 * _normal(rng, 2) for stroke in way for point in stroke}
    lattice, nearest = _lattice(), np.full((_FIELD, _FIELD), np.inf, np.float32)
    for stroke in way:
        line = _smooth(np.stack([moved[point] for point in stroke]))
        for start, end in pairwise(line):
            along = end - start
            t = np.clip(((lattice - start) @ along) / max(float(along @ along), 1e-9), 0, 1)
            nearest = np.minimum(nearest, np.hypot(*np.moveaxis(lattice - start - t[..., None] * along, -1, 0)))
    return nearest.astype(np.float32)


def _smooth(points: np.ndarray) -> np.ndarray:
    """Return a Catmull-Rom curve through points [k, 2], four steps from one to the next."""
    closed = np.allclose(points[0], points[-1]) and len(points) > 3
    before, after = (points[-2], points[1]) if closed else (2 * points[0] - points[1], 2 * points[-1] - points[-2])
    p = np.concatenate([before[None], points, after[None]])
    t = np.linspace(0, 1, 4, endpoint=False)[:, None, None]
    a, b, c, d = p[:-3], p[1:-2], p[2:-1], p[3:]
    curve = b + t * (c - a) / 2 + t**2 * (2 * a - 5 * b + 4 * c - d) / 2 + t**3 * (3 * b - a - 3 * c + d) / 2
    return np.concatenate([curve.transpose(1, 0, 2).reshape(-1, 2), points[-1:]]).astype(np.float32)


def _type(digit: str) -> np.ndarray:
    """Return the distance field of a typeset digit, made as if a pen of usual width had drawn it."""
    from scipy.ndimage import distance_transform_edt

    large = 4 * _FIELD
    scale = large / (1 + 2 * _MARGIN)  # pixels of one unit
    font = ImageFont.load_default(size=1.35 * scale)
    sheet = Image.new("L", (large, large))
    ImageDraw.Draw(sheet).text((large / 2, large / 2), digit, fill=255, font=font, anchor="mm")
    inside = np.asarray(sheet) > 127
    signed = (distance_transform_edt(~inside) - distance_transform_edt(inside)) / scale
    field = signed.reshape(_FIELD, 4, _FIELD, 4).mean((1, 3))
    return (field + 1.25 / _HEIGHT).astype(np.float32)
