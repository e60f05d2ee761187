import numpy as np
import pytest
import torch

from ganlab.data import load_dataset
from ganlab.metrics import shelf
from ganlab.metrics.extractor import Extractor
from ganlab.metrics.make import make


@pytest.fixture(autouse=True)
def nothing_shipped(workspace, tmp_path, monkeypatch):
    """A workspace and an empty shelf of the test's own."""
    monkeypatch.setattr(shelf, "shipped_folder", lambda: tmp_path / "pretrained")
    return tmp_path / "pretrained"


@pytest.fixture(scope="session")
def digits():
    return load_dataset("digits")


def made(data, name, kind, epochs, seed=0):
    *_, extractor = make(data, name, kind, epochs, seed=seed)
    return extractor


@pytest.fixture(scope="session")
def _shelf_of_digits(digits, tmp_path_factory):
    folder = tmp_path_factory.mktemp("extractors") / "digits-classifier"
    card, reference = shelf.keep(made(digits, "digits-classifier", "classifier", 12), digits, folder)
    return card, reference, folder


@pytest.fixture
def reference(_shelf_of_digits):
    """What the classifier of the digits sees in them."""
    return _shelf_of_digits[1]


@pytest.fixture
def extractor(_shelf_of_digits):
    """A classifier of the digits, as it lies on a shelf: trained once for all tests, read anew for each."""
    from ganlab.metrics.extractor import read_network

    card, _, folder = _shelf_of_digits
    return Extractor(card, read_network(card, folder / shelf.WEIGHTS))


@pytest.fixture
def on_shelf(_shelf_of_digits, workspace):
    """The same one on the workspace's shelf; returns its folder."""
    import shutil

    folder = workspace / "extractors" / "digits-classifier"
    shutil.copytree(_shelf_of_digits[2], folder)
    return folder


@pytest.fixture
def pictures(digits):
    """Gives real digits of a split as uint8 [n, H, W, C]."""

    def of(split="train", n=None):
        examples, _ = digits.split(split)
        return examples[:n].permute(0, 2, 3, 1).contiguous().numpy()

    return of


@pytest.fixture(autouse=True, scope="session")
def _few_threads():
    """Matrices here are small; the machine may be shared."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def rows():
    """Gives float32 [n, d] standard normal rows of a seed."""
    return lambda n, d, seed=0: np.random.default_rng(seed).standard_normal((n, d)).astype(np.float32)


@pytest.fixture
def noise():
    """300 pictures of the digits' size with nothing on them."""
    return np.random.default_rng(0).integers(0, 256, (300, 8, 8, 1), dtype=np.uint8)
