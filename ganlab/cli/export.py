"""``export``: a member as a file that other tools can run, or other people can unpack."""

from pathlib import Path
from typing import Annotated

import typer

from ganlab.cli.output import Json, as_json, check_suffix, say
from ganlab.errors import SpecError
from ganlab.members import store


def export(
    member: Annotated[str, typer.Argument(metavar="MEMBER", help="Its name, as `members` lists it.")],
    onnx: Annotated[Path | None, typer.Option(help="Write the network: z [n, latent_dim] in, images out.")] = None,
    zip: Annotated[Path | None, typer.Option(help="Write the member's folder: card and weights.")] = None,  # noqa: A002
    json: Json = False,
) -> None:
    """Export a member as ONNX, as a zip, or both."""
    if onnx is None and zip is None:
        raise SpecError("Nothing to do: give --onnx FILE, --zip FILE, or both.")
    for path, suffix in ((onnx, ".onnx"), (zip, ".zip")):
        if path is not None:
            check_suffix(path, suffix)
    store.catalogue()[member]  # an unknown name is told before torch is loaded
    if zip is not None:
        store.pack(member, zip)
        say(f"Wrote {str(zip)!r}.")
    if onnx is not None:
        from ganlab.fusion import load
        from ganlab.members.onnx import export as write_onnx

        write_onnx(load(member), onnx)
        say(f"Wrote {str(onnx)!r}.")
    if json:
        as_json({"member": member, "onnx": onnx and str(onnx), "zip": zip and str(zip)})
