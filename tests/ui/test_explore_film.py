"""A walk taken along as a file, and the page put back from one."""

import io
import json

import numpy as np
import pytest
from explore_visit import data, do_verb, page, shipped, three  # noqa: F401 - fixtures
from parts_visit import healthy
from PIL import Image

from ganlab.images import png
from ganlab.members import store
from ganlab.members.directions import kept
from ganlab.members.film import recipe_in
from ganlab.spec import Walk
from ganlab.ui.pages import explore_pictures

pytestmark = pytest.mark.usefixtures("shipped", "three")
MEMBERS = ["vera", "berta"]
STATE = {
    "members": MEMBERS,
    "how": "fused",
    "rule": "mixture",
    "b1": 0.25,
    "kind": "plane",
    "curve": "linear",
    "c": 9,
    "n": 4,
    "x": 0.25,
    "y": 0.5,
    "truncation": 0.8,
    "along": "0,1.5",
}


def test_a_film_carries_its_recipe_and_brings_the_page_back(do_verb):  # noqa: F811
    name = explore_pictures.keep(np.full((8, 8, 1), 99, np.uint8))
    at = healthy(page(**STATE, picture_d=name, tool="film"))
    at.selectbox(key="explore.format").set_value("gif").run()
    at.selectbox(key="explore.rate").set_value(10).run()
    at.number_input(key="explore.seconds").set_value(1).run()
    do_verb()
    healthy(at.button(key="explore.draw_film").click().run())
    (shown,) = at.get("download_button")
    assert "MB" in shown.proto.label
    told = data(at)
    film = next((store.own_folder().parent / "films").glob("*.gif")).read_bytes()
    with Image.open(io.BytesIO(film)) as image:
        assert image.n_frames == 10
    walk = Walk.read(recipe_in(film))
    assert (walk.frames, walk.rate, walk.place, walk.truncation) == (10, 10, (0.25, 0.5), 0.8)
    assert (walk.blend.start, walk.blend.end) == ((1, 0), (0.25, 1))
    assert walk.corners[3].picture is not None
    assert np.linalg.norm(walk.shift) == pytest.approx(1.5, abs=1e-3)

    again = healthy(page(tool="film"))
    again.file_uploader(key="explore.dropped").upload("x.gif", film, "image/gif").run()
    healthy(again)
    back = data(again)
    for each in ("kind", "n", "names", "members", "seeds"):
        assert back[each] == told[each]
    assert {axis: back["place"][axis] for axis in ("x", "y", "truncation")} == {"x": 0.25, "y": 0.5, "truncation": 0.8}
    assert back["place"]["along"][-1] == pytest.approx(1.5, abs=1e-3)
    assert kept(store.catalogue()["vera"].card)[0].axis == pytest.approx(np.array(walk.shift) / 1.5, abs=1e-3)
    assert again.query_params["explore.picture_d"] == name
    assert again.query_params["explore.curve"] == "linear"
    assert [slider.value for slider in again.slider if slider.key.startswith("explore.b")] == [0.25, 1.0]


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (png(np.zeros((8, 8, 1), np.uint8)), "carries no recipe"),
        (png(np.zeros((8, 8, 1), np.uint8), {"member": "anna"}), "no field"),
        (png(np.zeros((8, 8, 1), np.uint8), {"members": ["nobody"], "kind": "seeds"}), "nobody"),
        (b"no film", "carries no recipe"),
    ],
)
def test_a_file_that_brings_nothing_back_is_told_and_changes_nothing(file, said):
    at = page(members=MEMBERS, tool="film")
    before = data(at)
    at.file_uploader(key="explore.dropped").upload("x.png", file, "image/png").run()
    assert said in at.error[0].value.replace("\\", "")
    assert data(at) == before


def test_a_recipe_is_shown_as_data_and_as_a_command():
    at = healthy(page(members=["anna"], tool="film", tour="random", tour_seed=3))
    recipe, command = (each.value for each in at.code)
    assert Walk.read(json.loads(recipe)).tour_seed == 3
    assert command == "python -m ganlab walk walk.json --out walk.mp4"
