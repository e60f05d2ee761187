"""Walks as files: frames as a PNG sheet, a GIF or an MP4, each with its recipe inside, and the recipe out of them."""

import io
import json
import math
import warnings
from collections.abc import Iterable
from typing import Any

import numpy as np

from ganlab.images import PNG, grid, png, remembered

SUFFIXES = (".png", ".gif", ".mp4")
ON_A_SHEET = 24  # frames of a walk on a PNG sheet, evenly chosen
_SIDE = 320  # pixels that the shorter side of a film has at least: players blur what they enlarge
_LARGEST = 1920  # of its longer side
_GAP = 3  # pixels between the frames on a sheet
_QUALITY = "16"  # of H.264, 0 is without loss: edges of single pixels stay edges


def sheet(frames: Iterable[np.ndarray], count: int, recipe: dict[str, Any]) -> bytes:
    """Return a PNG of at most ``ON_A_SHEET`` frames in rows, left to right.

    Args:
        frames: uint8 [H, W, C] each, all of one size.
        count: How many there are.
        recipe: What made them; goes along as the text chunk "ganlab".
    """
    wanted = set(np.linspace(0, count - 1, min(count, ON_A_SHEET)).round().astype(int).tolist())
    chosen = []
    for place, frame in enumerate(frames):
        if place in wanted:
            chosen.append(frame)
    height, width = chosen[0].shape[:2]
    columns = max(1, round(math.sqrt(len(chosen) * height / width * 1.6)))
    return png(grid(np.stack(chosen), columns, _GAP), recipe)


def gif(frames: Iterable[np.ndarray], rate: int, recipe: dict[str, Any]) -> bytes:
    """Return an endless GIF; its recipe is the comment.  Times are whole hundredths of a second, at least two."""
    from PIL import Image

    pictures = []
    for frame in frames:
        large = enlarged(frame)
        # Grey has its 256 levels; colours are reduced to the 256 that suit each frame.
        picture = Image.fromarray(large[:, :, 0]) if large.shape[2] == 1 else Image.fromarray(large).quantize()
        pictures.append(picture)
    buffer = io.BytesIO()
    pictures[0].save(
        buffer,
        "GIF",
        save_all=True,
        append_images=pictures[1:],
        duration=10 * max(2, round(100 / rate)),
        loop=0,
        comment=_text(recipe).encode(),
    )
    return buffer.getvalue()


def mp4(frames: Iterable[np.ndarray], rate: int, recipe: dict[str, Any]) -> bytes:
    """Return an H.264 film that browsers and slides play; its recipe is the comment tag."""
    import av

    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as film:
        film.metadata["comment"] = _text(recipe)
        stream = None
        for frame in frames:
            large = _even(enlarged(frame))
            if stream is None:
                stream = film.add_stream("libx264", rate=rate, options={"crf": _QUALITY, "preset": "veryfast"})
                stream.height, stream.width = large.shape[:2]
                stream.pix_fmt = "yuv420p"
                stream.thread_count = 1
            colours = np.repeat(large, 3, 2) if large.shape[2] == 1 else large
            film.mux(stream.encode(av.VideoFrame.from_ndarray(colours, format="rgb24")))
        film.mux(stream.encode())
    return buffer.getvalue()


def enlarged(frame: np.ndarray) -> np.ndarray:
    """Return a frame [H, W, C] with each pixel a square of so many that it can be seen."""
    times = max(1, min(math.ceil(_SIDE / min(frame.shape[:2])), _LARGEST // max(frame.shape[:2])))
    return frame.repeat(times, 0).repeat(times, 1)


def recipe_in(data: bytes) -> str | None:
    """Return the JSON text that a film or sheet made here carries, or None; from bytes of any origin."""
    if data.startswith(PNG):
        return remembered(data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's of size: no pixel is read here
            found = _comment_of(data) if data[4:8] == b"ftyp" else _comment_in_gif(data)
    except Exception:  # readers of pictures and films raise whatever broken bytes lead them to
        return None
    found = found.decode(errors="replace") if isinstance(found, bytes) else found
    return found if isinstance(found, str) else None


def _comment_in_gif(data: bytes) -> str | bytes | None:
    from PIL import Image

    with Image.open(io.BytesIO(data), formats=["GIF"]) as image:
        return image.info.get("comment")


def _comment_of(data: bytes) -> str | None:
    import av

    with av.open(io.BytesIO(data)) as film:
        return film.metadata.get("comment")


def _text(recipe: dict[str, Any]) -> str:
    return json.dumps(recipe, allow_nan=False)


def _even(frame: np.ndarray) -> np.ndarray:
    """Return a frame with even sides, as H.264 halves colours: the last row and column are repeated."""
    height, width = frame.shape[:2]
    return np.pad(frame, ((0, height % 2), (0, width % 2), (0, 0)), "edge")
