"""``evaluate``: how good and how diverse pictures are, with all that makes the numbers numbers."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ganlab.cli import exits, foreign
from ganlab.cli.output import Json, as_json, as_table, say
from ganlab.cli.progress import How, check_how, making, use_all_cores, watch
from ganlab.errors import GanlabError, MemberError, MetricError, SpecError
from ganlab.members import store
from ganlab.metrics import MEASURES, shelf
from ganlab.spec import remembered

if TYPE_CHECKING:
    import torch

    from ganlab.members.card import Measurement
    from ganlab.members.member import Member
    from ganlab.metrics.evaluate import Progress, Source

_N, _N_POINTS = 10_000, 2_500
_SPLITS = ("test", "validation")
_BETTER = {"lower": "lower", "higher": "higher", None: "like real ones"}

Device = Annotated[str, typer.Option(help="auto, cpu, mps, cuda or cuda:N.")]


@dataclass(frozen=True)
class Question:
    """What is asked of every member."""

    n: int | None
    seed: int
    extractor: str | None
    split: str
    device: "torch.device"


def evaluate(
    members: Annotated[list[str] | None, typer.Argument(metavar="MEMBER", help="As `members` lists them.")] = None,
    *,
    images: Annotated[
        Path | None,
        typer.Option(help="Measure pictures instead: an .npz with uint8 'images' [n, H, W, C], or a folder."),
    ] = None,
    recipe: Annotated[
        Path | None,
        typer.Option(help="Measure a fusion, of all classes: a .json, or a .png made here."),
    ] = None,
    dataset: Annotated[str | None, typer.Option(help="What --images should look like: a name, or folder:PATH.")] = None,
    n: Annotated[
        int | None,
        typer.Option(
            "--n", metavar="N", help="Pictures, 100 to 100,000.  [default: 10,000; 2,500 points; all --images]"
        ),
    ] = None,
    seed: Annotated[int, typer.Option(metavar="SEED", help="Of the noise, and of resampling.")] = 0,
    extractor: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="What looks at them, as `extractors` lists it.  [default: its own]"),
    ] = None,
    split: Annotated[str, typer.Option(metavar="SPLIT", help="Of the real pictures: test or validation.")] = "test",
    device: Device = "auto",
    keep: Annotated[bool, typer.Option("--store/--no-store", help="Put the numbers on the members' cards.")] = True,
    progress: How = None,
    json: Json = False,
) -> None:
    """Measure members, or pictures from elsewhere, beside real pictures.

    A member that cannot be measured is told, and the others go on; after Ctrl-C what was measured stays.
    """
    check_how(progress)
    _check(members, images, recipe, dataset=dataset, split=split, seed=seed)
    found = store.catalogue()
    for name in members or ():  # an unknown name is told before torch is loaded, a broken member in its turn
        with suppress(MemberError):
            found[name]
    asked = _question(n, seed, extractor, split, device)
    measured: dict[str, Measurement] = {}
    if images is not None:
        measured[images.name] = watch(images.name, _of_images(images, dataset, asked), progress)
        code = 0
    elif recipe is not None:
        told = remembered.read(recipe)
        measured[recipe.name] = watch(recipe.name, _of_fusion(told, asked), progress)
        code = 0
    else:
        code = _each(list(dict.fromkeys(members)), asked, measured, progress, keep=keep)
    if measured:
        as_json([row(*each) for each in measured.items()]) if json else _tell(measured)
    if code:
        raise typer.Exit(code)


def row(name: str, measured: "Measurement") -> dict[str, Any]:
    """Return what ``evaluate --json`` prints of a member; what was not measured is None."""
    numbers = measured.numbers
    values = {
        measure: numbers[measure].value if measure in numbers else None
        for measure in (
            *("fid", "kid", "kid_std", "inception_score", "precision", "recall", "density", "coverage"),
            *("modes", "class_kl", "diversity", "sharpness"),
        )
    }
    values["modes"] = None if values["modes"] is None else int(values["modes"])
    fid = numbers.get("fid")
    return {
        "member": name,
        "fid": values.pop("fid"),
        "fid_low": fid and fid.low,
        "fid_high": fid and fid.high,
        **values,
        **{fact: getattr(measured, fact) for fact in ("extractor", "n_fake", "n_real", "split", "seed")},
        "fid_floor": measured.floors.get("fid"),
    }


def _check(
    members: list[str] | None, images: Path | None, recipe: Path | None, *, dataset: str | None, split: str, seed: int
) -> None:
    if bool(members) + (images is not None) + (recipe is not None) != 1:
        raise SpecError(
            "Name members to measure, or give --images FILE --dataset NAME, or --recipe FILE: one of the three."
        )
    if (images is None) != (dataset is None):
        raise SpecError("--images and --dataset go together: the pictures, and what they should look like.")
    if split not in _SPLITS:
        raise SpecError(f"split is {split!r}; allowed: {' or '.join(_SPLITS)}.")
    if not 0 <= seed < 2**63:
        raise SpecError(f"seed is {seed}; allowed: a whole number from 0 to {2**63 - 1}.")


def _question(n: int | None, seed: int, extractor: str | None, split: str, device: str) -> Question:
    use_all_cores()

    from ganlab import device as devices
    from ganlab.metrics.evaluate import LEAST, MOST

    if n is not None and not LEAST <= n <= MOST:
        raise SpecError(f"n is {n:,}; allowed: {LEAST:,} to {MOST:,} pictures. From 5,000 on numbers are steady.")
    return Question(n, seed, extractor, split, devices.choose(device))


def _each(
    names: list[str], asked: Question, measured: "dict[str, Measurement]", progress: str | None, *, keep: bool
) -> int:
    """Measure members one after the other into ``measured``, and return the exit code."""
    code = 0
    for name in names:
        try:
            before = store.catalogue()[name]
            measured[name] = watch(name, _of_member(name, asked), progress)
            if keep:
                _keep(before, measured[name])
        except KeyboardInterrupt:
            say(f"Stopped at {name!r}." + (" The numbers before it stay." if measured else ""))
            return exits.INTERRUPTED
        except GanlabError as error:
            if len(names) == 1:
                raise
            say(f"{name}: {error}")
            code = exits.code_of(error)
    return code


def _keep(before: store.Entry, measured: "Measurement") -> None:
    found = store.catalogue()
    if before.name not in found or found[before.name].card.digest() != before.card.digest():
        raise MemberError(f"{before.name!r} is another one since it was measured: its card gets no numbers.")
    store.add_measurement(found[before.name], measured)


def _of_fusion(told: remembered.Remembered, asked: Question) -> "Iterator[Progress | Measurement]":
    from ganlab.fusion import from_recipe
    from ganlab.metrics.evaluate import Progress

    yield Progress("loading", 0.0, 0.0, None)
    yield from _of_opened(from_recipe(told, asked.device), asked)


def _of_member(name: str, asked: Question) -> "Iterator[Progress | Measurement]":
    from ganlab.fusion import load
    from ganlab.metrics.evaluate import Progress

    yield Progress("loading", 0.0, 0.0, None)
    yield from _of_opened(load(name, asked.device), asked)


def _of_opened(member: "Member", asked: Question) -> "Iterator[Progress | Measurement]":
    from ganlab.metrics.evaluate import measure_points, of_member
    from ganlab.toys import density

    if len(member.shape) == 3:
        source = of_member(member, asked.n or _N, asked.seed)
        yield from _looking(source, member.card.dataset, member.shape, asked, member)
        return
    if asked.extractor is not None:
        raise MetricError(
            f"{member.name!r} draws points: they are measured against their exact density, by no extractor."
        )
    points = member.sample(asked.n or _N_POINTS, asked.seed).cpu().numpy()
    yield measure_points(points, density(member.card.dataset), asked.seed)


def _of_images(path: Path, dataset: str, asked: Question) -> "Iterator[Progress | Measurement]":
    from ganlab.metrics.evaluate import Progress, check_counts, of_images

    yield Progress("reading", 0.0, 0.0, None)
    images = foreign.read(path, dataset)
    if len(images) < (asked.n or 0):
        raise MetricError(f"{str(path)!r} holds {len(images):,} pictures, fewer than the {asked.n:,} of --n.")
    images = images[: asked.n]
    check_counts(len(images), len(images))  # before an extractor is made for them
    _, height, width, channels = images.shape
    yield from _looking(of_images(images, path.name), dataset, (channels, height, width), asked)


def _looking(
    source: "Source", dataset: str, shape: tuple[int, ...], asked: Question, member: "Member | None" = None
) -> "Iterator[Progress | Measurement]":
    from ganlab.members.card import Measurement
    from ganlab.metrics import heldout
    from ganlab.metrics.evaluate import evaluating
    from ganlab.metrics.make import Progress as Making

    name, opened = asked.extractor or shelf.usual(dataset, shape), None
    for step in shelf.opened(name, dataset, shape, asked.device):
        if isinstance(step, Making):
            yield making(name, step)
        else:
            opened = step
    for step in evaluating(source, *opened, asked.split, seed=asked.seed):
        yield heldout.add(step, member, opened[0]) if member and isinstance(step, Measurement) else step


def _tell(measured: "dict[str, Measurement]") -> None:
    for place, (name, each) in enumerate(measured.items()):
        if place:
            print()
        print(
            f"{name}: {each.n_fake:,} drawn with seed {each.seed} against {each.n_real:,} real ones "
            f"of the {each.split} split, by {each.extractor}"
        )
        as_table(list(_lines(each)), ("measure", "value", "95 %", "real ones reach", "better"))
        for note in [*_classes(each), *each.notes]:
            print(f"Note: {note}")


def _lines(measured: "Measurement") -> Iterator[dict[str, Any]]:
    for measure in MEASURES:
        if (number := measured.numbers.get(measure.name)) is not None:
            yield {
                "measure": measure.name.replace("_", " "),
                "value": number.value,
                "95 %": None if number.low is None else f"{number.low:.4g} to {number.high:.4g}",
                "real ones reach": measured.floors.get(measure.name),
                "better": _BETTER[measure.facts["better"]],
            }


def _classes(measured: "Measurement") -> Iterator[str]:
    """Yield which classes are missing and which there are too many of."""
    import numpy as np

    from ganlab.metrics.classes import wrong_shares

    place = shelf.places().get(measured.extractor)
    if place is None or "modes" not in measured.numbers:
        return
    shares = (np.array(each) for each in (measured.class_shares, measured.real_shares))
    missing, frequent = wrong_shares(*shares, place.card.classes)
    for which, words in ((missing, "missing"), (frequent, "too frequent")):
        if which:
            yield f"classes {words}: {', '.join(which)}."
