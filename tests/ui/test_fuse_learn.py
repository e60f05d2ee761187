"""The button Learned: a job of the command line fills in the weights of a mixture and says what they promise."""

import json
import sys

import pytest
from fakes import keep_member
from parts_visit import ended, healthy, visit
from studio_visit import studio, weigh

from ganlab.members import store
from ganlab.ui import jobs

ANSWER = {"weights": [0.6131, 0.3869], "mean_correlation": 0.93, "gain": 0.042, "best_member": "anna"}
LEARNING = """
import json, pathlib, sys, time
print(json.dumps({"doing": "drawing from anna", "share": 0.4, "left": 3.0}), file=sys.stderr, flush=True)
while not pathlib.Path(sys.argv[1]).exists():
    time.sleep(0.01)
print(sys.argv[2])
"""


@pytest.fixture(autouse=True)
def shipped(workspace, own_jobs, tmp_path, monkeypatch):
    monkeypatch.setattr(store, "shipped_folder", lambda: tmp_path / "pretrained")
    for seed, name in enumerate(("anna", "berta")):
        keep_member(name, seed=seed)


@pytest.fixture
def go(tmp_path, monkeypatch):
    """Verbs are done by a script that waits for the file which this returns."""
    path, answer = tmp_path / "go", json.dumps(ANSWER)
    monkeypatch.setattr(jobs, "verb", lambda *asked: (sys.executable, "-c", LEARNING, str(path), answer, *asked))
    return path


def page(rule="mixture", **query):
    return healthy(visit("fuse", fuse__members=["anna", "berta"], fuse__rule=rule, **query))


def weights(at):
    return studio(at)["weights"]


def captions(at):
    return "\n".join(each.value for each in at.caption)


def offered(at):
    return "fuse.learned" in {button.key for button in at.button}


def test_a_click_begins_a_job_whose_answer_moves_the_sliders_once(go):
    at = healthy(page().button(key="fuse.learned").click().run())
    (job,) = jobs.known()
    assert job.command[-6:] == ("forecast", "anna", "berta", "--json", "--progress", "json")
    assert weights(at) == [0.5, 0.5]
    go.touch()
    ended(job)
    at = healthy(at.run())
    assert weights(at) == [0.61, 0.39]
    assert "errors correlate by 0.93" in captions(at)
    assert "about 4% below that of anna alone" in captions(at)
    at = healthy(weigh(at, 0.5, 0.4))
    assert weights(at) == [0.5, 0.4]  # what the visitor sets afterwards stays


def test_who_did_not_ask_sees_the_promise_and_keeps_the_weights(go):
    go.touch()
    healthy(page().button(key="fuse.learned").click().run())
    (job,) = jobs.known()
    ended(job)
    other = page()
    assert weights(other) == [0.5, 0.5]
    assert "errors correlate by 0.93" in captions(other)
    assert "correlate" not in captions(page(rule="weighted_average"))


def test_only_weights_of_a_mixture_of_pictures_are_learned():
    assert offered(page())
    assert not offered(page(rule="weighted_average"))
    for seed, name in enumerate(("dots", "more")):
        keep_member(name, seed=seed, dataset="ring8", network="toy", latent_dim=2)
    at = healthy(visit("fuse", fuse__members=["dots", "more"], fuse__rule="mixture"))
    assert not offered(at)


def test_a_job_that_fails_says_why(monkeypatch):
    failing = "import sys; print('Nothing to learn from.', file=sys.stderr); sys.exit(4)"
    monkeypatch.setattr(jobs, "verb", lambda *asked: (sys.executable, "-c", failing, *asked))
    at = page().button(key="fuse.learned").click().run()
    (job,) = jobs.known()
    ended(job)
    at = at.run()
    assert not at.exception
    assert "Nothing to learn from" in at.error[0].value
    assert weights(at) == [0.5, 0.5]
