"""Measuring from Compare: by jobs that visitors share, may leave and may cancel, and whose faults are one sentence."""

import json
import sys
import threading
import time

import pytest
from compare_visit import chart, keep_three, page, texts
from measurements import measurement
from parts_visit import healthy

from ganlab.members import store
from ganlab.ui import jobs
from ganlab.ui.pages import compare_augment, compare_measure
from ganlab.ui.pages.compare_sets import Question

# Speaks as the verb does, and puts numbers on a card once a file is there.
VERB = """
import json, pathlib, sys, time
from ganlab.members import store
from ganlab.members.card import Measurement

go, answer, verb, name, *rest = sys.argv[1:]
options = dict(zip(rest[0:6:2], rest[1:6:2]))
print(json.dumps({"doing": "drawing", "share": 0.4, "left": 3.0}), file=sys.stderr, flush=True)
while not pathlib.Path(go).exists():
    time.sleep(0.01)
asked = {"n_fake": int(options["--n"]), "seed": int(options["--seed"]), "split": options["--split"]}
store.add_measurement(store.catalogue()[name], Measurement.read(json.dumps(json.loads(answer) | asked)))
"""
FAILING = "import sys; print('Only 9 real <b>pictures</b>.', file=sys.stderr); sys.exit(4)"


@pytest.fixture(autouse=True)
def shipped(workspace, own_jobs, tmp_path, monkeypatch):
    monkeypatch.setattr(store, "shipped_folder", lambda: tmp_path / "pretrained")


@pytest.fixture
def three():
    keep_three()


@pytest.fixture
def measured():
    keep_three(6.589, 8.1, 7.25)


@pytest.fixture
def go(tmp_path, monkeypatch):
    """Measuring is done by a script that waits for the file which this returns."""
    path = tmp_path / "go"
    say(monkeypatch, VERB, str(path), measurement(5.0).model_dump_json())
    return path


def say(monkeypatch, script, *arguments):
    """Let a script stand for the command line."""
    monkeypatch.setattr(jobs, "verb", lambda *asked: (sys.executable, "-c", script, *arguments, *asked))


def wait_until(condition):
    clock, deadline = threading.Event(), time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        clock.wait(0.01)


def test_one_click_measures_all_of_them(three, go):
    at = healthy(page())
    assert "None of these members has been measured" in texts(at)
    assert not at.dataframe
    at = healthy(at.button(key="compare.measure_now").click().run())
    assert [job.state for job in jobs.known()] == ["running", "waiting", "waiting"]
    first, _, third = jobs.known()
    wait_until(lambda: first.doing)
    at = healthy(at.run())
    told = [bar.proto.text for bar in at.get("progress")]
    assert told == [
        "**anna**: drawing, about 3 s left",
        "**berta** waits, place 1 in the queue",
        "**clara** waits, place 2 in the queue",
    ]
    assert "compare.measure_now" not in {button.key for button in at.button}
    go.touch()
    wait_until(lambda: not third.live)
    at = healthy(at.run())
    assert at.dataframe[0].value["fid"].tolist() == [5.0, 5.0, 5.0, 0.05]
    assert not at.get("progress")


def test_two_visitors_share_a_job_and_it_goes_on_without_them(three, go):
    page(members=["anna"]).button(key="compare.measure_now").click().run()
    other = healthy(page(members=["anna", "berta"]))
    assert [bar.proto.text.split("**")[1] for bar in other.get("progress")] == ["anna"]
    assert other.button(key="compare.measure_now").label.startswith("Measure 1 ")
    assert "Not measured like this" not in texts(other)
    assert len(jobs.known()) == 1


def test_cancelling_ends_the_process_and_offers_it_again(three, go):
    at = page(members=["anna"]).button(key="compare.measure_now").click().run()
    (job,) = jobs.known()
    wait_until(lambda: job.doing)
    at = healthy(at.run())
    at = healthy(at.button(key=f"compare.job.cancel.{job.number}").click().run())
    assert job.process.wait(30) != 0
    assert job.state == "cancelled"
    assert not at.get("progress")
    assert at.button(key="compare.measure_now").label.startswith("Measure 1 ")
    assert not store.catalogue()["anna"].card.metrics


