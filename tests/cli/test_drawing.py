"""``sample``, ``fuse`` and ``export``: what they write, and that the same seed gives the same bytes."""

import json
import zipfile

import numpy as np
import onnxruntime
import pytest
from cli.conftest import start
from fakes import keep_member
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from ganlab import seeds
from ganlab.cli.fuse import spread
from ganlab.fusion import fuse, load
from ganlab.images import grid, to_uint8
from ganlab.members import store
from ganlab.members.sheet import sheet


@pytest.fixture
def pair():
    keep_member("anna")
    keep_member("otto", seed=1)


def arrays(path):
    with np.load(path) as file:
        return dict(file)


def test_sample_writes_the_members_pictures(call, pair, tmp_path):
    out = tmp_path / "x.npz"
    assert call("sample", "anna", "--n", 5, "--seed", 3, "--truncation", 0.7, "--out", out)[0] == 0
    expected = to_uint8(load("anna").sample(5, 3, truncation=0.7))
    assert set(arrays(out)) == {"images"}
    assert arrays(out)["images"].dtype == np.uint8
    np.testing.assert_array_equal(arrays(out)["images"], expected)


def test_many_pictures_are_those_drawn_at_once(call, pair, tmp_path):
    out = tmp_path / "x.npz"
    call("sample", "anna", "--n", 1_100, "--out", out)
    np.testing.assert_array_equal(arrays(out)["images"], to_uint8(load("anna").sample(1_100, 0)))


def test_a_png_is_the_sheet_and_carries_its_recipe(call, pair, tmp_path):
    out = tmp_path / "deep" / "down" / "X.PNG"
    code, printed, _ = call("sample", "anna", "--n", 9, "--seed", 4, "--out", out, "--json")
    assert code == 0
    with Image.open(out) as picture:
        carried = json.loads(picture.text["ganlab"])
        np.testing.assert_array_equal(np.asarray(picture), grid(to_uint8(load("anna").sample(9, 4)))[:, :, 0])
    assert carried == {"member": "anna", "n": 9, "seed": 4}
    assert json.loads(printed) == carried | {"out": str(out)}


@pytest.mark.parametrize("suffix", [".png", ".npz"])
def test_the_same_seed_gives_the_same_bytes_in_another_process(call, pair, tmp_path, suffix):
    here, there, other = (tmp_path / f"{name}{suffix}" for name in ("here", "there", "other"))
    words = ["sample", "anna", "--n", 4, "--seed", 5]
    call(*words, "--out", here)
    process = start("-m", "ganlab", *map(str, words), "--out", str(there))
    assert process.communicate(timeout=60)[0] == ""
    call("sample", "anna", "--n", 4, "--seed", 6, "--out", other)
    assert here.read_bytes() == there.read_bytes() != other.read_bytes()


def test_points_are_written_as_points_and_scattered(call, tmp_path):
    keep_member("plane", dataset="ring8", network="toy", latent_dim=2)
    call("sample", "plane", "--n", 7, "--out", tmp_path / "x.npz")
    drawn = arrays(tmp_path / "x.npz")
    assert set(drawn) == {"points"}
    assert (drawn["points"].dtype, drawn["points"].shape) == (np.float32, (7, 2))
    assert call("sample", "plane", "--n", 7, "--out", tmp_path / "x.png")[0] == 0
    with Image.open(tmp_path / "x.png") as picture:
        assert json.loads(picture.text["ganlab"]) == {"member": "plane", "n": 7, "seed": 0}
        np.testing.assert_array_equal(np.asarray(picture), sheet(load("plane").sample(7, 0))[:, :, 0])


def test_fuse_draws_what_the_library_draws(call, pair, tmp_path):
    out = tmp_path / "x.npz"
    words = ["fuse", "anna", "otto", "--rule", "median", "--weights", 0.9, 0.2, "--n", 6, "--seed", 2, "--out", out]
    assert call(*words)[0] == 0
    expected = to_uint8(fuse(["anna", "otto"], "median", (0.9, 0.2)).sample(6, 2))
    np.testing.assert_array_equal(arrays(out)["images"], expected)


