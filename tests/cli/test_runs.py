"""``train`` and ``runs`` with real workers, kept few; what needs none has none."""

import io
import json
import os
import signal

import pytest

from ganlab import runs
from ganlab.cli import exits
from ganlab.cli.following import measures, words
from ganlab.fusion import load
from ganlab.members import store
from ganlab.spec import MemberSpec

TINY = ("--dataset", "ring8", "--network", "toy", "--batch-size", "8", "--log-every", "1")
ENDLESS = (*TINY, "--steps", "1000000", "--log-every", "5", "--preview-every", "1000000")


def test_train_follows_a_run_and_keeps_its_member(call):
    code, out, err = call("train", *TINY, "--steps", 6, "--seed", 3, "--name", "ring", "--json")
    assert code == 0
    shown = json.loads(out)
    assert (shown["state"], shown["step"], shown["steps"], shown["member"]) == ("finished", 6, 6, "ring")
    lines = err.splitlines()
    assert lines[0] == "Run '0001-toy-ring8'."
    assert lines[-2].startswith("finished, step 6 of 6, ")
    assert all(word in lines[-2] for word in (" images/s, 0:00:00 left, generator ", "critic "))
    assert lines[-1] == "Kept as member 'ring'."
    spec = store.catalogue()["ring"].card.spec
    assert (spec.seed, spec.steps, spec.batch_size) == (3, 6, 8)
    assert load("ring").sample(2, 0).shape == (2, 2)
    _, out, _ = call("runs", "show", 1, "--json")
    assert json.loads(out)["last"]["step"] == 6
    assert json.loads(out)["spec"] == spec.model_dump()


def test_a_detached_run_obeys_the_verbs(call):
    _, name, err = call("train", *ENDLESS, "--detach")
    assert (name, err) == ("0001-toy-ring8\n", "")
    for verb, state in (("pause", "paused"), ("resume", "running"), ("stop", "stopped")):
        code, out, _ = call("runs", verb, name.strip(), "--json")
        assert code == 0
        assert json.loads(out)["state"] == state
    code, out, err = call("runs", "follow", 1, "--json")
    assert code == exits.UNFINISHED  # it ended, before its end
    assert json.loads(out)["state"] == "stopped"
    code, out, err = call("runs", "keep", 1, "early", "--json")
    assert (code, json.loads(out)["name"], err) == (0, "early", "Kept as member 'early'.\n")
    code, out, err = call("runs", "delete", 1, "--yes")
    assert (code, out, err) == (0, "", "'0001-toy-ring8' is deleted.\n")
    assert runs.all_runs() == []


def test_a_training_that_fails_ends_with_its_sentence(call):
    broken = ("--objective", "wasserstein", "--clip", 10, "--learning-rate-generator", 1, "--learning-rate-critic", 1)
    code, out, err = call("train", *TINY, *broken, "--steps", 500, "--json")
    assert code == exits.UNFINISHED
    assert json.loads(out)["state"] == "failed"
    assert err.splitlines()[-1].startswith("The run is failed. Training failed at step")


def test_a_worker_that_is_killed_ends_the_following(call):
    call("train", *ENDLESS, "--detach")
    run = runs.find("1")
    os.kill(run.written_state().pid, signal.SIGKILL)
    code, _, err = call("runs", "follow", 1)
    assert code == exits.UNFINISHED
    assert err.splitlines()[-1].startswith("The run is interrupted. The worker is gone.")


def test_a_file_and_options_make_the_spec(call, tmp_path, no_workers):
    (tmp_path / "spec.json").write_text(
        json.dumps({"network": "toy", "dataset": "ring8", "steps": 70, "penalty": None})
    )
    call("train", "--spec", tmp_path / "spec.json", "--steps", 80, "--ema", 0, "--detach", "--device", "cpu")
    run = runs.find("1")
    assert run.spec() == MemberSpec(network="toy", dataset="ring8", steps=80, ema=0).resolved()
    assert run.state().device == "cpu"


def test_a_file_may_need_its_options(call, tmp_path, no_workers):
    """Neither the file's network nor the option's dataset is right alone."""
    (tmp_path / "spec.json").write_text('{"network": "toy"}')
    assert call("train", "--spec", tmp_path / "spec.json", "--detach")[0] == exits.USAGE
    assert call("train", "--spec", tmp_path / "spec.json", "--dataset", "spiral", "--detach")[0] == 0


