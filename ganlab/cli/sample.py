"""``sample``: pictures of one member, of networks or of a kept fusion."""

from pathlib import Path
from typing import Annotated

import typer

from ganlab.cli import pictures
from ganlab.cli.output import Json, as_json, say
from ganlab.cli.pictures import OUT_HELP, Label, N, Seed, Truncation
from ganlab.members import store


def sample(
    member: Annotated[str, typer.Argument(metavar="MEMBER", help="Its name, as `members` lists it.")],
    *,
    out: Annotated[Path, typer.Option(help=OUT_HELP)],
    n: N = 64,
    seed: Seed = 0,
    truncation: Truncation = 1.0,
    label: Label = None,
    json: Json = False,
) -> None:
    """Draw pictures from a member."""
    order = pictures.Order(out, n, seed, truncation, label)
    store.catalogue()[member]  # an unknown name is told before torch is loaded
    from ganlab.fusion import load

    made = pictures.save(load(member), order, member)
    say(f"Wrote {str(out)!r}: {n:,} of {member!r}, seed {seed}.")
    if json:
        as_json(made)
