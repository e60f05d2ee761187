"""``encode``: pictures in, the nearest that a member can draw out, with the latents and the errors."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ganlab.cli import foreign
from ganlab.cli.evaluate import Device
from ganlab.cli.output import Json, as_json, as_table, check_suffix, say, write
from ganlab.cli.progress import How, check_how, use_all_cores, watch
from ganlab.errors import MemberError, SpecError
from ganlab.members import store
from ganlab.members.card import Card

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

    from ganlab.metrics.evaluate import Progress

_MOST_STEPS, _MOST_COLUMNS, _CHUNK = 10_000, 16, 256


def encode(
    member: Annotated[str, typer.Argument(metavar="NAME", help="A member with an encoder.")],
    pictures: Annotated[
        list[Path],
        typer.Argument(metavar="PICTURE", help="Picture files, folders of them, or zips.", show_default=False),
    ],
    *,
    refine: Annotated[int, typer.Option(metavar="N", help="Improve the latents by so many steps of descent.")] = 0,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A .png sheet: the pictures, what is drawn for each below it.")
    ] = None,
    latents: Annotated[
        Path | None, typer.Option(metavar="FILE", help="An .npy file of the latents, float32 [n, latent_dim].")
    ] = None,
    device: Device = "auto",
    progress: How = None,
    json: Json = False,
) -> None:
    """Find latents from which a member draws given pictures, and say how far off it is.

    An error is the mean squared error of a picture's pixels, in squares of [-1, 1]. Pictures of another size or colour
    are made like those of the member.
    """
    check_how(progress)
    if not 0 <= refine <= _MOST_STEPS:
        raise SpecError(f"refine is {refine:,}; allowed: 0 to {_MOST_STEPS:,} steps.")
    for path, suffix in ((out, ".png"), (latents, ".npy")):
        if path is not None:
            check_suffix(path, suffix)
    _check(store.catalogue()[member].card)
    found = watch(member, _encoding(member, pictures, refine, device), progress)
    if out is not None:
        write(out, _sheet(found["images"], found["drawn"]))
        say(f"Wrote {str(out)!r}: {len(found['rows']):,} pictures above what {member!r} draws for them.")
    if latents is not None:
        write(latents, _npy(found["z"]))
        say(f"Wrote {str(latents)!r}: latents {list(found['z'].shape)}.")
    rows, mean = found["rows"], sum(row["error"] for row in found["rows"]) / len(found["rows"])
    if json:
        files = {"out": out and str(out), "latents": latents and str(latents)}
        as_json({"member": member, "refine": refine, "pictures": rows, "mean_error": mean} | files)
    else:
        as_table(rows, tuple(rows[0]))
        say(f"Mean squared error of a pixel, in squares of [-1, 1]: {mean:.4g} over {len(rows):,} pictures.")


def _check(card: Card) -> None:
    """Refuse a member that cannot find latents of pictures, as its card says.

    Raises:
        MemberError: It draws points, or has no encoder.
    """
    if len(card.shape) != 3:
        raise MemberError(f"{card.name!r} draws points in the plane: pictures cannot be encoded by it.")
    if card.kind not in ("vae", "vaegan") and card.encoder is None:
        advice = f" Fit one to an own GAN: python -m ganlab members encoder {card.name}" if card.kind == "gan" else ""
        raise MemberError(f"{card.name!r} has no encoder to find latents with.{advice}")


def _encoding(name: str, paths: list[Path], steps: int, device: str) -> "Iterator[Progress | dict[str, Any]]":
    use_all_cores()

    import time

    import torch

    from ganlab import device as devices
    from ganlab.fusion import load
    from ganlab.members.refine import refine
    from ganlab.metrics.evaluate import Progress

    member = load(name, devices.choose(device))
    examples, names = foreign.made_like(paths, member.shape)
    images = examples.float().div(127.5).sub(1)
    z = torch.cat([member.encode(part) for part in images.split(_CHUNK)])
    before = after = _errors(member.generate(z).cpu(), images)
    if steps:
        started, refined = time.perf_counter(), []
        for done, rows in enumerate(torch.arange(len(images)).split(_CHUNK), 1):
            refined.append(refine(member, images[rows], z[rows], steps=steps))
            spent, share = time.perf_counter() - started, done * _CHUNK / max(len(images), done * _CHUNK)
            yield Progress("refining", share, spent, spent / share * (1 - share))
        z = torch.cat(refined)
        after = _errors(member.generate(z).cpu(), images)
    rows = [{"picture": each, "error": error} for each, error in zip(names, after.tolist(), strict=True)]
    if steps:
        rows = [row | {"before": error} for row, error in zip(rows, before.tolist(), strict=True)]
    yield {"images": images, "drawn": member.generate(z).cpu(), "z": z.cpu().numpy(), "rows": rows}


def _errors(drawn: "Tensor", images: "Tensor") -> "Tensor":
    return (drawn - images).square().flatten(1).mean(1)


def _sheet(images: "Tensor", drawn: "Tensor") -> bytes:
    """Return a PNG with rows of pictures, and below each row what was drawn for it."""
    import torch

    from ganlab.images import grid, png, to_uint8

    columns = min(len(images), _MOST_COLUMNS)
    missing = -len(images) % columns
    rows = []
    for part in (images, drawn):
        filled = torch.cat([part, part.new_zeros(missing, *part.shape[1:])])
        rows.append(filled.unflatten(0, (-1, columns)))
    return png(grid(to_uint8(torch.stack(rows, 1).flatten(0, 2)), columns))


def _npy(z: "np.ndarray") -> bytes:
    import numpy as np

    buffer = io.BytesIO()
    np.save(buffer, z, allow_pickle=False)
    return buffer.getvalue()
