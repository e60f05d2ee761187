"""Scores of runs with real workers, extractors and pictures."""

import shutil
import subprocess
import sys

import pytest
from PIL import Image
from run_helpers import count, is_in, kill, tiny, wait_until

from ganlab import runs
from ganlab.errors import RunError
from ganlab.members import load_network
from ganlab.metrics import shelf
from ganlab.runs.folder import BEST, CHECKPOINT
from ganlab.spec import MemberSpec
from ganlab.training import Checkpoint
from ganlab.training.health import findings
from ganlab.training.scores import Scores
from ganlab.ui.pages.train_presets import PRESETS

SCORED = {"network": "mlp", "log_every": 20, "preview_every": 40, "checkpoint_every": 60, "score_every": 40}


MADE = """
import sys
from pathlib import Path
from ganlab.data import load_dataset
from ganlab.metrics import make, shelf
data = load_dataset("digits")
*_, extractor = make.make(data, "digits-classifier", "classifier", make.quick_epochs(data))
shelf.keep(extractor, data, Path(sys.argv[1]) / extractor.name)
"""


@pytest.fixture(scope="session")
def digits_extractor(tmp_path_factory):
    """A folder with an extractor of digits."""
    folder = tmp_path_factory.mktemp("extractors")
    subprocess.run([sys.executable, "-c", MADE, str(folder)], check=True)
    return folder


@pytest.fixture
def with_extractor(home, request):
    if "digits-classifier" not in shelf.places():
        shutil.copytree(request.getfixturevalue("digits_extractor"), home / "extractors")


def finished(run):
    wait_until(is_in(run, "finished"), timeout=180)
    return run


def scores(run):
    return [row for row in run.history() if row["event"] == "scored"]


def saved(run, path=CHECKPOINT):
    return Checkpoint.from_bytes((run.folder / path).read_bytes())


@pytest.mark.usefixtures("with_extractor")
def test_a_run_is_scored_says_with_what_and_keeps_its_best():
    run = finished(runs.create(MemberSpec(steps=200, **SCORED)))
    rows = scores(run)
    assert [row["step"] for row in rows] == [40, 80, 120, 160, 200]
    assert rows[0].keys() == {"event", "step", "best", "fid", "diversity", "modes", "nearness"}
    (with_what,) = [row for row in run.history() if row["event"] == "scoring"]
    facts = {"extractor": "digits-classifier", "n": 500, "n_real": 180, "split": "validation", "real_modes": 10}
    assert {name: with_what[name] for name in facts} == facts
    assert with_what["real_diversity"] > 1

    best = min(rows, key=lambda row: row["fid"])
    assert [row["step"] for row in rows if row["best"]][-1] == best["step"]
    assert Scores.of(saved(run)).fid == best["fid"]
    assert saved(run, BEST).facts["steps"] == best["step"]
    kept, last = run.keep("the-best", "best"), run.keep("the-last")
    assert (kept.card.steps, last.card.steps) == (best["step"], 200)
    again, drawn = load_network(kept).sample(4, 0), saved(run, BEST).tensors
    assert all(
        value.equal(drawn[f"average.{name}"]) for name, value in load_network(kept).network().state_dict().items()
    )
    assert again.isfinite().all()


@pytest.mark.usefixtures("with_extractor")
def test_a_killed_run_resumes_with_its_scores_and_stops_where_it_would_have():
    spec = MemberSpec(steps=2_000, patience=2, seed=1, **SCORED | {"checkpoint_every": 100_000})  # only best ones
    whole = finished(runs.create(spec))
    (enough,) = [row for row in whole.history() if row["event"] == "enough"]
    assert whole.state().message == enough["message"]
    assert enough["step"] == whole.state().step < 2_000
    killed = runs.create(spec)
    wait_until(lambda: count(killed, "scored") >= 2)
    kill(killed)
    wait_until(is_in(killed, "interrupted"), timeout=10)
    assert Scores.of(saved(killed)).step == saved(killed).facts["steps"]
    (killed.folder / BEST).unlink()  # as if the kill had come before it was written
    killed.resume()
    wait_until(lambda: count(killed, "started") == 2)
    assert (killed.folder / BEST).is_file()
    finished(killed)
    assert [row | {"event": ""} for row in scores(killed)] == [row | {"event": ""} for row in scores(whole)]
    assert killed.state().message == whole.state().message
    for which in ("last", "best"):
        assert killed.member(which).card.weights == whole.member(which).card.weights


def test_points_are_scored_by_their_density():
    run = finished(runs.create(tiny(score_every=4)))
    rows = scores(run)
    assert [row["step"] for row in rows] == [4, 8, 12]
    assert rows[0].keys() == {"event", "step", "best", "modes", "high_quality"}
    assert not any(row["best"] for row in rows)
    (with_what,) = [row for row in run.history() if row["event"] == "scoring"]
    assert (with_what["extractor"], with_what["real_modes"]) == ("exact density", 8)
    with pytest.raises(RunError, match=r"has no member 'best': no FID was taken\. It has: last\."):
        run.keep("anna", "best")


def test_where_nothing_can_be_scored_the_run_goes_on_and_says_so(tmp_path):
    pictures = tmp_path / "few"
    pictures.mkdir()
    for number in range(60):
        Image.new("L", (8, 8), number).save(pictures / f"{number}.png")
    spec = {"dataset": f"folder:{pictures}", "image_size": 8, "channels": 1, "batch_size": 8, "patience": 1}
    run = finished(runs.create(MemberSpec(steps=120, **SCORED, **spec)))
    assert [row["message"] for row in run.history() if row["event"] == "unscored"] == [
        "The run goes on without scores. Only 6 real pictures to measure against: at least 100 are needed."
    ]
    assert scores(run) == []
    assert run.state().step == 120
    assert run.member("best") is None


def told(run):
    """What is found of a run each time it was scored."""
    history, spec = run.history(), run.spec()
    places = [place for place, row in enumerate(history) if row["event"] == "scored"]
    return [[finding.kind for finding in findings(history[: place + 1], spec)] for place in places]


@pytest.mark.usefixtures("with_extractor")
def test_the_preset_that_collapses_is_told_to_collapse_and_the_first_gan_is_left_in_peace():
    collapsing = finished(runs.create(MemberSpec(**PRESETS["collapse"] | {"steps": 750})))
    first = finished(runs.create(MemberSpec(**PRESETS["first"] | {"steps": 750})))
    assert "collapse" in told(collapsing)[-1]
    assert told(collapsing)[:2] == [["healthy"]] * 2
    assert told(first) == [["healthy"]] * 6
