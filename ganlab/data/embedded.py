"""Real pictures that come with a library we need anyway."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch

from ganlab.data.dataset import Dataset, divided
from ganlab.errors import DataError


def digits() -> Dataset:
    """Return scikit-learn's 1,797 handwritten digits of 8x8 pixels.

    Source: the test part of UCI's "Optical Recognition of Handwritten Digits" (Alpaydin & Kaynak 1998); the grey
    levels 0 to 16 are spread over 0 to 255.  A tenth validates and a tenth tests, by a fixed permutation.
    """
    rows = np.loadtxt(_table(), delimiter=",", dtype=np.float64)
    images, labels = torch.from_numpy(rows[:, :64]), torch.from_numpy(rows[:, 64]).long()
    levels = images.reshape(-1, 1, 8, 8) * (255 / 16)
    return Dataset("digits", levels.round().byte(), labels, tuple("0123456789"), divided(len(labels)))


def _table() -> Path:
    """Return where scikit-learn keeps the digits: importing it for one table would cost a class two seconds."""
    package = find_spec("sklearn")
    table = Path(package.origin).parent / "datasets" / "data" / "digits.csv.gz" if package and package.origin else None
    if table is None or not table.is_file():
        raise DataError("The digits come with scikit-learn, which is not whole here: install scikit-learn again.")
    return table
