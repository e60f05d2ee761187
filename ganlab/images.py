"""Pictures at the edge: floats [N, C, H, W] in [-1, 1] inside, uint8 [N, H, W, C] outside, grids, PNG."""

import io
import json
import math
import struct
import zlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from torch import Tensor


PNG = b"\x89PNG\r\n\x1a\n"  # how such a file begins
_WORD, _LONGEST = b"ganlab", 1_000_000  # bytes of a remembered text


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
        info.add_text(_WORD.decode(), json.dumps(recipe, allow_nan=False))
    buffer = io.BytesIO()
    Image.fromarray(sheet[:, :, 0] if sheet.shape[2] == 1 else sheet).save(buffer, "PNG", pnginfo=info)
    return buffer.getvalue()


def remembered(data: bytes) -> str | None:
    """Return the text that ``png`` put into a file, or None; from bytes of any origin, whole or not.

    Chunks are gone through without opening the picture: what it may be a bomb of is never unpacked.  Other programs
    that save the file again may move the text behind the pixels, or pack it (PNG, 11.3.3).
    """
    at = len(PNG)
    while data.startswith(PNG) and at + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        if length <= _LONGEST and kind in (b"tEXt", b"zTXt", b"iTXt"):
            word, _, rest = data[at + 8 : at + 8 + length].partition(b"\0")
            if word == _WORD:
                return _text(kind, rest)
        at += 12 + length
    return None


def _text(kind: bytes, rest: bytes) -> str | None:
    """Return what follows the keyword in a chunk of text, as text; None where it is broken."""
    if kind == b"tEXt":
        return rest.decode("latin-1")
    packed = kind == b"zTXt" or rest[:1] == b"\1"
    # In iTXt two flags, a language and a translated keyword come first; in zTXt the way of packing.
    rest = rest[2:].partition(b"\0")[2].partition(b"\0")[2] if kind == b"iTXt" else rest[1:]
    try:
        return (zlib.decompressobj().decompress(rest, _LONGEST) if packed else rest).decode()
    except (zlib.error, UnicodeDecodeError):
        return None
