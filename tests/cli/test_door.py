"""What holds for every verb: help without torch, exit codes, one sentence on standard error."""

import json
import os
import subprocess
import sys

import pytest
from cli.conftest import ROOT, start
from fakes import keep_member

from ganlab.cli import app, exits
from ganlab.cli.train import train
from ganlab.errors import (
    DataError,
    DeviceError,
    DiskError,
    FusionError,
    GanlabError,
    HubError,
    MemberError,
    MetricError,
    NotAllowed,
    RunError,
    SpecError,
    TrainingFailed,
    UnknownName,
)
from ganlab.spec import MemberSpec

VERBS = (
    "members",
    "train",
    "ensemble",
    "sample",
    "encode",
    "rules",
    "fuse",
    "forecast",
    "sweep",
    "barrier",
    "detect",
    "walk",
    "nearest",
    "evaluate",
    "fusion-table",
    "plane-table",
    "augment",
    "extractors",
    "examples",
    "runs",
    "export",
    "hub",
    "app",
)
QUICK = [
    *([*verb, "--help"] for verb in ([], *([verb] for verb in VERBS))),
    ["members", "show", "--help"],
    ["runs", "follow", "--help"],
    ["extractors", "make", "--help"],
    ["members"],
    ["members", "--json"],
    ["runs"],
    ["runs", "--json"],
    ["rules"],
    ["rules", "--json"],
    ["--version"],
]

# Runs the command line on the words after it, then says which heavy modules it loaded.
LOADED = """
import sys
from ganlab.cli import main
code = main(sys.argv[1:])
print(sorted({"torch", "streamlit", "torchvision", "sklearn"} & set(sys.modules)), code, file=sys.stderr)
"""


@pytest.mark.parametrize("words", QUICK, ids=" ".join)
def test_no_torch_for_help_and_lists(words):
    process = start("-c", LOADED, *words)
    assert process.communicate(timeout=60)[1].splitlines()[-1] == "[] 0"


def test_the_door_opens_about_as_fast_as_its_libraries():
    """A ratio of processor times, so that a slow or busy machine changes nothing: 2 to 4 here, above 20 with torch."""

    def seconds(*arguments):
        times = []
        for _ in range(5):
            begun = os.times()
            subprocess.run([sys.executable, *arguments], cwd=ROOT, check=True, capture_output=True)
            spent = os.times()
            times.append(spent.children_user + spent.children_system - begun.children_user - begun.children_system)
        return min(times)

    bare = seconds("-c", "import pydantic, typer")
    for words in (["--help"], ["members"], ["runs"], ["train", "--help"], ["evaluate", "--help"]):
        assert seconds("-m", "ganlab", *words) < 6 * bare


@pytest.mark.parametrize(
    "words", [*((verb,) for verb in VERBS if verb not in ("hub", "app")), ("hub", "push"), ("hub", "pull")]
)
def test_every_verb_has_help_with_json_and_exit_codes(call, words):
    code, out, _ = call(*words, "--help")
    assert code == 0
    assert "--json" in out
    assert "Exit codes: 0 done;" in out


def test_the_verbs_are_those_of_the_help_in_its_order(call):
    _, out, _ = call("--help")
    lines = out[out.index("Commands:") : out.index("Exit codes")].splitlines()[1:]
    assert tuple(line.split()[0] for line in lines if line.strip()) == VERBS
    names = {command.name for command in app.registered_commands} | {group.name for group in app.registered_groups}
    assert names == set(VERBS)


