import errno
import hashlib
import json
import os
import stat
import threading
import time

import pytest

from ganlab import files
from ganlab.errors import DiskError


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def pull_the_plug(part):
    (part / "a" if part.is_dir() else part).write_bytes(b"half")
    raise RuntimeError("plug pulled")


def test_a_new_file_is_whole_and_alone(tmp_path):
    files.write_bytes(tmp_path / "deep" / "down" / "a.bin", b"new")
    assert (tmp_path / "deep" / "down" / "a.bin").read_bytes() == b"new"
    assert names(tmp_path / "deep" / "down") == ["a.bin"]


def test_until_the_end_readers_see_the_old_file(tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")
    with files.replacing(path) as part:
        part.write_bytes(b"half of the n")
        assert path.read_bytes() == b"old"
        part.write_bytes(b"new")
    assert path.read_bytes() == b"new"
    assert names(tmp_path) == ["a.bin"]


def test_a_reader_at_any_moment_sees_one_whole_version(tmp_path):
    path, versions = tmp_path / "a.bin", [bytes([letter]) * 50_000 for letter in b"ab"]
    files.write_bytes(path, versions[0])
    writer = threading.Thread(target=lambda: [files.write_bytes(path, versions[turn % 2]) for turn in range(40)])
    writer.start()
    seen = set()
    while writer.is_alive():
        seen.add(path.read_bytes())
    writer.join()
    assert seen <= set(versions)


@pytest.mark.parametrize("existed", [True, False])
def test_an_error_leaves_what_was_there(tmp_path, existed):
    path = tmp_path / "a.bin"
    if existed:
        path.write_bytes(b"old")
    with pytest.raises(RuntimeError, match="plug"), files.replacing(path) as part:
        pull_the_plug(part)
    assert names(tmp_path) == (["a.bin"] if existed else [])
    assert not existed or path.read_bytes() == b"old"


def test_files_and_folders_get_the_usual_mode(tmp_path):
    (tmp_path / "usual").write_bytes(b"")
    (tmp_path / "usual-folder").mkdir()
    files.write_bytes(tmp_path / "ours", b"")
    with files.building(tmp_path / "our-folder"):
        pass

    def mode(name):
        return stat.S_IMODE((tmp_path / name).stat().st_mode)

    assert mode("ours") == mode("usual")
    assert mode("our-folder") == mode("usual-folder")


def test_json_keeps_every_letter_and_no_surprise(tmp_path):
    path, value = tmp_path / "a.json", {"name": "é 字 \u2028", "n": [1, 2.5, None, True]}
    files.write_json(path, value)
    assert json.loads(path.read_text(encoding="utf-8")) == value
    assert "字" in path.read_text(encoding="utf-8")
    for surprise in (float("nan"), float("inf"), object()):
        with pytest.raises((ValueError, TypeError)):
            files.write_json(path, {"x": surprise})
    assert json.loads(path.read_text(encoding="utf-8")) == value
    assert names(tmp_path) == ["a.json"]


def test_a_folder_appears_with_all_it_holds(tmp_path):
    folder = tmp_path / "rooms" / "anna"
    with files.building(folder) as part:
        (part / "a").write_text("1")
        assert not folder.exists()
        assert part.parent == folder.parent  # one disk, so that the renaming is one step
        assert part.name.startswith(".")  # lists of rooms skip it
    assert names(folder) == ["a"]
    assert names(folder.parent) == ["anna"]


def test_a_folder_that_failed_was_never_there(tmp_path):
    with pytest.raises(RuntimeError, match="plug"), files.building(tmp_path / "anna") as part:
        pull_the_plug(part)
    assert names(tmp_path) == []


def test_a_full_folder_is_not_overwritten(tmp_path):
    (tmp_path / "anna").mkdir()
    (tmp_path / "anna" / "old").write_text("1")
    with pytest.raises(OSError, match="anna"), files.building(tmp_path / "anna") as part:
        (part / "new").write_text("2")
    assert names(tmp_path) == ["anna"]
    assert names(tmp_path / "anna") == ["old"]


def test_digests_are_those_of_the_standards(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")  # FIPS 180-2, appendix B.1
    assert files.sha256(tmp_path / "a") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    (tmp_path / "b").write_bytes(bytes(3_000_000))
    assert files.sha256(tmp_path / "b") == hashlib.sha256(bytes(3_000_000)).hexdigest()
    assert files.checksum("123456789") == 0xCBF43926  # the check value of CRC-32/ISO-HDLC


def test_the_workspace_is_where_the_environment_says(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GANLAB_HOME", raising=False)
    assert files.home() == tmp_path.resolve() / "workspace"
    for given in ("elsewhere", str(tmp_path / "elsewhere")):
        monkeypatch.setenv("GANLAB_HOME", given)
        assert files.home() == tmp_path.resolve() / "elsewhere"


def test_another_folder_takes_the_place_of_one_that_is_there(tmp_path):
    with files.building(tmp_path / "anna") as part:
        (part / "old").write_text("1")
    with files.building(tmp_path / "anna", over=True) as part:
        (part / "new").write_text("2")
        assert names(tmp_path / "anna") == ["old"]
    assert names(tmp_path) == ["anna"]
    assert names(tmp_path / "anna") == ["new"]


def test_leftovers_of_the_dead_go_and_those_of_the_living_stay(tmp_path):
    data = tmp_path / "data"
    for folder in (tmp_path / "members", tmp_path / "runs" / "0001-a", data / "cats"):
        folder.mkdir(parents=True)
        (folder / ".old.x.part").mkdir()
        (folder / ".old.x.part" / "weights").write_text("half")
        (folder / ".new.y.part").write_text("half")
        (folder / ".b.z.gone").mkdir()
        (folder / ".hidden").write_text("whole")
        (folder / "a.part").write_text("whole, and called so")
    (data / ".fetching-q").mkdir()
    for old in (*tmp_path.rglob(".old.x.part/weights"), *tmp_path.rglob(".old.x.part"), data / ".fetching-q"):
        os.utime(old, (time.time() - 4000,) * 2)
    (tmp_path / "members" / ".old.x.part" / "more").write_text("still being written")
    files.clear_leftovers(tmp_path)
    assert names(tmp_path / "members") == [".hidden", ".new.y.part", ".old.x.part", "a.part"]
    assert names(tmp_path / "runs" / "0001-a") == [".hidden", ".new.y.part", "a.part"]
    assert names(data) == ["cats"]
    assert ".b.z.gone" in names(data / "cats"), "pictures are not gone through: there may be a million"
    files.clear_leftovers(tmp_path, older=0)
    assert names(tmp_path / "members") == [".hidden", "a.part"]


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (errno.ENOSPC, "The disk is full. What was written before is kept"),
        (errno.EROFS, "its disk can only be read"),
        (errno.EACCES, "it is not yours. Set GANLAB_HOME"),
        (errno.EIO, "cannot be written (Input/output error)"),
    ],
)
def test_what_the_disk_refuses_is_a_sentence(tmp_path, monkeypatch, number, sentence):
    def refuse(*_):
        raise OSError(number, os.strerror(number), str(tmp_path / "a"))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(DiskError) as refused:
        files.write_bytes(tmp_path / "a", b"new")
    assert sentence in str(refused.value)
    assert refused.value.errno == number
    assert names(tmp_path) == []
