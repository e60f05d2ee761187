import os
from pathlib import Path

import pytest

from ganlab.files import home


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    """An empty workspace of the test's own, and no folder of datasets."""
    monkeypatch.setenv("GANLAB_HOME", str(tmp_path / "workspace"))
    monkeypatch.delenv("GANLAB_DATA", raising=False)
    return tmp_path / "workspace"


@pytest.fixture
def real_data(tmp_path, monkeypatch):
    """Tell where a real set lies, or skip; what is unpacked goes to a workspace of the test's own."""
    roots = [Path(os.environ.get("GANLAB_DATA") or home() / "data"), home() / "data"]

    def find(*wanted):
        root = next((root for root in roots if any((root / path).exists() for path in wanted)), None)
        if root is None:
            pytest.skip(f"no {' or '.join(wanted)} in {' or '.join(sorted(set(map(str, roots))))}")
        monkeypatch.setenv("GANLAB_DATA", str(root))
        monkeypatch.setenv("GANLAB_HOME", str(tmp_path / "workspace"))
        return root

    return find
