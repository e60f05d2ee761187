"""``export``: a member or a fusion as a file that other programs can run, or other people can unpack."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ganlab.cli.fuse import checked
from ganlab.cli.output import Json, as_json, check_suffix, say
from ganlab.errors import SpecError
from ganlab.members import archive, store
from ganlab.spec import Recipe
from ganlab.spec.remembered import Remembered, read

if TYPE_CHECKING:
    from ganlab.members.member import Member


def export(
    member: Annotated[str | None, typer.Argument(metavar="MEMBER", help="Its name, as `members` lists it.")] = None,
    recipe: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="A fusion that is not kept: a .json, a .png made here, or JSON itself."),
    ] = None,
    onnx: Annotated[
        Path | None,
        typer.Option(help="Write one network: latent [n, latent_dim] in, images out; of a fusion weights, too."),
    ] = None,
    zip: Annotated[Path | None, typer.Option(help="Write the member's folder: card and weights.")] = None,  # noqa: A002
    json: Json = False,
) -> None:
    """Export a member as ONNX, as a zip, or both; a fusion that is not kept as ONNX.

    The weights of a fusion are an input with the recipe's own as usual value, so that they can be changed there.
    """
    if (member is None) == (recipe is None):
        raise SpecError("Give a member's name, or --recipe FILE for a fusion that is not kept.")
    if onnx is None and zip is None:
        raise SpecError("Nothing to do: give --onnx FILE, --zip FILE, or both.")
    if zip is not None and recipe is not None:
        raise SpecError("--zip packs a member that is kept: keep the fusion first (`fuse --recipe FILE --save NAME`).")
    for path, suffix in ((onnx, ".onnx"), (zip, ".zip")):
        if path is not None:
            check_suffix(path, suffix)
    wanted = _checked(member, recipe)  # an unknown name is told before torch is loaded
    if zip is not None:
        archive.pack([wanted], zip)
        say(f"Wrote {str(zip)!r}.")
    if onnx is not None:
        from ganlab.members.onnx import export as write_onnx

        write_onnx(_opened(wanted), onnx)
        say(f"Wrote {str(onnx)!r}.")
    if json:
        made = {"member": member} if recipe is None else {"recipe": wanted.model_dump(mode="json")}
        as_json(made | {"onnx": onnx and str(onnx), "zip": zip and str(zip)})


def _checked(member: str | None, recipe: str | None) -> str | Recipe:
    """Return a name that is in the store, or a recipe whose members go together.

    Raises:
        GanlabError: They are not, or do not.
    """
    if recipe is None:
        return store.catalogue()[member].name
    told = Remembered.read(recipe) if recipe.lstrip().startswith("{") else read(Path(recipe))
    return checked(told.members, told.rule, told.weights, told.options)


def _opened(wanted: str | Recipe) -> "Member":
    from ganlab.fusion import from_recipe, load

    return load(wanted) if isinstance(wanted, str) else from_recipe(wanted)
