"""What ``sample`` and ``fuse`` draw, and the files it becomes: a PNG sheet or an NPZ of arrays."""

import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ganlab.cli.output import check_suffix, write
from ganlab.errors import SpecError
from ganlab.spec.remembered import Walk

if TYPE_CHECKING:
    import numpy as np

    from ganlab.members.member import Member

MOST, MOST_ON_A_SHEET = 100_000, 10_000
_CHUNK = 512  # pictures turned into bytes at once: bounds memory

# None means that the option was not used: a recipe may say it, or else ``Order`` does.
N = Annotated[int | None, typer.Option("--n", metavar="N", help=f"How many, up to {MOST:,}.  [default: 64]")]
Seed = Annotated[int | None, typer.Option(metavar="SEED", help="The same seed gives the same bytes.  [default: 0]")]
Truncation = Annotated[
    float | None,
    typer.Option(
        metavar="T",
        help="From 0 to 2: noise is multiplied by it; below 1 fewer odd pictures, less variety.  [default: 1]",
    ),
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
    n: int = 64
    seed: int = 0
    truncation: float = 1.0
    label: int | None = None
    walk: Walk | None = None

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

    def facts(self) -> dict[str, Any]:
        """Return what a picture remembers of it: how many, the seed, and what is unusual."""
        unusual = {"truncation": self.truncation} if self.truncation != 1 else {}
        unusual |= {"label": self.label} if self.label is not None else {}
        unusual |= {"walk": self.walk.model_dump()} if self.walk else {}
        return {"n": self.n, "seed": self.seed} | unusual


def save(member: "Member", order: Order, origin: dict[str, Any]) -> dict[str, Any]:
    """Draw, write, and return what was drawn as data; a PNG carries the same.

    Args:
        member: What draws.
        order: What of it.
        origin: What to call the member in the picture: its name, or the recipe of a fusion.

    Raises:
        GanlabError: The member cannot draw this, or the file cannot be written.
    """
    made = origin | order.facts()
    drawn = draw(member, order)
    write(order.out, as_npz(drawn) if order.out.suffix.lower() == ".npz" else as_png(drawn, made))
    return made


def draw(member: "Member", order: Order) -> "np.ndarray":
    """Return uint8 pictures [n, H, W, C], or float32 points [n, 2]."""
    import numpy as np
    import torch

    from ganlab import seeds
    from ganlab.images import to_uint8

    z = member.latents(order.n, order.seed, order.truncation)
    if order.walk:
        end = member.latents(order.n, order.walk.to, order.truncation)
        z = seeds.slerp(z, end, order.walk.t, width=member.walk_dim)
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
    import torch

    from ganlab.images import grid, png
    from ganlab.members.sheet import sheet

    return png(grid(drawn) if drawn.ndim == 4 else sheet(torch.from_numpy(drawn)), recipe)
