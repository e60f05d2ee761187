"""Whether a dataset is at hand, asked without loading it: the server never opens one."""

import os
from pathlib import Path
from typing import Any

from ganlab.data import DATASETS, FOLDER
from ganlab.files import home
from ganlab.spec import MemberSpec
from ganlab.ui import rights
from ganlab.ui.i18n import t

# One file each by which a set that is there, packed or not, is known; any of them will do.
SIGNS = {
    "mnist": ("MNIST/raw/train-images-idx3-ubyte", "MNIST/raw/train-images-idx3-ubyte.gz"),
    "fashion_mnist": ("FashionMNIST/raw/train-images-idx3-ubyte", "FashionMNIST/raw/train-images-idx3-ubyte.gz"),
    "cifar10": ("cifar-10-batches-py", "cifar-10-python.tar.gz"),
    "eurosat": ("eurosat/2750", "eurosat/EuroSAT.zip", "eurosat64/train.zip"),
    "cats64": ("cats64/train.zip",),
}


def shape(values: dict[str, Any]) -> tuple[int, ...]:
    """Return the shape of what the form's set holds."""
    return MemberSpec.model_construct(**values).shape


def note(dataset: str) -> str | None:
    """Return what should be known before training on it: that it will be fetched, or where to put it."""
    if dataset.startswith(FOLDER) or DATASETS[dataset].facts["embedded"]:
        return None
    folders = [*filter(None, [os.environ.get("GANLAB_DATA")]), str(home() / "data")]
    if any((Path(folder).expanduser() / sign).exists() for folder in folders for sign in SIGNS[dataset]):
        return None
    if wanted := DATASETS[dataset].facts.get("by_hand"):
        return t("train.to_put", files=t("train.and").join(wanted), folder=folders[-1])
    return t("train.to_fetch", folder=folders[-1])


def by_hand(dataset: str) -> bool:
    """Return whether nobody offers it for fetching."""
    return not dataset.startswith(FOLDER) and bool(DATASETS[dataset].facts.get("by_hand"))


def fault(dataset: str) -> str | None:
    """Return why a folder of pictures cannot be used, as far as a glance tells."""
    if not dataset.startswith(FOLDER):
        return None
    path = dataset.removeprefix(FOLDER)
    if not rights.may("train"):  # else anybody could find out what there is on this machine
        return None
    return None if Path(path).expanduser().exists() else t("train.no_folder", path=path)
