"""The command line in a workspace of the test's own: called in this process, or as people start it."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ganlab import cli, runs
from ganlab.runs import queue
from ganlab.runs.folder import LIVE

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def home(workspace, monkeypatch):
    monkeypatch.setenv("GANLAB_THREADS", "1")
    yield workspace
    for run in runs.all_runs():
        if run.written_state().state == "queued" and not run.is_alive():
            run.delete()
    for run in runs.all_runs():
        if run.state().state in LIVE:
            os.kill(run.written_state().pid, signal.SIGKILL)
    for child in queue._children:
        child.wait(60)


@pytest.fixture
def call(capsys):
    """Call the command line here; returns exit code, standard output, standard error."""

    def called(*arguments):
        code = cli.main([str(each) for each in arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return called


@pytest.fixture(scope="session")
def _made(tmp_path_factory):
    """A classifier of the digits that learned for a second, and an inpainter of 28x28 pictures that never did."""
    from fakes import pictures

    from ganlab.data import load_dataset
    from ganlab.metrics import shelf
    from ganlab.metrics.extractor import Extractor, ExtractorCard, build
    from ganlab.metrics.make import make

    folder, digits = tmp_path_factory.mktemp("extractors"), load_dataset("digits")
    *_, extractor = make(digits, "digits-classifier", "classifier", 8)
    shelf.keep(extractor, digits, folder / extractor.name)
    card = ExtractorCard(name="glyphs-inpainter", kind="inpainter", dataset="glyphs", shape=(1, 28, 28), features=64)
    shelf.keep(Extractor(card, build(card)), pictures(40, card.shape, "glyphs"), folder / card.name)
    return folder


@pytest.fixture
def nothing_shipped(tmp_path, monkeypatch):
    """No extractor comes along."""
    monkeypatch.setattr("ganlab.metrics.shelf.shipped_folder", lambda: tmp_path / "no-extractors")


@pytest.fixture
def digits_seen(_made, home, nothing_shipped):
    """The workspace has an extractor for the digits; returns its folder."""
    return shutil.copytree(_made / "digits-classifier", home / "extractors" / "digits-classifier")


@pytest.fixture
def glyphs_seen(_made, home, nothing_shipped):
    """The workspace has an extractor for 28x28 pictures; returns its folder."""
    return shutil.copytree(_made / "glyphs-inpainter", home / "extractors" / "glyphs-inpainter")


@pytest.fixture(scope="session")
def real():
    """The digits' training pictures, uint8 [n, 8, 8, 1]."""
    from ganlab.data import load_dataset

    return load_dataset("digits").split("train")[0].permute(0, 2, 3, 1).contiguous().numpy()


@pytest.fixture
def npz(tmp_path):
    """Writes arrays by name into an NPZ file; returns its path."""

    import numpy as np

    def written(name="real.npz", **arrays):
        np.savez(tmp_path / name, **arrays)
        return tmp_path / name

    return written


@pytest.fixture
def no_workers(monkeypatch):
    """Runs are made and stay in the queue."""
    monkeypatch.setattr(queue, "dispatch", list)
    monkeypatch.setattr(runs, "dispatch", list, raising=False)


def start(*arguments, **options):
    """Start the command line as people do, from a folder that is not the checkout's."""
    usual = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.Popen([sys.executable, *arguments], env=environment, **(usual | options))
