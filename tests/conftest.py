import os
import signal

import pytest
from hypothesis import settings

# Few examples, as tests here are many; no deadline, as a busy machine is no fault.
settings.register_profile("ganlab", max_examples=25, deadline=None)
settings.load_profile("ganlab")
# Tensors here are tiny: one thread is faster than handing them around, and leaves the machine to others.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# A shell starts what runs in the background deaf to Ctrl-C, and our children would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items):
    """Keep what drives a browser in one process: one app and one Chromium at a time."""
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    """An empty workspace of the test's own, and no folder of datasets."""
    monkeypatch.setenv("GANLAB_HOME", str(tmp_path / "workspace"))
    monkeypatch.delenv("GANLAB_DATA", raising=False)
    return tmp_path / "workspace"


@pytest.fixture
def global_chance():
    """Fails a test that draws from, or seeds, any of the global random streams."""
    import random

    import numpy as np
    import torch

    def states():
        name, keys, *rest = np.random.get_state()
        return random.getstate(), torch.get_rng_state().tolist(), (name, keys.tolist(), *rest)

    before = states()
    yield
    assert states() == before
