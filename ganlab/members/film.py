"""Walks as files: frames as a PNG sheet, a GIF or an MP4, each with its recipe inside, and the recipe out of them."""

import io


def recipe_in(data: bytes) -> str | None:
    """Return the JSON text that a film or sheet made here carries, or None; from bytes of any origin."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data), formats=["PNG", "GIF"]) as image:
            found = image.info.get("ganlab", image.info.get("comment"))
    except Exception:
        return None
    found = found.decode(errors="replace") if isinstance(found, bytes) else found
    return found if isinstance(found, str) else None
