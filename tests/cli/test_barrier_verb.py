"""``barrier``, and weights learned for averaged parameters: the same numbers, told, written down and drawn with."""

import json

import numpy as np
import pytest
from fakes import keep_member
from PIL import Image

from ganlab.fusion import fuse, load
from ganlab.fusion.barrier import walking
from ganlab.fusion.soup import searching
from ganlab.images import to_uint8
from ganlab.metrics import shelf

FAMILY = ("f" * 64,)
FACTS = [
    "members",
    "relatives",
    "positions",
    "curve",
    "line",
    "height",
    "extractor",
    "n_fake",
    "n_real",
    "seed",
    "split",
]
SOUP = ["weights", "by", "members", "greedy", "distance", "trials", "extractor", "n_fake", "n_real", "seed", "split"]


@pytest.fixture
def trio(digits_seen):
    for seed, name in enumerate(("anna", "otto")):
        keep_member(name, seed=seed, lineage=FAMILY)
    keep_member("stranger", seed=5)
    return ["anna", "otto", "stranger"]


@pytest.fixture
def few(monkeypatch):
    """A trial draws 150 pictures, not 2,000."""
    from ganlab.fusion import soup

    monkeypatch.setattr(soup.searching, "__kwdefaults__", soup.searching.__kwdefaults__ | {"n": 150})


def opened():
    *_, found = shelf.opened("digits-classifier", "digits", (1, 8, 8))
    return found


def test_json_holds_the_curve_its_line_and_the_height(call, trio):
    code, out, err = call("barrier", "anna", "stranger", "--points", 4, "--n", 150, "--seed", 2, "--json")
    assert code == 0, err
    told = json.loads(out)
    assert list(told) == FACTS
    *_, known = walking(load("anna"), load("stranger"), *opened(), points=4, n=150, seed=2)
    assert told["positions"] == list(known.positions)
    assert (told["members"], told["relatives"]) == (["anna", "stranger"], False)
    for by in ("kid", "fid"):
        assert told["curve"][by] == list(known.curves[by])
        assert told["line"][by] == list(known.straight(by))
        assert told["height"][by] == known.height(by)
    facts = ("digits-classifier", 150, 180, 2, "validation")
    assert tuple(told[fact] for fact in ("extractor", "n_fake", "n_real", "seed", "split")) == facts


def test_people_read_a_table_and_the_height(call, trio):
    code, out, _ = call("barrier", "anna", "otto", "--points", 3, "--n", 150)
    assert code == 0
    assert "From anna to otto, relatives: 150 drawn at each point" in out
    assert len([row for row in out.splitlines() if row.strip().startswith(("0", "1"))]) == 3
    assert "Height of the barrier: KID " in out


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (("anna", "wide"), "but 'anna' has width 2 and 'wide' has 3"),
        (("anna", "plane"), "'plane' draws 'ring8'"),
        (("plane", "plane"), "no extractor looks at"),
        (("anna", "otto", "--points", 2), "points is 2; allowed: 3 to 33"),
        (("anna", "otto", "--n", 9), "9 pictures cannot be measured"),
        (("anna", "otto", "--seed", -1), "seed is -1; allowed"),
        (("anna", "nobody"), "No member is called 'nobody'"),
    ],
)
def test_what_cannot_be_walked_is_a_sentence(call, trio, asked, told):
    keep_member("wide", width=3, network="dcgan", critic_width=2)
    keep_member("plane", dataset="ring8", network="toy", latent_dim=2)
    code, out, err = call("barrier", *asked)
    assert code != 0
    assert told in err
    assert out == ""


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize(("word", "by"), [("learned", "kid"), ("learned:fid", "fid")])
def test_averaged_parameters_are_fused_with_learned_weights(call, trio, tmp_path, word, by):
    out = tmp_path / "soup.png"
    asked = ("anna", "otto", "--rule", "parameters", "--option", "coarse=0.5", "--weights", word)
    code, said, err = call("fuse", *asked, "--out", out, "--n", 4, "--save", "soup", "--json")
    assert code == 0, err
    told = json.loads(said)
    assert list(told["learned"]) == SOUP
    options = {"coarse": 0.5}
    *_, known = searching([load("anna"), load("otto")], *opened(), by, n=150, options=options)
    assert told["weights"] == told["learned"]["weights"] == list(known.weights)
    assert told["learned"]["distance"] == known.distance <= min(known.alone)
    assert "of the greedy soup" in err
    made = fuse(["anna", "otto"], "parameters", known.weights, options=options)
    assert load("soup").sample(3, 0).equal(made.sample(3, 0))
    with Image.open(out) as image:
        assert json.loads(image.info["ganlab"])["weights"] == list(known.weights)
        first = to_uint8(made.sample(1, 0))[0, :, :, 0]
        np.testing.assert_array_equal(np.asarray(image)[:8, :8], first)


def test_weights_of_strangers_and_of_other_rules_are_not_learned(call, trio, tmp_path):
    asked = ("fuse", "anna", "stranger", "--out", tmp_path / "x.png", "--weights", "learned")
    code, _, err = call(*asked, "--rule", "parameters")
    assert code != 0
    assert "share no ancestor" in err
    code, _, err = call(*asked, "--rule", "median")
    assert code != 0
    assert "Weights are learned for mixture and parameters, not for 'median'" in err
