"""The standard picture sets, through torchvision's own classes: looked for, fetched when absent, held whole.

A set is looked for in the folder that ``GANLAB_DATA`` names, which is only ever read, then in ``workspace/data``.
What is in neither is unpacked from its archives, if one of the folders has those, or downloaded: torchvision works in
a folder aside, checks every archive, and only what could be read to the end is moved to ``workspace/data``.  So
nothing half done is ever found by the next try.  One set has no home to fetch it from: it is only looked for.
"""

import os
import shutil
import sys
import tempfile
import warnings
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torchvision import datasets

from ganlab.data import DATASETS
from ganlab.data.dataset import Dataset, divided, for_validation, held_out
from ganlab.data.memory import refuse_too_large
from ganlab.data.pictures import read, shelf
from ganlab.errors import DataError
from ganlab.files import home

# Examples uint8 [N, C, H, W], labels int64 [N] where there are classes, and how many rows at the end are the official
# test split (0: none).
Held = tuple[Tensor, Tensor | None, int]


def mnist(fetch: bool = True) -> Dataset:
    """Return MNIST: 55,000 + 5,000 + 10,000 handwritten digits (LeCun, Bottou, Bengio & Haffner 1998)."""
    return _found_or_fetched("mnist", _idx(datasets.MNIST), fetch=fetch)


def fashion_mnist(fetch: bool = True) -> Dataset:
    """Return Fashion-MNIST: 55,000 + 5,000 + 10,000 pictures of clothes (Xiao, Rasul & Vollgraf, arXiv:1708.07747)."""
    return _found_or_fetched("fashion_mnist", _idx(datasets.FashionMNIST), fetch=fetch)


def cifar10(fetch: bool = True) -> Dataset:
    """Return CIFAR-10: 45,000 + 5,000 + 10,000 small photographs (Krizhevsky 2009)."""
    kind = datasets.CIFAR10
    shape = _Layout((kind.base_folder,), (kind.filename,), 60_000, _read_cifar)
    return _found_or_fetched("cifar10", shape, fetch=fetch)


def eurosat(fetch: bool = True) -> Dataset:
    """Return EuroSAT: 27,000 Sentinel-2 pictures (Helber, Bischke, Dengel & Borth 2019), 80/10/10 by permutation.

    A folder ``eurosat64`` with ``train.zip`` and ``test.zip`` (JPEG files in class folders) is taken as well; its own
    test split tests, and a tenth of the rest validates.
    """
    shape = _Layout(("eurosat/2750",), ("eurosat/EuroSAT.zip",), 27_000, _read_eurosat)
    return _found_or_fetched("eurosat", shape, _zips("eurosat", "eurosat64", 27_000), fetch=fetch)


def cats64(fetch: bool = True) -> Dataset:
    """Return 9,244 cat faces, aligned on their eyes; most likely of the CAT dataset (Zhang, Sun & Tang, ECCV 2008).

    From ``cats64/train.zip`` and ``cats64/test.zip`` (JPEG files in a folder ``cat``), which nobody offers: ``fetch``
    changes nothing.  The second one tests, a tenth of the first validates.
    """
    return _found_or_fetched("cats64", _zips("cats64", "cats64", 9_244), fetch=fetch)


@dataclass(frozen=True)
class _Layout:
    """One way a set lies in a folder.

    Attributes:
        there: Paths that all exist when the set is there, ready to be read.
        archives: Paths from which torchvision would unpack it.
        count: Pictures in it.
        load: Reads it from a folder; its second argument allows torchvision to fetch what is missing.
    """

    there: tuple[str, ...]
    archives: tuple[str, ...]
    count: int
    load: Callable[[Path, bool], Held]


def _idx(kind: type[datasets.MNIST]) -> _Layout:
    archives = [f"{kind.__name__}/raw/{archive}" for archive, _ in kind.resources]
    return _Layout(
        tuple(archive.removesuffix(".gz") for archive in archives),
        tuple(archives),
        70_000,
        lambda root, fetch: _read_idx(kind, root, fetch),
    )


def _zips(name: str, folder: str, count: int) -> _Layout:
    """Return the layout of one zip of pictures for each official split."""
    train, test = (f"{folder}/{split}.zip" for split in ("train", "test"))
    return _Layout((train, test), (), count, lambda root, _: _read_zips(name, root / train, root / test))


def _found_or_fetched(name: str, layout: _Layout, *others: _Layout, fetch: bool) -> Dataset:
    """Return the dataset from the first folder that has it, else unpack its archives or, if allowed, fetch it."""
    refuse_too_large(name, layout.count, DATASETS[name].facts["shape"], copies=2)  # torchvision's, and ours
    folders = _folders()
    for root in folders:
        for each in (layout, *others):
            if all((root / path).exists() for path in each.there):
                return _dataset(name, _load_found(name, each, root), layout.count)
    if wanted := DATASETS[name].facts.get("by_hand"):
        raise DataError(
            f"Dataset {name!r} is {_absent(folders)}, and nobody offers it for fetching: put {' and '.join(wanted)} "
            "there, or take another dataset."
        )
    packed = all(any((root / archive).is_file() for root in folders) for archive in layout.archives)
    if not (fetch or packed):
        raise DataError(f"Dataset {name!r} is not on this machine.")
    return _dataset(name, _fetched(name, layout, folders), layout.count)


def _folders() -> list[Path]:
    """Return where datasets are looked for, in order; the last is the one that is written to."""
    given = os.environ.get("GANLAB_DATA")
    return [*([Path(given).expanduser().resolve()] if given else []), home() / "data"]


