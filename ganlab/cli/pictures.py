"""What ``sample`` and ``fuse`` draw, and the files it becomes: a PNG sheet or an NPZ of arrays."""

import io
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ganlab.cli.output import check_suffix, write
from ganlab.errors import SpecError

if TYPE_CHECKING:
    import numpy as np

    from ganlab.members.member import Member

MOST_ON_A_SHEET = 10_000
_CHUNK = 512  # pictures turned into bytes at once: bounds memory
_SIDE, _DOT = 512, 2  # pixels of a scatter, and its dots' radius

MOST = 100_000

N = Annotated[int, typer.Option("--n", metavar="N", help=f"How many pictures, up to {MOST:,}.")]
Seed = Annotated[int, typer.Option(metavar="SEED", help="The same seed gives the same bytes.")]
Truncation = Annotated[
    float,
    typer.Option(metavar="T", help="From 0 to 2: noise is multiplied by it; below 1 fewer odd pictures, less variety."),
]
Label = Annotated[int | None, typer.Option(metavar="CLASS", help="The class to draw, from 0, for conditional members.")]
OUT_HELP = "A .png sheet, or .npz with uint8 'images' [n, H, W, C] (float32 'points' [n, 2] for points)."


@dataclass(frozen=True)
class Order:
    """What to draw and where to put it.

    Raises:
        SpecError: A value is not allowed; said before anything is drawn.
    """

    out: Path
    n: int
    seed: int
    truncation: float
    label: int | None

    def __post_init__(self) -> None:
        check_suffix(self.out, ".png", ".npz")
        most = MOST_ON_A_SHEET if self.out.suffix.lower() == ".png" else MOST
        if not 1 <= self.n <= most:
            advice = f"; an .npz holds up to {MOST:,}" if most < self.n <= MOST else ""
            raise SpecError(f"n is {self.n:,}; allowed: 1 to {most:,} pictures{advice}.")
        if not 0 <= self.seed < 2**63:
            raise SpecError(f"seed is {self.seed}; allowed: a whole number from 0 to {2**63 - 1}.")
        if not 0 <= self.truncation <= 2:  # refuses what is no number, too
            raise SpecError(f"truncation is {self.truncation!r}; allowed: a number from 0 to 2.")
        if self.label is not None and not 0 <= self.label < 2**31:
            raise SpecError(f"label is {self.label}; allowed: a class, counted from 0.")


def save(member: "Member", order: Order, name: str | None = None) -> dict[str, Any]:
    """Draw, write, and return what was written as data; a PNG carries the same as its recipe.

    Args:
        member: What draws.
        order: What of it.
        name: Of a member in the store; a fusion is named by its recipe, whether it is kept or not.

    Raises:
        GanlabError: The member cannot draw this, or the file cannot be written.
    """
    recipe = member.card.recipe
    made = {"member": name, "recipe": recipe and recipe.model_dump(mode="json")}
    made |= {"n": order.n, "seed": order.seed, "truncation": order.truncation, "label": order.label}
    drawn = draw(member, order)
    write(order.out, as_npz(drawn) if order.out.suffix.lower() == ".npz" else as_png(drawn, made))
    return made | {"out": str(order.out)}


def draw(member: "Member", order: Order) -> "np.ndarray":
    """Return uint8 pictures [n, H, W, C], or float32 points [n, 2]."""
    import numpy as np
    import torch

    from ganlab.images import to_uint8

    z = member.latents(order.n, order.seed, order.truncation)
    parts = []
    for start in range(0, order.n, _CHUNK):
        rows = z[start : start + _CHUNK]
        labels = None if order.label is None else torch.full((len(rows),), order.label, device=member.device)
        drawn = member.generate(rows, labels)
        parts.append(to_uint8(drawn) if len(member.shape) == 3 else drawn.float().cpu().numpy())
    return np.concatenate(parts)


def as_npz(drawn: "np.ndarray") -> bytes:
    """Return an NPZ file with the array under ``images`` or ``points``; equal arrays give equal bytes."""
    import numpy as np

    buffer = io.BytesIO()
    np.savez(buffer, **{"images" if drawn.ndim == 4 else "points": drawn})
    return buffer.getvalue()


def as_png(drawn: "np.ndarray", recipe: dict[str, Any]) -> bytes:
    """Return a PNG of all pictures in rows, or of all points in the plane, with its recipe."""
    from ganlab.images import grid, png

    return png(grid(drawn) if drawn.ndim == 4 else scatter(drawn), recipe)


def scatter(points: "np.ndarray") -> "np.ndarray":
    """Return points as dots on white, uint8 [side, side, 3]; the middle is the origin, y points up."""
    import numpy as np
    from PIL import Image, ImageDraw

    shown = points[np.isfinite(points).all(1)]
    reach = math.ceil(float(np.abs(shown).max(initial=1e-9))) * 1.05
    places = (shown * (1, -1) / reach + 1) / 2 * (_SIDE - 1)
    sheet = Image.new("RGB", (_SIDE, _SIDE), "white")
    pen = ImageDraw.Draw(sheet)
    for x, y in places.tolist():
        pen.ellipse((x - _DOT, y - _DOT, x + _DOT, y + _DOT), fill="black")
    return np.asarray(sheet)
