"""``examples``: real pictures for pages, kept by a process that may open any set."""

import json

import numpy as np
import pytest

from ganlab.cli import examples as verb
from ganlab.data import examples


def test_they_are_kept_and_told(call, workspace):
    code, out, err = call("examples", "digits", "--n", 30, "--json", "--progress", "json")
    assert code == 0
    assert json.loads(out) == {"dataset": "digits", "split": "test", "n": 30, "labelled": True}
    assert json.loads(err.splitlines()[0])["doing"] == "loading"
    assert len(examples.read("digits", (1, 8, 8)).images) == 30


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("ring8",), "points in the plane"),
        (("digitz",), "Did you mean 'digits'"),
        (("digits", "--n", "0"), "1 to 10,000"),
        (("digits", "--split", "all"), "test, validation, train"),
        (("cats64",), "nobody offers it"),
        (("folder:/nowhere",), "/nowhere"),
    ],
)
def test_what_cannot_be_had_is_a_sentence(call, workspace, words, said):
    code, _, err = call("examples", *words)
    assert code
    assert said in err.splitlines()[-1]


def test_what_is_fetched_so_far_is_counted(workspace):
    folder = workspace / "data" / ".fetching-x" / "MNIST"
    folder.mkdir(parents=True)
    assert verb._fetched() == 0
    np.save(folder / "a.npy", np.zeros(1000))
    assert verb._fetched() > 8000
