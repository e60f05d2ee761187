import pytest

from ganlab.members import store


@pytest.fixture(autouse=True)
def shipped(workspace, tmp_path, monkeypatch):
    """A store that ships, of the test's own."""
    monkeypatch.setattr(store, "shipped_folder", lambda: tmp_path / "pretrained")
    return tmp_path / "pretrained"
