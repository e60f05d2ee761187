"""``walk``: a film of what a walk draws, made again from the recipe it carries, and what is no walk."""

import io
import json

import numpy as np
import pytest
from fakes import keep_member
from PIL import Image

from ganlab.fusion.walking import Walker
from ganlab.images import grid
from ganlab.members.film import recipe_in
from ganlab.spec import Walk

WALK = {"members": ["anna", "otto"], "corners": [{"seed": 0}, {"seed": 1}], "n": 4, "frames": 4, "tour": "once"}


@pytest.fixture(autouse=True)
def pair(home):
    keep_member("anna")
    keep_member("otto", seed=1)


def test_a_sheet_shows_the_walk_frame_by_frame(call, tmp_path):
    out = tmp_path / "x.png"
    code, told, _ = call("walk", json.dumps(WALK), "--out", out, "--json")
    assert code == 0
    assert json.loads(told)["frames"] == 4
    walker = Walker(Walk.read(WALK))
    frames = np.stack(list(walker.film(np.array([[0, 0], [1 / 3, 0], [2 / 3, 0], [1, 0]]))))
    with Image.open(out) as image:
        width = round((4 * 17 / 36 * 1.6) ** 0.5)
        assert np.array_equal(np.array(image), grid(frames, width, 3)[:, :, 0])


@pytest.mark.parametrize("suffix", [".png", ".gif", ".mp4"])
def test_what_it_wrote_is_a_recipe_that_makes_the_same_again(call, tmp_path, suffix):
    first, second = tmp_path / f"a{suffix}", tmp_path / f"b{suffix}"
    changed = ("--frames", 5, "--tour", "loop", "--rate", 10, "--truncation", 0.7)
    assert call("walk", json.dumps(WALK), "--out", first, *changed)[0] == 0
    assert call("walk", first, "--out", second)[0] == 0
    assert first.read_bytes() == second.read_bytes()
    told = json.loads(recipe_in(first.read_bytes()))
    assert (told["frames"], told["tour"], told["rate"], told["truncation"]) == (5, "loop", 10, 0.7)


def test_a_gif_has_its_frames(call, tmp_path):
    call("walk", json.dumps(WALK), "--out", tmp_path / "x.gif")
    with Image.open(io.BytesIO((tmp_path / "x.gif").read_bytes())) as image:
        assert image.n_frames == 4


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([json.dumps(WALK), "--out", "x.avi"], "does not end in .png or .gif or .mp4"),
        ([json.dumps(WALK | {"members": ["nobody"]}), "--out", "x.gif"], "No member is called 'nobody'"),
        ([json.dumps(WALK), "--out", "x.gif", "--frames", 1], "frames is 1"),
        ([json.dumps(WALK), "--out", "x.gif", "--tour", "far"], "tour is 'far'"),
        (["[]", "--out", "x.gif"], "cannot be read"),
    ],
)
def test_what_is_no_walk_is_refused_with_a_sentence(call, arguments, said):
    code, _, err = call("walk", *arguments)
    assert code > 0
    assert said in err
