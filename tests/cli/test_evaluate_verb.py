"""``evaluate`` on members and pictures small enough to be measured in a second."""

import json
import os
import shutil
import signal

import numpy as np
import pytest
from cli.conftest import start
from fakes import keep_fused, keep_member
from PIL import Image

from ganlab import files, load
from ganlab.cli import exits
from ganlab.cli.progress import watch
from ganlab.members import store
from ganlab.metrics import shelf
from ganlab.metrics.evaluate import MOST, evaluate, of_member

PROMISED = [
    *("member", "fid", "fid_low", "fid_high", "kid", "kid_std", "inception_score", "precision", "recall", "density"),
    *("coverage", "modes", "class_kl", "diversity", "sharpness", "extractor", "n_fake", "n_real", "split", "seed"),
    "fid_floor",
]
TOLD = {"member", "doing", "share", "seconds", "left"}


def rows_of(called):
    code, out, err = called
    assert code == 0, err
    rows = json.loads(out)
    assert all(list(row) == PROMISED for row in rows)
    return rows


def test_json_has_exactly_the_promised_keys_for_networks_and_fusions(call, digits_seen):
    keep_member("anna")
    keep_member("otto", seed=1)
    keep_fused("both", "anna", "otto")
    rows = rows_of(call("evaluate", "anna", "both", "anna", "--n", 200, "--seed", 3, "--json"))
    assert [row["member"] for row in rows] == ["anna", "both"]
    for row in rows:
        asked = ("digits-classifier", 200, 180, "test", 3)
        assert tuple(row[fact] for fact in ("extractor", "n_fake", "n_real", "split", "seed")) == asked
        assert all(row[key] is not None for key in PROMISED)
        assert row["fid_low"] < row["fid"] < row["fid_high"]
        assert type(row["modes"]) is int
    assert rows[0]["fid"] != rows[1]["fid"]


def test_numbers_are_those_of_the_library(call, digits_seen):
    keep_member("anna")
    (row,) = rows_of(call("evaluate", "anna", "--n", 150, "--split", "validation", "--json"))
    *_, (extractor, reference) = shelf.opened("digits-classifier", "digits", (1, 8, 8))
    numbers = evaluate(of_member(load("anna"), 150, 0), extractor, reference, "validation", keep=False).numbers
    for name in ("fid", "kid", "precision", "recall", "density", "coverage", "class_kl", "diversity", "sharpness"):
        assert row[name] == numbers[name].value
    assert (row["fid_low"], row["fid_high"]) == (numbers["fid"].low, numbers["fid"].high)
    assert row["kid_std"] == numbers["kid_std"].value


def test_points_have_modes_and_no_distance(call):
    keep_member("dots", dataset="ring8", network="toy")
    (row,) = rows_of(call("evaluate", "dots", "--json"))
    assert (row["extractor"], row["n_fake"], row["modes"]) == ("exact density", 2_500, 0)
    without = {name for name, value in row.items() if value is None}
    assert without == set(PROMISED[1:11]) | {"class_kl", "diversity", "sharpness", "fid_floor"}
    _, out, _ = call("evaluate", "dots", "--n", 200)
    for measure in ("high quality", "log likelihood"):
        assert any(line.startswith(measure) for line in out.splitlines())
    assert store.catalogue()["dots"].card.metrics[0].numbers["high_quality"].value == 0


def test_numbers_are_stored_on_the_own_card_unless_not_wanted(call, digits_seen):
    keep_member("anna")
    rows_of(call("evaluate", "anna", "--n", 150, "--no-store", "--json"))
    assert store.catalogue()["anna"].card.metrics == ()
    (row,) = rows_of(call("evaluate", "anna", "--n", 150, "--json"))
    rows_of(call("evaluate", "anna", "--n", 150, "--json"))
    (measured,) = store.read_card(store.own_folder() / "anna").metrics
    assert measured.numbers["fid"].value == row["fid"]


