"""Below the canvas: directions, real pictures, pictures of the visitor's; all as the library has them."""

import base64
import json

import numpy as np
import pytest
from explore_visit import ask, data, do_verb, drawn, page, shipped, three  # noqa: F401 - fixtures
from fakes import keep_fused
from parts_visit import ended, healthy

from ganlab.data import examples, load_dataset
from ganlab.files import home
from ganlab.fusion import load
from ganlab.fusion.walking import Walker
from ganlab.images import from_uint8, png, to_uint8
from ganlab.members import store
from ganlab.members.atlas import atlas
from ganlab.members.directions import keep, kept, principal
from ganlab.members.layers import seen
from ganlab.members.rebuild import rebuilt
from ganlab.spec import Walk
from ganlab.ui import jobs
from ganlab.ui.pages import explore_pictures

pytestmark = pytest.mark.usefixtures("shipped")


@pytest.mark.usefixtures("three")
def test_sliders_move_along_the_directions_and_a_mixture_is_kept_under_a_name():
    anna = store.catalogue()["anna"].card
    keep(anna, "slant", [0, 0, 1.0, 0, 0, 0])
    at = healthy(page(members=["anna"], tool="directions", along="0,1.5,0,0,0,0,-2"))
    told = data(at)
    assert told["directions"][-1] == "slant"
    assert told["place"]["along"] == [0, 1.5, 0, 0, 0, 0, -2]
    found = principal(load("anna"))
    shift = 1.5 * found.axes[1]
    shift[2] -= 2
    walk = Walk.read({"members": ["anna"], "corners": [{"seed": 0}, {"seed": 1}]})
    pixels, _ = ask(told["address"], x=0.5, along=told["place"]["along"])
    assert np.array_equal(pixels, drawn(Walker(walk).step(0.5, 0, shift=shift)))
    at.text_input[0].set_value("thick").run()
    at.button(key="explore.keep_direction").click().run()
    assert [each.name for each in kept(anna)] == ["slant", "thick"]
    assert np.allclose(kept(anna)[1].axis, shift / np.linalg.norm(shift), atol=1e-5)
    assert data(at)["place"]["along"] == []
    at.button(key="explore.drop_direction0").click().run()
    assert data(at)["directions"][-1] == "thick"
    at.button(key="explore.keep_direction").click().run()  # all sliders stand at 0
    assert "no direction" in at.error[0].value


@pytest.mark.usefixtures("three")
def test_nearest_training_pictures_are_found_by_a_job(do_verb):  # noqa: F811
    at = healthy(page(members=["anna", "vera"], tool="nearest", row=3, x=1))
    do_verb()
    at.button(key="explore.nearest_find").click().run()
    (job,) = jobs.known()
    ended(job)
    at.run()
    first, second = (each.proto.body for each in at.get("html"))
    found = json.loads(job.answer)
    assert Walk.read(job.command[job.command.index("nearest") + 1]).place == (1, 0)
    assert {row["picture"] for row in found["rows"]} == {3}
    assert "anna" in first
    assert "vera" in second
    assert first.count("<img") == 8
    assert f"{found['rows'][6]['class']} · {found['rows'][6]['error']:.0f}" in first
    shown = to_uint8(load("anna").sample(16, 1)[3:4])[0]
    assert base64.b64encode(png(shown)).decode() in first


@pytest.mark.usefixtures("three")
def test_who_has_no_layer_of_its_own_has_no_directions():
    keep_fused("both", "anna", "berta")
    at = healthy(page(members=["both"], tool="directions"))
    assert data(at)["directions"] == []
    assert "no single network" in at.info[0].value


def picture(seed=0):
    return np.random.default_rng(seed).integers(0, 256, (8, 8, 1), np.uint8)


@pytest.mark.usefixtures("three")
def test_an_uploaded_picture_is_rebuilt_by_who_encodes_and_becomes_a_corner():
    at = healthy(page(members=["vera", "anna"], tool="picture", source="upload"))
    at.file_uploader[0].upload("x.png", png(picture()), "image/png").run()
    told = "".join(each.proto.body for each in at.get("html"))
    _, error = rebuilt(load("vera"), from_uint8(picture()[None]))
    assert f"vera · {float(error[0]) ** 0.5 * 127.5:.0f}" in told
    assert any("Without an encoder: anna" in each.value for each in at.caption)
    at.button(key="explore.picture_walk_from_a").click().run()
    text = base64.b64encode(png(picture())).decode()
    walk = Walk.read({"members": ["vera", "anna"], "corners": [{"picture": text}, {"seed": 1}]})
    pixels, _ = ask(data(at)["address"], x=0.2)
    assert np.array_equal(pixels, drawn(Walker(walk).step(0.2, 0)))
    again = healthy(page(members=["vera", "anna"], picture_a=at.query_params["explore.picture_a"]))
    assert data(again)["address"] == data(at)["address"]
    again.button(key="explore.take_a").click().run()
    assert data(again)["address"] == data(healthy(page(members=["vera", "anna"])))["address"]


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize("name", ["0" * 20, "../../../etc/passwd", "missing"])
def test_a_link_to_a_picture_that_is_not_kept_is_told(name):
    at = healthy(page(picture_b=name))
    assert "picture at B" in at.warning[0].value
    assert "explore.picture_b" not in at.query_params