@pytest.mark.parametrize(
    ("option", "field", "value"),
    [
        (["--no-spectral-norm", "--network", "dcgan"], "spectral_norm", False),
        (["--spectral-norm", "--network", "dcgan"], "spectral_norm", True),
        (["--learning-rate-critic", "1e-3"], "learning_rate_critic", 1e-3),
        (["--optimizer", "sgd", "--momentum", "0.5"], "momentum", 0.5),
        (["--augment", "shift"], "augment", "shift"),
        (["--diffaugment", "translation+cutout"], "diffaugment", "translation+cutout"),
        (["--feature-matching", "0.5"], "feature_matching", 0.5),
        (["--pack", "4"], "pack", 4),
        (["--minibatch-discrimination", "8"], "minibatch_discrimination", 8),
    ],
)
def test_options_are_typed_as_their_fields(call, no_workers, option, field, value):
    code, _, err = call("train", *option, "--detach")
    assert (code, err) == (0, "")
    assert getattr(runs.find("1").spec(), field) == value


@pytest.mark.parametrize("text", ["[1, 2]", "3", "{", "[" * 100_000, "\xff", '{"stepps": 3}'])
def test_a_file_that_is_no_spec_is_a_sentence(call, tmp_path, text):
    (tmp_path / "spec.json").write_bytes(text.encode("latin-1"))
    code, out, err = call("train", "--spec", tmp_path / "spec.json")
    assert (code, out) == (exits.USAGE, "")
    assert err.count("\n") == 1


def test_runs_are_listed_with_their_place_in_the_queue(call, no_workers):
    for dataset in ("ring8", "spiral"):
        call("train", "--dataset", dataset, "--network", "toy", "--detach")
    _, out, _ = call("runs", "--json")
    rows = json.loads(out)
    assert [row["position"] for row in rows] == [1, 2]
    assert [row["dataset"] for row in rows] == ["ring8", "spiral"]
    assert {"name", "state", "step", "steps", "network", "objective", "device", "message"} <= set(rows[0])
    _, out, _ = call("runs")
    assert [line.split()[:3] for line in out.splitlines()] == [
        ["name", "state", "step"],
        ["0001-toy-ring8", "queued", "0"],
        ["0002-toy-spiral", "queued", "0"],
    ]


def test_a_run_whose_spec_was_spoilt_is_still_listed(call, no_workers):
    call("train", "--dataset", "ring8", "--network", "toy", "--detach")
    (runs.find("1").folder / "spec.json").write_text("{}x")
    code, out, _ = call("runs", "--json")
    (row,) = json.loads(out)
    assert (code, row["dataset"]) == (0, None)
    assert "no JSON" in row["message"]
    assert call("runs", "show", 1)[0] == exits.USAGE


def test_what_a_run_cannot_do_is_a_sentence(call, no_workers):
    call("train", "--dataset", "ring8", "--network", "toy", "--detach")
    for verb in ("pause", "keep"):
        code, _, err = call("runs", verb, 1, *(["x"] if verb == "keep" else []))
        assert code == exits.UNFINISHED
        assert "is queued" in err
        assert err.count("\n") == 1


@pytest.mark.parametrize(("answer", "code", "left"), [("yes\n", 0, 0), ("\n", exits.INTERRUPTED, 1), ("", 2, 1)])
def test_deleting_a_run_asks_first(call, no_workers, monkeypatch, answer, code, left):
    call("train", "--dataset", "ring8", "--network", "toy", "--detach")
    monkeypatch.setattr("sys.stdin", io.StringIO(answer))
    given, out, err = call("runs", "delete", 1)
    assert (given, out) == (code, "")
    assert "Delete run '0001-toy-ring8' for good?" in err
    assert len(runs.all_runs()) == left


def test_scores_are_followed_and_shown(call):
    code, _, err = call("train", *TINY, "--steps", 12, "--score-every", 4)
    assert code == 0
    assert " modes" in err.splitlines()[-2]
    assert " near a heap, " in err.splitlines()[-2]
    shown = json.loads(call("runs", "show", 1, "--json")[1])
    assert [row["step"] for row in shown["scores"]] == [4, 8, 12]
    assert shown["scored_with"]["extractor"] == "exact density"
    assert [finding["kind"] for finding in shown["findings"]] == ["healthy"]
    code, _, err = call("runs", "keep", 1, "anna", "--which", "best")
    assert code == exits.UNFINISHED
    assert "no FID was taken" in err