def test_numbers_of_a_shipped_member_lie_beside_it(call, digits_seen, tmp_path, monkeypatch):
    keep_member("anna")
    shipped = tmp_path / "shipped"
    shipped.mkdir()
    shutil.move(store.own_folder() / "anna", shipped / "anna")
    monkeypatch.setattr(store, "shipped_folder", lambda: shipped)
    before = (shipped / "anna" / store.CARD).read_bytes()
    (row,) = rows_of(call("evaluate", "anna", "--n", 150, "--json"))
    assert (shipped / "anna" / store.CARD).read_bytes() == before
    listed = {each["name"]: each for each in json.loads(call("members", "--json")[1])}
    assert [each["numbers"]["fid"]["value"] for each in listed["anna"]["metrics"]] == [row["fid"]]


def test_features_once_seen_are_not_looked_at_again(call, digits_seen, home):
    keep_member("anna")
    (first,) = rows_of(call("evaluate", "anna", "--n", 150, "--json"))
    (kept,) = (home / "cache" / "features").glob("*.npz")
    assert rows_of(call("evaluate", "anna", "--n", 150, "--json")) == [first]
    with np.load(kept, allow_pickle=False) as file:
        arrays = dict(file)
    np.savez(kept, **(arrays | {"features": arrays["features"] + 1}))
    (moved,) = rows_of(call("evaluate", "anna", "--n", 150, "--json"))
    assert moved["fid"] > first["fid"] + 1


def test_pictures_from_a_file_and_from_a_folder_are_the_same(call, digits_seen, npz, real, tmp_path):
    path = npz(images=real[:200])
    folder = tmp_path / "drawn"
    folder.mkdir()
    for index, picture in enumerate(real[:200]):
        Image.fromarray(picture[:, :, 0]).save(folder / f"{index:04}.png")
    rows = [rows_of(call("evaluate", "--images", each, "--dataset", "digits", "--json")) for each in (path, folder)]
    assert [row["member"] for (row,) in rows] == ["real.npz", "drawn"]
    assert rows[0][0] | {"member": "drawn"} == rows[1][0]
    (row,) = rows[0]
    assert row["n_fake"] == 200
    assert row["modes"] == 10  # they are real
    assert row["precision"] > 0.8
    (row,) = rows_of(call("evaluate", "--images", path, "--dataset", "digits", "--n", 120, "--json"))
    assert row["n_fake"] == 120


def test_the_table_names_all_that_makes_a_number_a_number(call, digits_seen):
    keep_member("anna")
    code, out, _ = call("evaluate", "anna", "--n", 200, "--seed", 5)
    assert code == 0
    head, titles, *lines = out.splitlines()
    for part in ("anna", "200 drawn", "seed 5", "180 real", "test split", "digits-classifier"):
        assert part in head
    assert titles.split() == ["measure", "value", "95", "%", "real", "ones", "reach", "better"]
    told = {line[:15].strip(): line for line in lines}
    measured = store.catalogue()["anna"].card.metrics[0]
    fid = measured.numbers["fid"]
    for part in (f"{fid.value:.4g}", f"{fid.low:.4g} to {fid.high:.4g}", f"{measured.floors['fid']:.4g}", "lower"):
        assert part in told["fid"]
    assert told["recall"].endswith("higher")
    assert told["sharpness"].endswith("like real ones")
    assert any(line.startswith("Note: classes missing: ") for line in lines)  # an untrained member draws mush
    assert any(line.startswith("Note: With 200 against 180 pictures FID is too large: compare it") for line in lines)


def test_a_member_that_fails_is_told_and_the_others_go_on(call, digits_seen):
    for seed, name in enumerate(("anna", "bert", "otto")):
        keep_member(name, seed=seed)
    (store.own_folder() / "bert" / store.WEIGHTS).write_bytes(b"")
    code, out, err = call("evaluate", "anna", "bert", "otto", "--n", 150, "--json")
    assert code == exits.BROKEN
    assert [row["member"] for row in json.loads(out)] == ["anna", "otto"]
    assert "bert: Member 'bert' cannot be used: its weights.safetensors has 0 bytes" in err


def test_progress_for_programs_is_one_object_a_line(call, digits_seen):
    keep_member("anna")
    _, _, err = call("evaluate", "anna", "--n", 600, "--json", "--progress", "json")
    told = [json.loads(line) for line in err.splitlines()]
    assert all(set(each) == TOLD and each["member"] == "anna" for each in told)
    assert all(0 <= each["share"] <= 1 for each in told)
    assert (told[0]["doing"], told[0]["left"]) == ("loading", None)
    assert "drawing" in {each["doing"] for each in told}


