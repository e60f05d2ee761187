import json

import numpy as np
import pytest
from fakes import keep_member

from ganlab.cli import exits

KEYS = [
    *("members", "weights", "estimator", "acceptance", "cost", "power", "candidates", "candidates_per_image"),
    *("auc", "log_loss", "held_out", "extractor", "kid_before", "kid_after", "helps", "n", "seed", "out", "verdict"),
]


@pytest.fixture
def two(home):
    for seed, name in enumerate(("anna", "otto")):
        keep_member(name, seed=seed)


def images(path):
    with np.load(path) as file:
        return file["images"]


@pytest.mark.parametrize("estimator", ["logistic", "critics"])
def test_json_holds_all_that_was_asked_and_found(call, two, digits_seen, tmp_path, estimator):
    out = tmp_path / "kept.npz"
    words = ("--weights", "3", "1", "--n", 100, "--cost", 2, "--estimator", estimator, "--out", out)
    code, said, err = call("select", "anna", "otto", *words, "--json", "--progress", "json")
    assert code == 0
    found = json.loads(said)
    assert list(found) == KEYS
    assert (found["members"], found["weights"], found["estimator"]) == (["anna", "otto"], [3, 1], estimator)
    assert found["candidates_per_image"] == found["candidates"] / 100 >= 2
    assert 0.4 < found["auc"] <= 1
    assert found["held_out"] == [36, 36]  # of 180 validation pictures, and as many drawn
    assert found["helps"] in (True, False)
    assert ("It helps" in found["verdict"]) is found["helps"]
    assert images(out).shape == (100, 8, 8, 1)
    assert json.loads(err.splitlines()[-2])["share"] == 1


def test_a_seed_is_its_bytes_and_more_begin_with_fewer(call, two, digits_seen, tmp_path):
    paths = [tmp_path / f"{place}.npz" for place in range(3)]
    for path, n in zip(paths, (60, 60, 9), strict=True):
        code, said, _ = call("select", "anna", "--n", n, "--estimator", "logistic", "--out", path)
        assert code == 0
        assert "candidates a picture; AUC" in said
        assert "cannot tell whether it helps" in said  # with fewer than 100
    assert paths[0].read_bytes() == paths[1].read_bytes()
    np.testing.assert_array_equal(images(paths[0])[:9], images(paths[2]))


def test_what_is_kept_can_be_measured_and_seen(call, two, digits_seen, tmp_path):
    out = tmp_path / "kept.npz"
    assert call("select", "anna", "--n", 120, "--estimator", "logistic", "--out", out)[0] == 0
    code, said, _ = call("evaluate", "--images", out, "--dataset", "digits", "--json")
    assert code == 0
    assert json.loads(said)[0]["n_fake"] == 120
    assert call("select", "anna", "--n", 4, "--estimator", "logistic", "--out", tmp_path / "kept.png")[0] == 0
    assert (tmp_path / "kept.png").stat().st_size > 100


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["ana"], 3, "No member is called 'ana'. Did you mean 'anna'?"),
        (["dots"], 4, "'dots' draws points: selection looks at pictures."),
        (["anna", "glyph"], 2, "Members of one dataset can be fused"),
        (["anna", "otto", "--weights", "1"], 2, "2 members need 2 weights, not 1."),
        (["anna", "--weights", "1"], 2, "Weights are of a mixture"),
        (["anna", "--n", "0"], 2, "n is 0; allowed: 1 to 100,000 pictures."),
        (["anna", "--seed", "-1"], 2, "seed is -1; allowed"),
        (["anna", "--estimator", "logistc"], 3, "Did you mean 'logistic'?"),
        (["anna", "--accept", "rejecting"], 3, "Did you mean 'rejection' or 'soft_rejection'?"),
        (["anna", "--cost", "0"], 2, "cost is 0; allowed: 1 to 100 candidates a picture."),
        (["anna", "--power", "0"], 2, "power is 0.0; allowed"),
        (["baseline", "--estimator", "critics"], 4, "No member of 'baseline' has a critic"),
        (["anna", "--device", "gpu"], 2, "No device 'gpu'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_can_be_mended_is_one_sentence(call, two, digits_seen, tmp_path, words, code, sentence):
    from ganlab.members import store
    from ganlab.members.card import Card

    keep_member("dots", seed=2, dataset="ring8", network="toy", latent_dim=2)
    keep_member("glyph", seed=3, dataset="glyphs")
    store.keep(Card(name="baseline", kind="noise", dataset="digits", shape=(1, 8, 8), latent_dim=1, parameters=0))
    found = call("select", *words, "--out", tmp_path / "kept.npz")
    assert found[0] == code, found
    assert sentence in found[2]
    assert len(found[2].splitlines()) == 1
    assert not (tmp_path / "kept.npz").exists()
    assert code in (exits.__dict__[name] for name in dir(exits) if name.isupper())


def test_the_ending_says_what_to_write(call, two, tmp_path):
    code, _, err = call("select", "anna", "--out", tmp_path / "kept.gif")
    assert code == 2
    assert "does not end in .png or .npz" in err
