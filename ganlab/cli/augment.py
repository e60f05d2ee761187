"""``augment``: whether pictures of a member help a classifier that has few real ones."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ganlab.cli.evaluate import Device
from ganlab.cli.output import Json, as_json, as_table
from ganlab.cli.progress import How, check_how, making, watch
from ganlab.data import FOLDER, load_dataset
from ganlab.errors import MetricError, SpecError
from ganlab.members import store
from ganlab.metrics import shelf

if TYPE_CHECKING:
    from ganlab.metrics.augment import Augmentation
    from ganlab.metrics.evaluate import Progress
    from ganlab.metrics.interval import Interval

_LABELS = ("few", "extractor")
_TOLD = {
    "asked": "the member was asked for classes",
    "few": "the pictures' classes are told by the classifier that learned from the same few",
    "extractor": "the pictures' classes are told by {extractor}, which has seen all labels: an unfair upper bound",
}


def augment(
    member: Annotated[str, typer.Argument(metavar="MEMBER", help="Its name, as `members` lists it; also a fusion.")],
    *,
    per_class: Annotated[int, typer.Option(metavar="N", help="Real training pictures a class.")] = 20,
    added: Annotated[int, typer.Option(metavar="N", help="Pictures of the member.")] = 1_000,
    seeds: Annotated[int, typer.Option(metavar="N", help="How often, each time with other pictures.")] = 3,
    labels: Annotated[
        str | None,
        typer.Option(
            metavar="SOURCE",
            help="Who tells the classes of added pictures: few (learned from the same few real ones) or extractor "
            "(has seen all labels, so an unfair upper bound).  [default: few; a conditional member is asked]",
        ),
    ] = None,
    device: Device = "auto",
    progress: How = None,
    json: Json = False,
) -> None:
    """Find out whether a member's pictures help a classifier that has few real ones.

    It learns from them alone, from them moved about, and from them with added pictures, for equally many steps.
    """
    check_how(progress)
    if labels not in (None, *_LABELS):
        raise SpecError(f"labels is {labels!r}; allowed: {' or '.join(_LABELS)}.")
    card = store.catalogue()[member].card  # an unknown name is told before torch is loaded
    if len(card.shape) != 3:
        raise MetricError(f"{member!r} draws points: there are no classes that a classifier could learn.")
    extractor = shelf.usual(card.dataset, card.shape) if labels == "extractor" else None
    asked = {"per_class": per_class, "added": added, "repeats": seeds}
    found: Augmentation = watch(member, _augmenting(member, extractor, device, asked), progress)
    as_json(facts(found)) if json else _tell(found)


def facts(found: "Augmentation") -> dict[str, Any]:
    """Return what ``augment --json`` prints: arms, gains over the few alone, and all that was asked."""
    arms = {
        arm: _ends("accuracy", found.accuracy(arm)) | {"accuracies": list(each)}
        for arm, each in found.accuracies.items()
    }
    gains = {arm: _ends("gain", found.gain(arm)) for arm in found.accuracies if arm != "few"}
    told = ("member", "dataset", "per_class", "added", "labels", "extractor", "fair", "steps", "n_test", "helps")
    return {
        **{name: getattr(found, name) for name in told},
        "split": "test",
        "seeds": list(found.seeds),
        "arms": arms,
        "gains": gains,
        "verdict": verdict(found),
    }


def verdict(found: "Augmentation") -> str:
    """Return in plain words whether it helps."""
    gain = found.gain("added")
    told = f"{gain.value * 100:+.1f} points, 95 % from {gain.low * 100:+.1f} to {gain.high * 100:+.1f}"
    words = "helps" if found.helps else "does not help, it harms" if gain.high < 0 else "does not help beyond chance"
    return f"Adding {found.added:,} pictures of {found.member} {words} ({told}, {len(found.seeds)} seeds)."


def _augmenting(
    name: str, extractor: str | None, device: str, asked: dict[str, int]
) -> "Iterator[Progress | Augmentation]":
    import torch

    from ganlab import device as devices
    from ganlab.fusion import load
    from ganlab.metrics.augment import augmenting, check_numbers
    from ganlab.metrics.evaluate import Progress
    from ganlab.metrics.extractor import Extractor
    from ganlab.metrics.make import Progress as Making

    check_numbers(**asked)
    torch.set_num_threads(1)  # of networks this small threads would wait for each other more than they compute
    place = devices.choose(device)
    yield Progress("loading", 0.0, 0.0, None)
    member = load(name, place)
    dataset, (channels, side, _) = member.card.dataset, member.shape
    options = {"image_size": side, "channels": channels} if dataset.startswith(FOLDER) else {}
    data = load_dataset(dataset, **options)
    teacher: Extractor | None = None
    for step in shelf.opened(extractor, dataset, member.shape, place) if extractor else ():
        if isinstance(step, Making):
            yield making(extractor, step)
        else:
            teacher = step[0]
    yield from augmenting(member, data, **asked, teacher=teacher)


def _ends(name: str, interval: "Interval") -> dict[str, float]:
    return {name: interval.value, "low": interval.low, "high": interval.high}


def _tell(found: "Augmentation") -> None:
    from ganlab.metrics.augment import ARMS

    print(
        f"Accuracy on {found.n_test:,} real test pictures of {found.dataset} after {found.steps:,} steps "
        f"from {found.per_class:,} real training pictures a class, {len(found.seeds)} seeds"
    )
    rows = []
    for arm in found.accuracies:
        rows.append({"learned from": ARMS[arm], "accuracy": _percent(found.accuracy(arm)), "beside few": None})
        if arm != "few":
            rows[-1]["beside few"] = _percent(found.gain(arm), "+")
    as_table(rows, ("learned from", "accuracy", "beside few"))
    print(f"{_TOLD[found.labels].format(extractor=found.extractor).capitalize()}.")
    print(verdict(found))


def _percent(interval: "Interval", sign: str = "") -> str:
    value, low, high = (f"{each * 100:{sign}.1f}" for each in (interval.value, interval.low, interval.high))
    return f"{value} % ({low} to {high})"