def test_an_extractor_that_is_not_there_is_made_with_progress(call, nothing_shipped, monkeypatch):
    monkeypatch.setattr("ganlab.metrics.make._QUICK", 200)  # a few steps
    keep_member("anna")
    code, _, err = call("evaluate", "anna", "--n", 150, "--extractor", "digits-inpainter", "--progress", "json")
    assert code == 0
    assert "making extractor digits-inpainter" in {json.loads(line)["doing"] for line in err.splitlines()}
    assert "digits-inpainter" in shelf.places()


def test_pictures_are_measured_beside_a_folder_of_real_ones(call, tmp_path, real, monkeypatch):
    monkeypatch.setattr("ganlab.metrics.make._QUICK", 200)
    for name, some in (("real", real), ("drawn", real[:120])):
        (tmp_path / name).mkdir()
        for index, picture in enumerate(some):
            Image.fromarray(picture[:, :, 0]).save(tmp_path / name / f"{index:04}.png")
    words = ("--images", tmp_path / "drawn", "--dataset", f"folder:{tmp_path / 'real'}")
    (row,) = rows_of(call("evaluate", *words, "--json"))
    assert (row["n_fake"], row["n_real"]) == (120, 144)
    assert row["extractor"].startswith("folder-")


class Measuring:
    """The real command, told to measure more than anyone will wait for."""

    def __init__(self, *members):
        self.process = start("-m", "ganlab", "evaluate", *members, "--n", str(MOST), "--json", "--progress", "json")
        self.said = []

    def wait_for(self, member, doing):
        while not (self.said and (self.said[-1]["member"], self.said[-1]["doing"]) == (member, doing)):
            self.said.append(json.loads(self.process.stderr.readline()))

    def end(self, number):
        """Send a signal; return exit code, standard output and the rest of standard error."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=30)
        return self.process.returncode, out, [line for line in err.splitlines() if not line.startswith("{")]


def leftovers(home):
    return [path for path in home.rglob("*") if path.name.endswith((".part", ".gone"))]


def test_the_signal_to_end_leaves_nothing_half_written(digits_seen, home):
    keep_member("anna")
    measuring = Measuring("anna")
    measuring.wait_for("anna", "drawing")
    code, out, err = measuring.end(signal.SIGTERM)
    assert (code, out, err) == (128 + signal.SIGTERM, "", [])
    assert leftovers(home) == []
    assert store.catalogue()["anna"].card.metrics == ()


def test_the_signal_to_end_clears_away_what_was_being_written(tmp_path):
    def work():
        with files.replacing(tmp_path / "numbers.npz") as part:
            part.write_bytes(b"half of it")
            assert leftovers(tmp_path)
            signal.raise_signal(signal.SIGTERM)
            yield "never"

    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(SystemExit) as end:
        watch("anna", work(), None)
    assert end.value.code == 128 + signal.SIGTERM
    assert list(tmp_path.iterdir()) == []
    assert signal.getsignal(signal.SIGTERM) is before


def test_ctrl_c_ends_and_what_was_measured_stays(digits_seen, home):
    keep_member("dots", dataset="ring8", network="toy")
    keep_member("anna")
    measuring = Measuring("dots", "anna")
    measuring.wait_for("anna", "drawing")
    code, out, err = measuring.end(signal.SIGINT)
    assert code == exits.INTERRUPTED
    assert [row["member"] for row in json.loads(out)] == ["dots"]
    assert err == ["Stopped at 'anna'. The numbers before it stay."]
    assert leftovers(home) == []
    found = store.catalogue()
    assert (len(found["dots"].card.metrics), len(found["anna"].card.metrics)) == (1, 0)


def test_a_bar_is_shown_on_a_terminal(digits_seen):
    import pty

    keep_member("anna")
    master, slave = pty.openpty()
    process = start("-m", "ganlab", "evaluate", "anna", "--n", "1000", stdin=slave, stderr=slave)
    os.close(slave)
    out = process.communicate(timeout=60)[0]
    shown = b""
    try:
        while part := os.read(master, 65_536):
            shown += part
    except OSError:  # Linux says so when the last program has closed the terminal
        pass
    os.close(master)
    assert process.returncode == 0
    assert out.startswith("anna: 1,000 drawn")
    assert b" s left" in shown
    assert "━".encode() in shown
