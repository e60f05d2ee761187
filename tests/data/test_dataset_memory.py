import pytest

from ganlab.data import memory
from ganlab.errors import DataError


def test_free_memory_is_a_plausible_number():
    assert memory.available() is None or 10**6 < memory.available() < 10**14


def test_linux_tells_in_kilobytes(tmp_path, monkeypatch):
    (tmp_path / "meminfo").write_text("MemTotal:  900 kB\nMemAvailable:   512 kB\n")
    monkeypatch.setattr(memory, "_LINUX", tmp_path / "meminfo")
    assert memory.available() == 512 * 1024


@pytest.mark.parametrize("text", [None, "", "MemAvailable:\n", "MemAvailable: much kB\n"])
def test_other_systems_are_asked_for_pages(tmp_path, monkeypatch, text):
    if text is not None:
        (tmp_path / "meminfo").write_text(text)
    monkeypatch.setattr(memory, "_LINUX", tmp_path / "meminfo")
    pages = {"SC_PHYS_PAGES": 1000, "SC_PAGE_SIZE": 4096}  # as macOS, which has no SC_AVPHYS_PAGES

    def sysconf(name):
        if name not in pages:
            raise ValueError(name)
        return pages[name]

    monkeypatch.setattr(memory.os, "sysconf", sysconf, raising=False)
    assert memory.available() == 4_096_000


def test_where_nothing_is_told_nothing_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(memory, "_LINUX", tmp_path / "absent")
    monkeypatch.delattr(memory.os, "sysconf", raising=False)
    assert memory.available() is None
    memory.refuse_too_large("huge", 10**12, (3, 64, 64))


def test_the_last_byte_decides(monkeypatch):
    monkeypatch.setattr(memory, "available", lambda: 10 * 3 * 8 * 8)
    memory.refuse_too_large("some", 10, (3, 8, 8))
    with pytest.raises(DataError) as error:
        memory.refuse_too_large("some", 11, (3, 8, 8))
    assert "2.11 KB" in str(error.value)
    assert "1.92 KB" in str(error.value)
    with pytest.raises(DataError):
        memory.refuse_too_large("some", 6, (3, 8, 8), copies=2)


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 bytes"), (999, "999 bytes"), (1000, "1 KB"), (20_600_000, "20.6 MB"), (3 * 10**12, "3,000.0 GB")],
)
def test_figures_are_told_in_units_people_use(size, text):
    assert memory._told(size) == text