def test_every_error_has_an_exit_code_of_its_kind():
    codes = {
        SpecError: 2,
        FusionError: 2,
        DeviceError: 2,
        UnknownName: 3,
        MemberError: 4,
        DataError: 4,
        MetricError: 4,
        HubError: 4,
        NotAllowed: 4,
        RunError: 5,
        GanlabError: 4,
    }
    assert {kind: exits.code_of(kind("so")) for kind in codes} == codes
    assert set(GanlabError.__subclasses__()) <= {*codes, TrainingFailed, DiskError}
    assert exits.code_of(DiskError(OSError(30, "Read-only file system"), "a")) == 4
    assert exits.code_of(TrainingFailed(3, "no.", "try.")) == 5


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["sample", "ana", "--out", "x.png"], 3, "No member is called 'ana'. Did you mean 'anna'?"),
        (["sample", "", "--out", "x.png"], 3, "No member is called ''."),
        (["sample", "anna", "--out", "x.jpg"], 2, "'x.jpg' does not end in .png or .npz"),
        (["sample", "anna", "--out", "x"], 2, "'x' does not end in .png or .npz"),
        (["sample", "anna", "--out", "x.png", "--n", "0"], 2, "n is 0; allowed: 1 to 10,000 pictures."),
        (["sample", "anna", "--out", "x.png", "--n", "10001"], 2, "an .npz holds up to 100,000"),
        (["sample", "anna", "--out", "x.png", "--seed", "-1"], 2, "seed is -1; allowed:"),
        (["sample", "anna", "--out", "x.png", "--truncation", "nan"], 2, "truncation is nan; allowed:"),
        (["sample", "anna", "--out", "x.png", "--label", "-7"], 2, "label is -7; allowed:"),
        (["sample", "anna", "--out", "x.png", "--label", "7"], 4, "'anna' cannot be asked for a class"),
        (["fuse", "anna", "otto"], 2, "Nothing to do: give --out FILE"),
        (["fuse", "anna", "oto", "--out", "x.png"], 3, "No member is called 'oto'. Did you mean 'otto'?"),
        (["fuse", "anna", "otto", "--rule", "avrage", "--out", "x.png"], 3, "Did you mean 'average'"),
        (["fuse", "anna", "--out", "x.png"], 2, "needs at least two members"),
        (["fuse", "--out", "x.png"], 2, "needs at least two members"),
        (["fuse", "anna", "otto", "--save", "anna"], 4, "There is a member called 'anna' already"),
        (["fuse", "anna", "otto", "--save", "Our Fusion"], 4, "'Our Fusion' is no name for a member"),
        (["fuse", "anna", "otto", "--save", ""], 4, "'' is no name for a member"),
        (["fuse", "--recipe", "none.json", "--out", "x.png"], 4, "'none.json' cannot be read"),
        (["fuse", "anna", "--recipe", "none.json", "--out", "x.png"], 2, "give either the file or these"),
        (["export", "anna"], 2, "Nothing to do: give --onnx FILE"),
        (["export", "--onnx", "x.onnx"], 2, "Give a member's name, or --recipe FILE"),
        (["export", "anna", "--recipe", "r.json", "--onnx", "x.onnx"], 2, "Give a member's name, or --recipe FILE"),
        (["export", "--recipe", "r.json", "--zip", "x.zip"], 2, "--zip packs a member that is kept"),
        (["export", "--recipe", "none.json", "--onnx", "x.onnx"], 4, "'none.json' cannot be read"),
        (["export", "anna", "--onnx", "x.pt"], 2, "'x.pt' does not end in .onnx"),
        (["export", "ana", "--zip", "x.zip"], 3, "Did you mean 'anna'?"),
        (["members", "show", "ana"], 3, "Did you mean 'anna'?"),
        (["members", "rename", "anna", "otto"], 4, "There is a member called 'otto' already"),
        (["members", "delete", "ana", "--yes"], 3, "Did you mean 'anna'?"),
        (["hub", "push", "ana", "me/ana"], 3, "Did you mean 'anna'?"),
        (["hub", "pull", "me/anna", "otto"], 4, "There is a member called 'otto' already"),
        (["hub", "pull", "me/anna", "x", "--as", "a=b"], 2, "Give either a NAME for it, or --as OLD=NEW"),
        (["runs", "tensorboard"], 2, "Give the names of runs, or --all."),
        (["runs", "show", "7"], 3, "No run is called '7'. There is no run yet."),
        (["train", "--steps", "0"], 2, "steps is 0; allowed:"),
        (["train", "--dataset", "mnisst"], 2, "Did you mean 'mnist'"),
        (["train", "--clip", "0.1"], 2, "does not belong to objective 'hinge'"),
        (["train", "--learning-rate-critic", "nan"], 2, "learning_rate_critic is nan; allowed:"),
        (["train", "--batch-size", "60000"], 2, "batch_size 60,000 is more than"),
        (["train", "--device", "gpu"], 2, "No device is called 'gpu'"),
        (["train", "--name", "otto"], 4, "There is a member called 'otto' already"),
        (["train", "--name", "x", "--detach"], 2, "--name waits for the end"),
        (["train", "--spec", "none.json"], 4, "'none.json' cannot be read"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_can_be_mended_is_one_sentence_and_an_exit_code(call, words, code, sentence):
    keep_member("anna")
    keep_member("otto", seed=1)
    given, out, err = call(*words)
    assert (given, out) == (code, "")
    assert sentence in err
    assert err.count("\n") == 1
    assert "Traceback" not in err


@pytest.mark.parametrize("words", [["fuze"], ["train", "--stepps", "3"], ["train", "--steps", "many"], ["sample"]])
def test_wrong_usage_shows_the_usage(call, words):
    code, out, err = call(*words)
    assert (code, out) == (exits.USAGE, "")
    assert err.startswith("Usage: python -m ganlab")


@pytest.mark.parametrize("where", ["taken.png/x.png", "folder.png"])
def test_a_file_that_cannot_be_written_is_a_sentence(call, tmp_path, where):
    keep_member("anna")
    (tmp_path / "taken.png").write_text("a file, no folder")
    (tmp_path / "folder.png").mkdir()
    code, _, err = call("sample", "anna", "--out", tmp_path / where)
    assert code == exits.BROKEN
    assert "cannot be written" in err
    assert err.count("\n") == 1


def test_a_workspace_that_cannot_be_made_is_a_sentence(call, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("GANLAB_HOME", str(tmp_path / "file"))
    code, _, err = call("train", "--steps", 3)
    assert code == exits.BROKEN
    assert "cannot be written" in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("python", [["-m"], ["-u", "-m"]], ids=["buffered", "unbuffered"])
def test_a_reader_that_leaves_is_no_trouble(python):
    keep_member("anna")
    process = start(*python, "ganlab", "members")
    process.stdout.close()
    assert process.stderr.read() == ""
    assert process.wait(60) == exits.UNHEARD
    process.stderr.close()


def test_a_terminal_that_lacks_letters_shows_their_numbers(tmp_path):
    keep_member("anna")
    environment = {"PYTHONIOENCODING": "ascii", "PYTHONPATH": str(ROOT), "GANLAB_HOME": os.environ["GANLAB_HOME"]}
    process = subprocess.run(
        [sys.executable, "-m", "ganlab", "sample", "anna", "--out", "grün.jpg"],
        env=environment,
        capture_output=True,
        check=False,
    )
    assert process.returncode == exits.USAGE
    assert process.stderr.startswith(rb"'gr\xfcn.jpg' does not end in")


def test_json_is_alone_on_standard_output(call, tmp_path):
    keep_member("anna")
    for words in (["members"], ["runs"], ["members", "show", "anna"], ["sample", "anna", "--out", tmp_path / "x.png"]):
        code, out, _ = call(*words, "--json")
        assert code == 0
        json.loads(out)


def test_train_has_an_option_for_every_field_of_the_spec(call):
    _, out, _ = call("train", "--help")
    for name, field in MemberSpec.model_fields.items():
        assert f"--{name.replace('_', '-')} " in out, name
        assert field.description.split()[0] in out
    assert set(MemberSpec.model_fields) < set(train.__annotations__)
