import json

import numpy as np
import pytest
from fakes import keep_fused, keep_member
from PIL import Image

KEYS = [
    *("members", "fuse", "generators", "weights", "n_fake", "n_real", "seed", "split", "detector", "images", "limits"),
]


@pytest.fixture
def three(home):
    for seed, name in enumerate(("anna", "otto", "ida")):
        keep_member(name, seed=seed)


@pytest.fixture
def asked(call, three):
    """Calls the verb with few pictures; returns what it told as JSON."""

    def called(*words):
        code, said, err = call("detect", *words, "--n", 120, "--json", "--progress", "json")
        assert code == 0, err
        return json.loads(said)

    return called


def test_json_holds_all_that_was_asked_and_found(asked):
    told = asked("anna", "otto", "--unseen", "ida", "--fuse", "weighted", "--seed", 3)
    assert list(told) == KEYS
    assert (told["members"], told["fuse"], told["split"], told["seed"]) == (["anna", "otto"], "weighted", "test", 3)
    assert (told["n_fake"], told["n_real"], told["images"]) == (120, 120, [])
    assert sum(told["weights"].values()) == pytest.approx(1)
    found = {each["generator"]: each for each in told["generators"]}
    assert {name: each["seen"] for name, each in found.items()} == {"anna": True, "otto": True, "ida": False}
    for each in found.values():
        assert 0 <= each["auc_low"] <= each["auc"] <= each["auc_high"] <= 1
        assert list(each["critics"]) == ["anna", "otto"]
        assert np.trapezoid(each["roc"]["found"], each["roc"]["alarms"]) == pytest.approx(each["auc"], abs=0.01)
    assert "no proof" in told["limits"]


def test_a_seed_is_its_numbers(asked):
    words = ("anna", "--unseen", "otto")
    assert asked(*words) == asked(*words)
    assert asked(*words, "--seed", 1)["generators"] != asked(*words)["generators"]


def test_a_majority_of_one_is_that_one(asked):
    for way in ("majority", "weighted", "average"):
        (own,) = asked("anna", "--fuse", way)["generators"]
        assert own["auc"] == pytest.approx(own["critics"]["anna"], abs=1e-9)


def test_a_fusion_votes_with_the_critics_of_its_members(asked):
    keep_fused("both", "anna", "otto")
    told = asked("both", "anna", "--unseen", "ida")
    assert list(told["weights"]) == ["anna", "otto"]
    assert [each["generator"] for each in told["generators"]] == ["both", "anna", "ida"]


@pytest.mark.parametrize("way", ["average", "majority"])
def test_given_pictures_get_the_chances_that_the_detector_tells(asked, tmp_path, npz, way):
    from ganlab.fusion import load
    from ganlab.fusion.detector import of_facts
    from ganlab.fusion.looks import by_critics

    pixels = np.random.default_rng(0).integers(0, 256, (3, 8, 8, 1), dtype=np.uint8)
    folder = tmp_path / "own"
    folder.mkdir()
    Image.fromarray(pixels[0, :, :, 0]).save(folder / "a.png")
    Image.fromarray(pixels[1, :, :, 0]).resize((40, 30)).convert("RGB").save(folder / "b.png")
    (folder / "notes.txt").write_text("no picture")
    file = npz(images=pixels)
    told = asked("anna", "otto", "--images", folder, folder / "a.png", file, "--fuse", way)
    given = told["images"]
    assert [each["picture"] for each in given] == [
        *(f"{folder}/a.png", f"{folder}/b.png", str(folder / "a.png")),
        *(f"{file}/{place}" for place in range(3)),
    ]
    rows = by_critics([load("anna"), load("otto")])(pixels)
    expected = of_facts(told["detector"])(rows)
    np.testing.assert_allclose([each["generated"] for each in given[3:]], expected, rtol=1e-6)
    assert given[0]["generated"] == given[2]["generated"] == pytest.approx(expected[0], rel=1e-6)
    assert all(list(each["critics"]) == ["anna", "otto"] for each in given)