def test_a_picture_draws_itself_again_and_saving_changes_no_byte(call, pair, tmp_path):
    words = ["fuse", "anna", "otto", "--weights", 3, 1, "--rule", "mixture", "--n", 4, "--seed", 8, "--truncation", 0.5]
    a, b, c = (tmp_path / f"{name}.png" for name in "abc")
    assert call(*words, "--out", a)[0] == 0
    assert call(*words, "--out", b, "--save", "both")[0] == 0
    assert call("fuse", "--recipe", a, "--out", c)[0] == 0
    assert a.read_bytes() == b.read_bytes() == c.read_bytes()
    with Image.open(a) as picture:
        carried = json.loads(picture.text["ganlab"])
        drawn = fuse(["anna", "otto"], "mixture", (3, 1)).sample(4, 8, truncation=0.5)
        np.testing.assert_array_equal(np.asarray(picture), grid(to_uint8(drawn))[:, :, 0])
    recipe = {"members": ["anna", "otto"], "rule": "mixture", "weights": [3.0, 1.0]}
    assert carried == recipe | {"n": 4, "seed": 8, "truncation": 0.5}
    call("sample", "both", "--n", 4, "--seed", 8, "--truncation", 0.5, "--out", tmp_path / "kept.npz")
    np.testing.assert_array_equal(arrays(tmp_path / "kept.npz")["images"], to_uint8(drawn))


def test_a_recipe_out_of_json_gives_way_to_options(call, pair, tmp_path):
    recipe = {"members": ["anna", "otto"], "rule": "average", "n": 3, "seed": 8}
    (tmp_path / "r.json").write_text(json.dumps(recipe))
    assert call("fuse", "--recipe", tmp_path / "r.json", "--n", 2, "--out", tmp_path / "x.npz")[0] == 0
    expected = to_uint8(fuse(["anna", "otto"], "average").sample(2, 8))
    np.testing.assert_array_equal(arrays(tmp_path / "x.npz")["images"], expected)


def test_a_recipe_on_a_walk_is_drawn_where_it_stands(call, pair, tmp_path):
    recipe = {"members": ["anna", "otto"], "rule": "mixture", "n": 5, "seed": 1, "walk": {"to": 2, "t": 0.25}}
    (tmp_path / "r.json").write_text(json.dumps(recipe))
    assert call("fuse", "--recipe", tmp_path / "r.json", "--out", tmp_path / "x.npz")[0] == 0
    member = fuse(["anna", "otto"], "mixture")
    z = seeds.slerp(member.latents(5, 1), member.latents(5, 2), 0.25, width=member.walk_dim)
    np.testing.assert_array_equal(arrays(tmp_path / "x.npz")["images"], to_uint8(member.generate(z)))


def test_saving_alone_keeps_a_member_and_says_so(call, pair):
    code, out, err = call("fuse", "anna", "otto", "--save", "both", "--json")
    assert code == 0
    assert json.loads(out)["member"] == "both"
    assert err == "Kept as member 'both'.\n"
    assert store.catalogue()["both"].card.recipe.rule == "weighted_average"


@pytest.mark.parametrize(
    "text", ['{"members": ["anna", "otto"]}', "[1]", "{", '{"members": 3, "rule": "median"}', "[" * 5_000]
)
def test_a_file_without_a_recipe_is_refused(call, pair, tmp_path, text):
    (tmp_path / "r.json").write_text(text)
    code, _, err = call("fuse", "--recipe", tmp_path / "r.json", "--out", "x.png")
    assert code == 2
    assert "r.json' holds no recipe." in err
    assert err.count("\n") == 1


def test_a_png_without_a_recipe_is_refused(call, pair, tmp_path):
    call("sample", "anna", "--out", tmp_path / "alone.png")
    Image.new("L", (3, 3)).save(tmp_path / "foreign.png")
    for name in ("alone.png", "foreign.png"):
        code, _, err = call("fuse", "--recipe", tmp_path / name, "--out", "x.png")
        assert code == 2
        assert f"{name}' holds no recipe." in err
    (tmp_path / "broken.png").write_text("no png")
    code, _, err = call("fuse", "--recipe", tmp_path / "broken.png", "--out", "x.png")
    assert code == 4
    assert "broken.png' cannot be read" in err