@pytest.mark.usefixtures("three")
def test_a_file_that_is_no_picture_is_refused_with_a_sentence():
    at = page(members=["vera"], tool="picture", source="upload")
    at.file_uploader[0].upload("x.png", b"no picture", "image/png").run()
    assert "give a PNG, JPEG or WebP" in at.error[0].value.replace("\\", "")


@pytest.mark.usefixtures("three")
def test_real_pictures_are_got_once_and_then_chosen(do_verb):  # noqa: F811
    at = healthy(page(members=["vera"], tool="picture", source="real"))
    do_verb()
    at.button(key="explore.get_real").click().run()
    ended(jobs.known()[0])
    at.run()
    (number,) = [each for each in at.number_input if each.key == "explore.real"]
    number.set_value(3).run()
    at.button(key="explore.picture_walk_from_b").click().run()
    kept = explore_pictures.find(at.query_params["explore.picture_b"], (1, 8, 8))
    real = examples.read("digits", (1, 8, 8)).images[3]
    assert base64.b64decode(kept) == png(real)


def atlas_of(at):
    """What the map is given: the second component of the page."""
    return json.loads(at.get("bidi_component")[1].proto.json)


@pytest.mark.usefixtures("three")
def test_the_map_draws_what_lies_under_the_pointer():
    kept = examples.keep(load_dataset("digits"), n=60)
    at = healthy(page(members=["anna", "vera"], tool="map"))
    told = atlas_of(at)
    assert (len(told["points"]), told["labels"]) == (60, kept.labels.tolist())
    vera = load("vera")
    codes = vera.encode(from_uint8(kept.images)).numpy()
    made = atlas(codes, "pca")
    middle = (made.places.max(0) + made.places.min(0)) / 2
    half = np.ptp(made.places, axis=0).max() / 2 * 1.04
    assert np.allclose(np.array(told["points"]) * half + middle, made.places, atol=half * 1e-3)
    x, y = middle + half * np.array([0.3, -0.2])
    pixels, head = ask(told["address"], x=0.3, y=-0.2)
    assert np.array_equal(pixels[0], to_uint8(vera.generate(made.at(x, y)[None]))[0])
    assert head["row"] == made.nearest(x, y)
    assert np.array_equal(pixels[1], kept.images[head["row"]])
    at.session_state["explore.map"] = {"picked": 5}
    at.run()
    at.button(key="explore.map_walk_from_a").click().run()
    assert base64.b64decode(explore_pictures.find(at.query_params["explore.picture_a"], (1, 8, 8))) == png(
        kept.images[5]
    )
    assert ask(told["address"], x=9.0, y=0.0)[1] == 422


@pytest.mark.usefixtures("three")
def test_without_real_pictures_the_map_is_of_the_members_own_samples():
    at = healthy(page(members=["anna"], tool="map"))
    assert any("that anna draws itself" in each.value for each in at.caption)
    assert any("anna has no encoder" in each.value for each in at.caption)
    told = atlas_of(at)
    assert (len(told["points"]), told["labels"]) == (500, None)
    pixels, head = ask(told["address"], x=0.0, y=0.0)
    assert np.array_equal(pixels[1], to_uint8(load("anna").sample(500, 0))[head["row"]])
    assert any("kept for this page" in each.value for each in page(members=["vera"], tool="map").caption)


@pytest.mark.usefixtures("three")
def test_the_layers_of_a_member_are_shown_for_the_outlined_picture():
    at = healthy(page(members=["anna", "vera"], tool="layers", into="vera", row=2, x=1))
    vera = load("vera")
    found = seen(vera, vera.latents(16, 1)[2:3])
    strips = [each.proto.body for each in at.get("html")]
    assert len(strips) == sum(map(len, found.values()))
    first = found["generator"][0].maps[0]
    assert base64.b64encode(png(first[:, :, None])).decode() in strips[0]
    keep_fused("both", "anna", "berta")
    assert "no networks of its own" in page(members=["both"], tool="layers").info[0].value


def test_few_pictures_of_corners_are_kept(monkeypatch):
    monkeypatch.setattr(explore_pictures, "_MOST", 3)
    names = [explore_pictures.keep(picture(seed)) for seed in range(5)]
    assert explore_pictures.find(names[4], (1, 8, 8)) == base64.b64encode(png(picture(4))).decode()
    assert sum(explore_pictures.find(name, (1, 8, 8)) is not None for name in names) == 3
    assert explore_pictures.find(names[4], (3, 8, 8)) is None
    (home() / "mine.png").write_bytes(png(picture()))
    assert explore_pictures.find("../mine", (1, 8, 8)) is None
