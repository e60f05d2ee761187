"""``sample``: pictures of one member, of networks or of a kept fusion."""

from pathlib import Path
from typing import Annotated

import typer

from ganlab.cli.output import Json, as_json, say, used
from ganlab.cli.pictures import OUT_HELP, Label, N, Order, Seed, Truncation, save
from ganlab.members import store


def sample(
    member: Annotated[str, typer.Argument(metavar="MEMBER", help="Its name, as `members` lists it.")],
    *,
    out: Annotated[Path, typer.Option(help=OUT_HELP)],
    n: N = None,
    seed: Seed = None,
    truncation: Truncation = None,
    label: Label = None,
    json: Json = False,
) -> None:
    """Draw pictures from a member."""
    order = Order(out, **used(n=n, seed=seed, truncation=truncation, label=label))
    store.catalogue()[member]  # an unknown name is told before torch is loaded
    from ganlab.fusion import load

    made = save(load(member), order, {"member": member})
    say(f"Wrote {str(out)!r}: {order.n:,} of {member!r}, seed {order.seed}.")
    if json:
        as_json(made | {"out": str(out)})