@pytest.mark.parametrize(
    ("weights", "sentence"),
    [
        ([-1, 2], "A weight is a finite number of 0 or more, not -1.0."),
        (["nan", 1], "A weight is a finite number of 0 or more, not nan."),
        (["-inf", 1], "A weight is a finite number of 0 or more, not -inf."),
        ([0, 0], "At least one weight must be above 0."),
        ([1, 2, 3], "2 members need 2 weights, not 3."),
        ([1], "2 members need 2 weights, not 1."),
    ],
)
def test_weights_of_every_kind_reach_their_sentence(call, pair, weights, sentence):
    for words in (
        ["fuse", "anna", "otto", "--weights", *weights, "--out", "x.png"],
        ["fuse", "--weights", *weights, "anna", "otto", "--out", "x.png"],
        ["fuse", "--out", "x.png", "--weights", *weights, "--", "anna", "otto"],
    ):
        assert call(*words) == (2, "", f"{sentence}\n")


numbers = st.floats().map(str)
others = st.sampled_from(["anna", "--out", "x.png", "--seed", "-x", ""])


@given(st.lists(others), st.lists(numbers, min_size=1), st.lists(others))
def test_weights_are_spread_wherever_they_stand(before, weights, after):
    each = [f"--weights={weight}" for weight in weights]
    assert spread([*before, "--weights", *weights, *after], "--weights") == [*before, *each, *after]
    joined = [*before, f"--weights={weights[0]}", *weights[1:], *after]
    assert spread(joined, "--weights") == [*before, *each, *after]


def test_words_that_are_no_weights_stay_as_they_are():
    for words in (["a", "3", "--weights"], ["--", "--weights", "1", "2"], ["--n", "3", "7"], ["--weightsx", "1"]):
        assert spread(words, "--weights") == words
    assert spread(["--weights", "many", "2"], "--weights") == ["--weights=many", "--weights=2"]


def test_a_weight_that_is_no_number_is_named(call, pair):
    code, _, err = call("fuse", "anna", "otto", "--weights", "many", "2", "--out", "x.png")
    assert code == 2
    assert "'--weights'" in err


def test_export_writes_a_network_that_draws_the_same_of_a_member_and_of_a_recipe(call, pair, tmp_path):
    call("fuse", "anna", "otto", "--rule", "mixture", "--save", "both")
    code, out, _ = call("export", "both", "--onnx", tmp_path / "x.onnx", "--json")
    assert code == 0
    assert json.loads(out) == {"member": "both", "onnx": str(tmp_path / "x.onnx"), "zip": None}
    told = {"members": ["anna", "otto"], "rule": "mixture", "weights": [1.0, 1.0]}
    (tmp_path / "r.json").write_text(json.dumps(told | {"seed": 3}))
    code, out, _ = call("export", "--recipe", tmp_path / "r.json", "--onnx", tmp_path / "y.onnx", "--json")
    assert code == 0
    assert json.loads(out) == {"recipe": told, "onnx": str(tmp_path / "y.onnx"), "zip": None}
    member = load("both")
    z = member.latents(3, 1)
    for name in ("x", "y"):
        drawn = onnxruntime.InferenceSession(tmp_path / f"{name}.onnx").run(None, {"latent": z})[0]
        np.testing.assert_allclose(drawn, member.generate(z).numpy(), rtol=1e-3, atol=1e-9)


def test_export_packs_the_members_folder(call, pair, tmp_path):
    assert call("export", "anna", "--zip", tmp_path / "x.zip")[0] == 0
    with zipfile.ZipFile(tmp_path / "x.zip") as archive:
        assert sorted(archive.namelist()) == ["anna/card.json", "anna/weights.safetensors"]
        stored = store.catalogue()["anna"].folder / "card.json"
        assert archive.read("anna/card.json") == stored.read_bytes()