def test_what_goes_wrong_is_one_sentence(three, monkeypatch):
    say(monkeypatch, FAILING)
    at = page(members=["anna"]).button(key="compare.measure_now").click().run()
    (job,) = jobs.known()
    wait_until(lambda: not job.live)
    at = at.run()
    assert [each.value.replace("\\", "") for each in at.error] == ["anna: Only 9 real <b>pictures</b>."]
    assert "<b>" not in at.error[0].value
    at = healthy(at.button(key=f"compare.job.forget.{job.number}").click().run())
    assert jobs.known() == []


def test_a_full_queue_is_told(three, monkeypatch):
    monkeypatch.setattr(jobs, "MOST_WAITING", 0)
    at = page(members=["anna"])
    at = at.button(key="compare.measure_now").click().run()
    assert "0 questions wait already" in at.error[0].value


def test_other_settings_are_another_set_of_numbers(measured, go):
    at = healthy(page(members=["anna", "berta"]))
    assert at.button(key="compare.measure_other").label == "Show them"
    at.select_slider(key="compare.n").set_value(500).run()
    at.number_input(key="compare.numbers_seed").set_value(7).run()
    assert at.button(key="compare.measure_other").label.startswith("Measure 2 ")
    at = healthy(at.button(key="compare.measure_other").click().run())
    assert "nobody measured yet" in " ".join(at.selectbox(key="compare.set").options)
    assert not at.dataframe
    go.touch()
    wait_until(lambda: not any(job.live for job in jobs.known()))
    at = healthy(at.run())
    assert at.selectbox(key="compare.set").value == "digits-classifier,500,360,test,7"
    assert at.query_params["compare.set"] == "digits-classifier,500,360,test,7"
    assert at.dataframe[0].value["fid"].tolist() == [5.0, 5.0, 0.05]


def test_the_verb_is_asked_for_all_that_makes_the_numbers():
    asked = compare_measure.command("anna", Question("digits-inpainter", 2_000, None, "validation", 3))
    assert asked == (
        *jobs.verb("evaluate", "anna", "--n", "2000", "--seed", "3", "--split", "validation"),
        *("--extractor", "digits-inpainter", "--json", "--progress", "json"),
    )


def test_augmentation_shows_its_arms_and_the_verdict(measured, monkeypatch):
    arms = {
        name: {"accuracy": value, "low": value - 0.02, "high": value + 0.02, "accuracies": [value] * 3}
        for name, value in {"few": 0.7, "shifted": 0.8, "added": 0.75}.items()
    }
    answer = {
        "helps": False,
        "verdict": "Adding 200 pictures of berta does not help <b>beyond</b> chance.",
        "arms": arms,
        "n_test": 360,
        "per_class": 10,
        "seeds": [0, 1, 2],
        "labels": "few",
    }
    asked = []

    def command(*values):
        asked.append(values)
        return (sys.executable, "-c", f"print({json.dumps(json.dumps(answer))})", *map(str, values))

    monkeypatch.setattr(compare_augment, "command", command)
    at = healthy(page())
    at.selectbox(key="compare.augment_member").set_value("berta").run()
    at.select_slider(key="compare.per_class").set_value(10).run()
    at = healthy(at.button(key="compare.find_out").click().run())
    assert asked[-1] == ("berta", 10, 1_000, 3, "few")
    (job,) = jobs.known()
    wait_until(lambda: not job.live)
    at = healthy(at.run())
    assert "does not help \\<b\\>beyond" in at.info[0].value
    bar = chart(at, "compare.augment_bars")["data"][0]
    assert bar["x"] == pytest.approx([70, 80, 75])
    assert bar["error_x"]["array"] == pytest.approx([2, 2, 2])
    assert at.button(key="compare.find_out").disabled
    assert compare_augment.command is command


def test_the_verb_of_augmentation_says_labels_only_when_asked_to():
    assert compare_augment.command("anna", 20, 1_000, 3, "few") == jobs.verb(
        *("augment", "anna", "--per-class", "20", "--added", "1000", "--seeds", "3", "--json", "--progress", "json")
    )
    assert "--labels" in compare_augment.command("anna", 20, 1_000, 3, "extractor")