def _dataset(name: str, held: Held, count: int) -> Dataset:
    examples, labels, tested = held
    facts = DATASETS[name].facts
    if tested:
        train = len(examples) - tested
        rows = held_out(train, for_validation(train))
        splits = {"train": rows[0], "validation": rows[1], "test": torch.arange(train, len(examples))}
    else:
        splits = divided(len(examples))
    part = (f"Here are {len(examples):,} of its {count:,} pictures.",) if len(examples) != count else ()
    return Dataset(name, examples, labels, facts["classes"], splits, notes=(facts["licence"], *part))


def _load_found(name: str, layout: _Layout, root: Path) -> Held:
    try:
        return _checked(name, layout.load(root, False))
    except Exception as error:  # a broken file leads torchvision and Pillow to errors of a dozen classes
        files = ", ".join(layout.there)
        mend = f"delete {files} there and try again, and it will be fetched anew."
        if DATASETS[name].facts.get("by_hand"):
            mend = f"put {files} there once more."
        raise DataError(f"Dataset {name!r} in {str(root)!r} is broken ({_short(error)}): {mend}") from error


def _fetched(name: str, layout: _Layout, folders: list[Path]) -> Held:
    """Let torchvision unpack or download the set aside, read it, and only then move it to the workspace."""
    target = folders[-1]
    try:
        target.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".fetching-", dir=target, ignore_cleanup_errors=True) as part:
            aside = Path(part)
            _copy_archives(layout, folders, aside)
            with redirect_stdout(sys.stderr):  # where its bar goes; older ones also print what they fetch
                held = _checked(name, layout.load(aside, True))
            for archive in layout.archives:  # it has served
                (aside / archive).unlink(missing_ok=True)
            for each in aside.iterdir():
                _settle(each, target / each.name)
            return held
    except Exception as error:  # network, disk, checksums, archives: each has its own classes
        raise DataError(
            f"Dataset {name!r} is {_absent(folders)}, and fetching it failed ({_short(error)}): connect to the network "
            "and try again, or put its files there; 'digits' and 'glyphs' come along and need no network."
        ) from error


def _absent(folders: list[Path]) -> str:
    places = [repr(str(folder)) for folder in folders]
    return f"neither in {places[0]} nor in {places[1]}" if len(places) == 2 else f"not in {places[0]}"


def _copy_archives(layout: _Layout, folders: list[Path], aside: Path) -> None:
    """Spare torchvision the download of archives that are here.

    Copied, not linked: it writes over an archive with a wrong checksum, and these are not ours.
    """
    for archive in layout.archives:
        source = next((root / archive for root in folders if (root / archive).is_file()), None)
        if source is not None:
            (aside / archive).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, aside / archive)


def _settle(source: Path, target: Path) -> None:
    """Move a file or folder into place, each whole; folders that are there already are filled up."""
    if source.is_dir() and target.is_dir():
        for each in source.iterdir():
            _settle(each, target / each.name)
    else:
        source.replace(target)


def _checked(name: str, held: Held) -> Held:
    """Refuse a set whose labels or shape do not fit its pictures."""
    examples, labels, tested = held
    shape, classes = DATASETS[name].facts["shape"], len(DATASETS[name].facts["classes"])
    if tuple(examples.shape[1:]) != shape:
        raise ValueError(f"its pictures are of shape {tuple(examples.shape[1:])}, not {shape}")
    if len(examples) <= tested:
        raise ValueError(f"of its {len(examples):,} pictures {tested:,} are for tests")
    if labels is None:
        return held
    if len(labels) != len(examples):
        raise ValueError(f"it has {len(examples):,} pictures and {len(labels):,} labels")
    if not 0 <= int(labels.min()) <= int(labels.max()) < classes:
        raise ValueError(f"its labels go from {int(labels.min())} to {int(labels.max())}, not 0 to {classes - 1}")
    return held


def _read_idx(kind: type[datasets.MNIST], root: Path, fetch: bool) -> Held:
    train, test = kind(root, train=True, download=fetch), kind(root, train=False)
    return torch.cat([train.data, test.data])[:, None], torch.cat([train.targets, test.targets]), len(test.data)


def _read_cifar(root: Path, fetch: bool) -> Held:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its pickles are older than some of NumPy's rules
        train, test = datasets.CIFAR10(root, train=True, download=fetch), datasets.CIFAR10(root, train=False)
    images = torch.from_numpy(np.concatenate([train.data, test.data]))  # (N, H, W, C)
    return images.permute(0, 3, 1, 2).contiguous(), torch.tensor(train.targets + test.targets), len(test.data)


def _read_eurosat(root: Path, fetch: bool) -> Held:
    found = datasets.EuroSAT(root, download=fetch)
    images = torch.empty(len(found), 3, 64, 64, dtype=torch.uint8)
    for row, (image, _) in enumerate(found):
        images[row] = torch.from_numpy(np.array(image)).permute(2, 0, 1)
    return images, torch.tensor(found.targets), 0


def _read_zips(name: str, train: Path, test: Path) -> Held:
    classes = DATASETS[name].facts["classes"]
    images, labels = zip(*(_read_zip(name, path, classes) for path in (train, test)), strict=True)
    return torch.cat(images), torch.cat(labels) if classes else None, len(images[1])


def _read_zip(name: str, path: Path, classes: tuple[str, ...]) -> tuple[Tensor, Tensor | None]:
    """Return pictures, and the places of their folders among the classes if there are any."""
    channels, size, _ = DATASETS[name].facts["shape"]
    with shelf(path) as files:
        images, names, broken = read(name, files, size, channels)
    if broken:
        raise ValueError(f"{path.name} has {len(broken):,} broken pictures")
    return images, torch.tensor([classes.index(file.split("/")[-2]) for file in names]) if classes else None


def _short(error: Exception) -> str:
    """Return what went wrong on one line, as torchvision or the system says it."""
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= 300 else text[:297] + "..."