def test_what_is_wrong_with_a_run_is_said_when_it_ends(call, no_workers):
    call("train", "--dataset", "ring8", "--network", "toy", "--detach")
    run = runs.find("1")
    rows = [{"event": "scored", "step": 10 * i, "modes": modes} for i, modes in enumerate([8, 8, 2, 1])]
    told = [{"event": "scoring", "real_modes": 8}, *rows]
    (run.folder / "events.jsonl").write_text("".join(json.dumps(row) + "\n" for row in told))
    run.stop()
    _, _, err = call("runs", "follow", 1)
    assert "Mode collapse: it draws 1 of 8 heaps, and drew 8 before. Try a lower learning rate" in err


def test_the_stages_of_a_run_are_followed_and_kept(call):
    shares = ("--pretrain", 1, "--join", 1, "--adversarial", 0, "--joint", 2)
    code, _, err = call("train", *TINY, "--objective", "vaegan", *shares, "--steps", 12)
    assert code == 0
    assert "finished, step 12 of 12, stage joint, " in err.splitlines()[-2]
    for which, steps in (("pretrain", 3), ("join", 6), ("joint", 12), ("last", 12)):
        code, out, _ = call("runs", "keep", 1, f"of-{which}", "--which", which, "--json")
        assert (code, json.loads(out)["name"], json.loads(out)["steps"]) == (0, f"of-{which}", steps)
    code, _, err = call("runs", "keep", 1, "none", "--which", "adversarial")
    assert code == exits.UNFINISHED
    assert "It has: last, pretrain, join." in err
    assert call("runs", "keep", 1, "none", "--which", "first")[0] == exits.UNKNOWN


def test_measures_are_told_in_words():
    event = {"fid": 12.345, "modes": 9.0, "diversity": 3.0, "best": True}
    assert measures(event) == "FID 12.3, 9 modes"
    assert measures({"modes": 7.0, "high_quality": 0.5}) == "50% near a heap, 7 modes"


def test_words_tell_rate_remaining_time_and_losses():
    spec = MemberSpec(steps=1_000, batch_size=64)
    event = {"step": 500, "images_per_second": 1_600.0, "generator_loss": 0.5, "critic_loss": -1.25}
    assert words(event, spec) == "1,600 images/s, 0:00:20 left, generator 0.500, critic -1.250"
    assert words({"step": 1, "critic_loss": None}, spec) == "- images/s, - left, generator -, critic -"
    vae = MemberSpec(objective="elbo", steps=1_000, batch_size=64)
    event = {"step": 500, "generator_loss": 102.25, "reconstruction_loss": 78.06, "divergence": 24.19}
    assert words(event, vae) == "- images/s, - left, bound -102.2 (rebuilding 78.1 + divergence 24.2)"
    both = MemberSpec(objective="vaegan")
    event = {"step": 5, "critic_loss": 1.25, "reconstruction_loss": 78.06, "divergence": 24.19}
    told = "generator -, critic 1.250, rebuilding 78.1, divergence 24.2"
    assert words(event, both) == f"- images/s, - left, {told}"


def test_runs_are_written_for_tensorboard_until_they_end(call, tmp_path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    call("train", *TINY, "--steps", 30, "--detach")
    code, out, err = call("runs", "tensorboard", 1, "--to", tmp_path / "board", "--follow", "--json")
    assert code == 0
    told, run = json.loads(out), runs.find("1")
    assert run.state().state == "finished"
    assert err.splitlines()[-1] == f"Look at them: tensorboard --logdir {tmp_path / 'board'}"
    found = EventAccumulator(str(tmp_path / "board" / run.name)).Reload()
    steps = [row["step"] for row in run.history() if row["event"] == "step"]
    assert [each.step for each in found.Scalars("losses/generator_loss")] == steps
    assert told["runs"][0]["pictures"] == len(run.previews())
    code, out, _ = call("runs", "tensorboard", "--all", "--to", tmp_path / "board", "--json")
    assert json.loads(out)["runs"] == [{"name": run.name, "scalars": 0, "pictures": 0}]
