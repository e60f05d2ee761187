"""The shelf of extractors: ``pretrained/extractors`` (read only), ``workspace/extractors``, and Inception.

A folder holds ``card.json``, ``weights.safetensors`` and ``reference.npz``: what the extractor is, the network,
and what it sees in the pictures of its own dataset.  For other datasets of the same shape the reference is
made once from the data and kept in ``workspace/references``.  Names and cards load without torch.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ganlab import files
from ganlab.data import DATASETS, FOLDER, load_dataset
from ganlab.errors import GanlabError, MetricError, unknown

if TYPE_CHECKING:
    import torch

    from ganlab.data.dataset import Dataset
    from ganlab.metrics.extractor import Extractor, ExtractorCard
    from ganlab.metrics.make import Progress
    from ganlab.metrics.reference import Reference

CARD, WEIGHTS, REFERENCE = "card.json", "weights.safetensors", "reference.npz"
# Kinds by what they are for: the first measures and may serve fits, the second is an opinion that no fit has seen.
FIRST, SECOND = ("classifier", "contrast"), "inpainter"
INCEPTION = ("inception-v3-fid", "inception-v3-torchvision")
_USUAL = (3, 64, 64)  # in which a folder's pictures are read
# Pictures of this shape without an extractor of their own are seen by this one's classifier.
_LENT = {(3, 64, 64): "eurosat"}


@dataclass(frozen=True)
class Place:
    """An extractor on disk: its card and its folder."""

    card: "ExtractorCard"
    folder: Path
    shipped: bool


def shipped_folder() -> Path:
    """Return the folder of the extractors that come with ganlab."""
    return files.pretrained() / "extractors"


def own_folder() -> Path:
    """Return the folder of the extractors made here."""
    return files.home() / "extractors"


def places() -> dict[str, Place]:
    """Return all extractors on disk by name, shipped ones first; what cannot be read is left out."""
    from ganlab.metrics.extractor import ExtractorCard

    found: dict[str, Place] = {}
    for folder, shipped in ((shipped_folder(), True), (own_folder(), False)):
        for path in sorted(folder.glob(f"*/{CARD}")):
            try:
                card = ExtractorCard.read(path.read_text(encoding="utf-8"))
            except (GanlabError, OSError, UnicodeDecodeError):
                continue
            found.setdefault(card.name, Place(card, path.parent, shipped))
    return found


def key_of(dataset: str, shape: tuple[int, ...] = _USUAL) -> str:
    """Return what a dataset is called in names of extractors and files.

    A folder by its path's digest; its pictures read in another ``shape`` than the usual one are another set.
    """
    if not dataset.startswith(FOLDER):
        return dataset
    path = Path(dataset.removeprefix(FOLDER)).expanduser().resolve()
    size = "" if tuple(shape) == _USUAL else f"-{shape[-1]}x{shape[0]}"
    return f"folder-{hashlib.sha256(str(path).encode()).hexdigest()[:10]}{size}"


def usual(dataset: str, shape: tuple[int, ...]) -> str:
    """Return the extractor that a dataset is measured with when nobody names one.

    Its own first one where it is on the shelf, else a lent one, else the one that would be made.
    """
    known, key = _fitting_places(shape), key_of(dataset, shape)
    own = [f"{key}-{kind}" for kind in FIRST]
    lent = f"{_LENT.get(tuple(shape))}-classifier"
    return next((name for name in (*own, lent) if name in known), made_first(dataset, shape))


def made_first(dataset: str, shape: tuple[int, ...] = _USUAL) -> str:
    """Return by which name a dataset's first extractor is asked for when none is there.

    Nobody knows whether a folder has classes before it is read: it is asked for a classifier, and gives what it can.
    """
    plain = dataset in DATASETS and not DATASETS[dataset].facts["classes"]
    return f"{key_of(dataset, shape)}-{'contrast' if plain else 'classifier'}"


def fitting(dataset: str, shape: tuple[int, ...]) -> list[str]:
    """Return all extractors that can see a dataset, the usual one first, then its unseen second one, then Inception."""
    first = usual(dataset, shape)
    made_for = first.rsplit("-", 1)[0]
    others = [name for name in (f"{made_for}-{SECOND}",) if name in _fitting_places(shape)]
    return [*dict.fromkeys([first, *others]), *INCEPTION]


def opened(
    name: str, dataset: str, shape: tuple[int, ...], device: "torch.device | None" = None
) -> "Iterator[Progress | tuple[Extractor, Reference]]":
    """Open an extractor with what it sees in a dataset, making what is not there yet.

    Yields:
        Progress while one is trained; at the end the extractor and the reference.

    Raises:
        UnknownName: No extractor is called so.
        MetricError: It does not fit the pictures, or cannot be used.
        DataError: Something must be made from data that is absent.
    """
    from ganlab.metrics.extractor import Extractor

    if len(shape) != 3:
        raise MetricError(f"Dataset {dataset!r} holds points: they are measured against their exact density.")
    data = None
    extractor = stored(name, device)
    if extractor is None:
        key = key_of(dataset, shape)
        may_be_made = [f"{key}-{kind}" for kind in (*FIRST, SECOND)]
        if name not in may_be_made:  # said before data are fetched for it
            raise unknown("extractor", name, dict.fromkeys([*fitting(dataset, shape), *may_be_made, *places()]))
        data = _load(dataset, shape)
        for step in _made(name, data, device):
            if isinstance(step, Extractor):
                extractor = step
            else:
                yield step
    if extractor.card.kind != "inception" and tuple(extractor.card.shape) != tuple(shape):
        raise MetricError(
            f"Extractor {name!r} reads pictures of shape {tuple(extractor.card.shape)}, "
            f"but {dataset!r} holds {tuple(shape)}."
        )
    yield extractor, _reference(extractor, dataset, shape, data)


def keep(extractor: "Extractor", data: "Dataset", folder: Path) -> "tuple[ExtractorCard, Reference]":
    """Write an extractor and what it sees in its dataset into ``folder``, whole or not at all.

    What was there, a broken one, goes.
    """
    import safetensors.torch
    from torch import nn

    from ganlab.metrics.reference import refer

    if not extractor.card.classes:
        extractor.network.head = nn.Identity()  # it has served
    state = extractor.network.state_dict()
    for each in state.values():  # what is measured from now on is what is stored
        if each.is_floating_point():
            each.copy_(each.half())
    tensors = {
        key: (each.half() if each.is_floating_point() else each).cpu().contiguous() for key, each in state.items()
    }
    weights = safetensors.torch.save(tensors)
    reference = refer(extractor, data)
    seen = reference.to_bytes()
    digests = {
        "weights_sha256": hashlib.sha256(weights).hexdigest(),
        "reference_sha256": hashlib.sha256(seen).hexdigest(),
    }
    card = extractor.card.model_copy(update=digests)
    extractor.card = card
    with files.building(folder, over=True) as part:
        files.write_bytes(part / WEIGHTS, weights)
        files.write_bytes(part / REFERENCE, seen)
        files.write_json(part / CARD, card.model_dump(mode="json"))
    return card, reference


def _fitting_places(shape: tuple[int, ...]) -> dict[str, Place]:
    """Return the extractors on disk that read pictures of a shape."""
    return {name: place for name, place in places().items() if tuple(place.card.shape) == tuple(shape)}


def stored(name: str, device: "torch.device | None" = None) -> "Extractor | None":
    """Return an extractor that is on the shelf, or None.

    Raises:
        MetricError: It is broken.
    """
    from ganlab.metrics.extractor import Extractor, read_network

    if name in INCEPTION:
        from ganlab.metrics.inception import inception

        return inception(name, device)
    place = places().get(name)
    if place is None:
        return None
    return Extractor(place.card, read_network(place.card, _checked(place, WEIGHTS)), device)


def _checked(place: Place, name: str) -> Path:
    """Return a file of an extractor.

    Raises:
        MetricError: It is missing, or not the one the card describes.
    """
    path, card = place.folder / name, place.card
    stated = card.weights_sha256 if name == WEIGHTS else card.reference_sha256
    if path.is_file() and files.sha256(path) == stated:
        return path
    mend = "Fetch ganlab's own files again." if place.shipped else f"Delete {str(place.folder)!r} to make it anew."
    raise MetricError(f"Extractor {card.name!r} cannot be used: its {name} is not the one its card describes. {mend}")


def _made(name: str, data: "Dataset", device: "torch.device | None") -> "Iterator[Progress | Extractor]":
    from ganlab.metrics.extractor import Extractor
    from ganlab.metrics.make import make, quick_epochs, usual_kind

    key, kind = name.rsplit("-", 1)
    kind = usual_kind(data) if kind == "classifier" else kind
    made = f"{key}-{kind}"
    if made != name and (there := stored(made, device)) is not None:
        yield there  # asked for a classifier where there are no classes, once more
        return
    for step in make(data, made, kind, quick_epochs(data), device=device):
        if isinstance(step, Extractor):
            keep(step, data, own_folder() / step.name)
        yield step


def at_hand(
    dataset: str, shape: tuple[int, ...], device: "torch.device | None" = None
) -> "tuple[Extractor, Reference] | None":
    """Open the usual extractor of a dataset and what it sees there, where neither data nor a minute is needed for it.

    Raises:
        MetricError: It is broken.
    """
    if len(shape) != 3 or (extractor := stored(usual(dataset, shape), device)) is None:
        return None
    reference = _kept(extractor, dataset, shape)
    return None if reference is None else (extractor, reference)


def _reference(extractor: "Extractor", dataset: str, shape: tuple[int, ...], data: "Dataset | None") -> "Reference":
    from ganlab.metrics.reference import refer

    if (reference := _kept(extractor, dataset, shape)) is not None:
        return reference
    reference = refer(extractor, data or _load(dataset, shape))
    files.write_bytes(_path(extractor, dataset, shape), reference.to_bytes())
    return reference


def _kept(extractor: "Extractor", dataset: str, shape: tuple[int, ...]) -> "Reference | None":
    """Return what an extractor saw in a dataset before, here or where it was made."""
    from ganlab.metrics.reference import Reference

    place = places().get(extractor.name)
    if place is not None and key_of(place.card.dataset, shape) == key_of(dataset, shape):
        return Reference.from_bytes(place.card.dataset, _checked(place, REFERENCE).read_bytes())
    path = _path(extractor, dataset, shape)
    if path.is_file():
        with suppress(MetricError):  # a broken one is made anew
            return Reference.from_bytes(dataset, path.read_bytes())
    return None


def _path(extractor: "Extractor", dataset: str, shape: tuple[int, ...]) -> Path:
    stamp = hashlib.sha256(json.dumps([extractor.card.weights_sha256, dataset, list(shape)]).encode()).hexdigest()[:16]
    return files.home() / "references" / f"{extractor.name}-{key_of(dataset, shape)}-{stamp}.npz"


def _load(dataset: str, shape: tuple[int, ...]) -> "Dataset":
    if dataset.startswith(FOLDER):
        return load_dataset(dataset, image_size=shape[-1], channels=shape[0])
    DATASETS[dataset]  # an unknown name is said before anything is read
    return load_dataset(dataset)
