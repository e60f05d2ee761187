"""Scores of runs with real workers, extractors and pictures."""

import json
import shutil
import subprocess
import sys

import pytest
from run_helpers import count, is_in, kill, tiny, wait_until

from ganlab import runs
from ganlab.errors import RunError
from ganlab.members import load_network
from ganlab.metrics import shelf
from ganlab.runs.folder import BEST, CHECKPOINT
from ganlab.spec import MemberSpec
from ganlab.training import Checkpoint
from ganlab.training.scores import Scores

SCORED = {"network": "mlp", "log_every": 20, "preview_every": 40, "checkpoint_every": 60, "score_every": 40}


@pytest.fixture(scope="session")
def digits_extractor(tmp_path_factory):
    """The folder of extractors of a workspace in which one of digits was made."""
    folder = tmp_path_factory.mktemp("extractors")
    made = (
        "import sys\n"
        "from pathlib import Path\n"
        "from ganlab.data import load_dataset\n"
        "from ganlab.metrics import make, shelf\n"
        "data = load_dataset('digits')\n"
        "*_, extractor = make.make(data, 'digits-classifier', 'classifier', 3)\n"
        "shelf.keep(extractor, data, Path(sys.argv[1]) / extractor.name)\n"
    )
    subprocess.run([sys.executable, "-c", made, str(folder)], check=True)
    return folder


@pytest.fixture
def with_extractor(home, digits_extractor):
    if "digits-classifier" not in shelf.places():
        shutil.copytree(digits_extractor, home / "extractors")


def finished(run):
    wait_until(is_in(run, "finished"))
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
    kept, last = run.keep("best", best=True), run.keep("last")
    assert (kept.card.steps, last.card.steps) == (best["step"], 200)
    again, drawn = load_network(kept).sample(4, 0), saved(run, BEST).tensors
    assert all(
        value.equal(drawn[f"average.{name}"]) for name, value in load_network(kept).network().state_dict().items()
    )
    assert again.isfinite().all()


@pytest.mark.usefixtures("with_extractor")
def test_a_killed_run_resumes_with_its_scores_and_stops_where_it_would_have():
    spec = MemberSpec(steps=2_000, patience=2, seed=1, **SCORED)
    whole = finished(runs.create(spec))
    (enough,) = [row for row in whole.history() if row["event"] == "enough"]
    assert whole.state().message == enough["message"]
    assert enough["step"] == whole.state().step < 2_000
    killed = runs.create(spec)
    wait_until(lambda: count(killed, "scored") >= 2)
    kill(killed)
    wait_until(is_in(killed, "interrupted"), timeout=10)
    if Scores.of(saved(killed)).step == saved(killed).facts["steps"]:
        (killed.folder / BEST).unlink()  # as if the kill had come before it was written
    killed.resume()
    finished(killed)
    assert [row | {"event": ""} for row in scores(killed)] == [row | {"event": ""} for row in scores(whole)]
    assert killed.state().message == whole.state().message
    for best in (False, True):
        assert killed.member(best).card.weights == whole.member(best).card.weights


def test_points_are_scored_by_their_density():
    run = finished(runs.create(tiny(score_every=4)))
    rows = scores(run)
    assert [row["step"] for row in rows] == [4, 8, 12]
    assert rows[0].keys() == {"event", "step", "best", "modes", "high_quality"}
    assert not any(row["best"] for row in rows)
    (with_what,) = [row for row in run.history() if row["event"] == "scoring"]
    assert (with_what["extractor"], with_what["real_modes"]) == ("exact density", 8)
    with pytest.raises(RunError, match=r"has no best member: no FID was taken\. Keep its last one"):
        run.keep("anna", best=True)


def test_where_no_extractor_can_be_had_the_run_goes_on_and_says_so(home):
    (home / "extractors").mkdir()
    broken = home / "extractors" / "digits-classifier"
    broken.mkdir()
    card = {"name": "digits-classifier", "kind": "classifier", "dataset": "digits", "shape": [1, 8, 8], "features": 64}
    (broken / "card.json").write_text(json.dumps(card))
    if shelf.places()["digits-classifier"].shipped:
        pytest.skip("the shipped extractor of digits comes first")
    run = finished(runs.create(MemberSpec(steps=120, **SCORED)))
    told = [row["message"] for row in run.history() if row["event"] == "unscored"]
    assert told == [
        "The run goes on without scores. Extractor 'digits-classifier' cannot be used: "
        "its weights.safetensors is not the one its card describes."
    ]
    assert scores(run) == []
    assert run.member(best=True) is None