def test_people_read_a_table_and_what_it_cannot_promise(call, three, npz):
    file = npz(images=np.zeros((1, 8, 8, 1), np.uint8))
    words = ("--unseen", "ida", "--fuse", "weighted", "--n", 100, "--images", file)
    code, said, _ = call("detect", "anna", "otto", *words)
    assert code == 0
    head, weights, titles, *lines = said.splitlines()
    assert head == "100 drawn by each with seed 0 against 100 real ones of the test split; weighted of 2 critics"
    assert weights.startswith("weights: anna ")
    assert titles.split("  ")[0] == "generator"
    assert [line.split()[:2] for line in lines[:3]] == [["anna", "yes"], ["otto", "yes"], ["ida", "no"]]
    assert "a probability is no proof" in lines[-1]


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["ana"], 3, "No member is called 'ana'. Did you mean 'anna'?"),
        (["anna", "--unseen", "idda"], 3, "No member is called 'idda'"),
        (["dots"], 4, "'dots' draws points: a detector looks at pictures."),
        (["anna", "glyph"], 2, "Members of one dataset can be fused"),
        (["anna", "--unseen", "glyph"], 2, "Members of one dataset can be fused"),
        (["anna", "baseline"], 4, "'baseline' has no critic that could vote: name members that were trained with one"),
        (["anna", "pack"], 4, "The critic of 'pack' judges several pictures together"),
        (["anna", "--unseen", "ida", "anna"], 2, "'anna' is not unseen: the critic or the pictures of 'anna' take"),
        (["anna", "--unseen", "both"], 2, "'both' is not unseen: the critic or the pictures of 'anna' take part."),
        (["anna", "--fuse", "mean"], 2, "Votes are fused by 'mean'; allowed: average, weighted or majority."),
        (["anna", "--n", "99"], 2, "n is 99; allowed: 100 to 10,000 pictures."),
        (["anna", "--n", "10001"], 2, "n is 10,001; allowed"),
        (["anna", "--seed", "-1"], 2, "seed is -1; allowed"),
        (["anna", "--images", "none.png"], 4, "There is no file or folder 'none.png'."),
        (["anna", "--device", "gpu"], 2, "No device 'gpu'"),
        (["anna", "--progress", "bar"], 2, "--progress is 'bar'; allowed: json."),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_can_be_mended_is_one_sentence(call, three, words, code, sentence):
    from ganlab.members import store
    from ganlab.members.card import Card

    keep_member("dots", seed=2, dataset="ring8", network="toy", latent_dim=2)
    keep_member("glyph", seed=3, dataset="glyphs")
    keep_member("pack", seed=4, pack=2)
    keep_fused("both", "anna", "otto")
    store.keep(Card(name="baseline", kind="noise", dataset="digits", shape=(1, 8, 8), latent_dim=100, parameters=0))
    found = call("detect", *words)
    assert found[0] == code, found
    assert sentence in found[2]
    assert len(found[2].splitlines()) == 1
    assert found[1] == ""


@pytest.mark.parametrize(
    ("arrays", "sentence"),
    [
        ({"images": np.zeros((2, 9, 9, 1), np.uint8)}, "holds pictures [2, 9, 9, 1]; wanted are [n, 8, 8, 1]"),
        ({"pixels": np.zeros((2, 8, 8, 1), np.uint8)}, "pictures are looked for under 'images'"),
        ({"images": np.zeros((5_001, 8, 8, 1), np.uint8)}, "At most 5,000 pictures are taken at once"),
    ],
)
def test_pictures_that_cannot_be_voted_on_are_refused(call, three, npz, arrays, sentence):
    code, _, err = call("detect", "anna", "--images", npz(**arrays))
    assert code == 4
    assert sentence in err
    assert len(err.splitlines()) == 1
