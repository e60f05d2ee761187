"""Pictures at the edge: floats [N, C, H, W] in [-1, 1] inside, uint8 [N, H, W, C] outside, grids, PNG."""

import io
import json
import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from torch import Tensor


def to_uint8(images: "Tensor") -> np.ndarray:
    """Turn float [N, C, H, W] in [-1, 1] into uint8 [N, H, W, C], rounded and clipped."""
    scaled = images.detach().float().clamp(-1, 1).add(1).mul(127.5).round()
    return scaled.byte().permute(0, 2, 3, 1).cpu().contiguous().numpy()


def from_uint8(images: np.ndarray) -> "Tensor":
    """Turn uint8 [N, H, W, C] into float32 [N, C, H, W] in [-1, 1], on the CPU."""
    import torch

    return torch.from_numpy(np.ascontiguousarray(images)).permute(0, 3, 1, 2).float().div(127.5).sub(1)


def outside(drawn: "Tensor") -> np.ndarray:
    """Return what members drew for others to see: pictures rounded to uint8 [N, H, W, C], points as float32 [N, 2]."""
    return to_uint8(drawn) if drawn.ndim == 4 else drawn.detach().float().cpu().numpy()


def inside(seen: np.ndarray) -> "Tensor":
    """Return what ``outside`` gave as members and critics know it, on the CPU."""
    import torch

    return from_uint8(seen) if seen.ndim == 4 else torch.from_numpy(np.asarray(seen, np.float32))


def grid(images: np.ndarray, columns: int | None = None, gap: int = 1) -> np.ndarray:
    """Lay uint8 [N, H, W, C] out in rows, as one uint8 [rows*H+gaps, columns*W+gaps, C].

    Args:
        images: The pictures, left to right, top to bottom.
        columns: Pictures a row; about a square by default.
        gap: Pixels of mid grey between pictures.
    """
    n, height, width, channels = images.shape
    columns = min(columns or math.ceil(math.sqrt(n)), n)
    rows = math.ceil(n / columns)
    sheet = np.full((rows * (height + gap) - gap, columns * (width + gap) - gap, channels), 128, np.uint8)
    for index, image in enumerate(images):
        top, left = (index // columns) * (height + gap), (index % columns) * (width + gap)
        sheet[top : top + height, left : left + width] = image
    return sheet


def png(sheet: np.ndarray, recipe: dict | None = None) -> bytes:
    """Encode uint8 [H, W, C] (C is 1 or 3) as PNG; ``recipe`` goes along as the text chunk "ganlab"."""
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    if recipe is not None:
        info.add_text("ganlab", json.dumps(recipe, allow_nan=False))
    buffer = io.BytesIO()
    Image.fromarray(sheet[:, :, 0] if sheet.shape[2] == 1 else sheet).save(buffer, "PNG", pnginfo=info)
    return buffer.getvalue()
