"""Small stored pictures of members, so that a first page shows them before torch is loaded.

Shipped members carry theirs as ``preview.png`` in their folder; those of own members are drawn on first
sight and lie in ``workspace/cache/previews`` under the digest of what they show, so renaming keeps them.
"""

import io
from typing import TYPE_CHECKING

from ganlab import files
from ganlab.images import png
from ganlab.members.sheet import amount, sheet

if TYPE_CHECKING:
    from pathlib import Path

    from ganlab.members.member import Member
    from ganlab.members.store import Entry

NAME = "preview.png"
PICTURES, COLUMNS, SEED = 18, 6, 0
_MOST_FILES, _LARGEST = 512, 2_000_000  # of the cache; bytes of one preview


def draw(member: "Member") -> bytes:
    """Return a member's preview as PNG, its recipe inside."""
    n = amount(member.shape, PICTURES)
    recipe = {"member": member.name, "n": n, "seed": SEED}
    return png(sheet(member.sample(n, SEED), COLUMNS), recipe)


def find(entry: "Entry") -> bytes | None:
    """Return a member's stored preview; None where there is none, or none that can be shown."""
    for path in (entry.folder / NAME, _cached(entry)):
        try:
            if path.stat().st_size > _LARGEST:
                continue
            data = path.read_bytes()
        except OSError:
            continue
        if _whole(data):
            return data
    return None


def remember(entry: "Entry", data: bytes) -> None:
    """Store a preview in the workspace; a full disk only means that it is drawn again."""
    path = _cached(entry)
    try:
        files.write_bytes(path, data)
        kept = sorted(path.parent.glob("*.png"), key=lambda file: file.stat().st_mtime)
        for old in kept[:-_MOST_FILES]:
            old.unlink()
    except OSError:
        return


def ship(entry: "Entry", data: bytes) -> None:
    """Store a preview beside the card: for members that come with ganlab."""
    files.write_bytes(entry.folder / NAME, data)


def _cached(entry: "Entry") -> "Path":
    return files.home() / "cache" / "previews" / f"{entry.card.digest()}.png"


def _whole(data: bytes) -> bool:
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
            image.load()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return False
    return True
