"""The same pictures through all three and back: errors are those of the members, and the page says whose pictures."""

import base64
import io
import re

import numpy as np
import pytest
import torch
from fakes import keep_member
from measurements import measurement, put
from parts_visit import ended, healthy, visit
from PIL import Image

from ganlab.data import examples, load_dataset
from ganlab.data.sketch import sketched
from ganlab.fusion import load
from ganlab.images import from_uint8, to_uint8
from ganlab.members import store
from ganlab.members.baseline import drawn_by_rules
from ganlab.members.card import Number
from ganlab.members.rebuild import between, rebuilt
from ganlab.ui import jobs
from ganlab.ui.pages import versus_real

SHAPE = (1, 8, 8)
SEVEN = [[[0.3, 0.2], [0.7, 0.2], [0.4, 0.9]]]


@pytest.fixture(autouse=True)
def three(workspace, tmp_path, monkeypatch, own_jobs):
    monkeypatch.setattr(store, "shipped_folder", lambda: tmp_path / "pretrained")
    for seed, (name, objective) in enumerate({"vera": "elbo", "gina": "hinge", "vega": "vaegan"}.items()):
        keep_member(name, seed=seed, objective=objective)


@pytest.fixture
def real():
    return examples.keep(load_dataset("digits")).images


def page(**query):
    return visit("versus", **{f"versus__{name}": value for name, value in ({"view": "rebuild"} | query).items()})


def strips(at):
    """All strips on the page by what their pictures show: uint8 [n, H, W], and the captions."""
    found = {}
    for each in at.get("html"):
        body = each.proto.body
        images = [
            np.asarray(Image.open(io.BytesIO(base64.b64decode(data))))
            for data in re.findall(r"base64,([^\"]+)\"", body)
        ]
        if images:
            alt = re.search(r'alt="(.+?), 1"', body)[1]
            found[alt] = np.stack(images), re.findall(r"<figcaption>(.*?)</figcaption>", body)
    return found


def said(at):
    return "\n".join(str(each.value) for kind in ("markdown", "caption", "info", "success") for each in at.get(kind))


@pytest.mark.parametrize(("a", "b"), [(0, 1), (5, 30)])
def test_what_is_shown_is_what_the_members_rebuild(real, a, b):
    at = healthy(page(a=str(a), b=str(b)))
    found = strips(at)
    shown = found["Real pictures"][0]
    assert np.array_equal(shown[:2], real[[a, b], :, :, 0])
    assert len(shown) == 14
    images = from_uint8(shown[..., None])
    for name in ("vera", "vega"):
        drawn, errors = rebuilt(load(name), images)
        pictures, captions = found[f"Rebuilt by {name}"]
        assert np.array_equal(pictures, to_uint8(drawn)[..., 0])
        assert captions == [f"{error:.3f}" for error in errors.tolist()]
        way = to_uint8(between(load(name), images[0], images[1], 14))[..., 0]
        assert np.array_equal(found[f"On the way between the latents of both pictures, by {name}"][0], way)
    assert "Rebuilt by gina" not in found
    assert "gina has no encoder" in said(at)
    faded = found["For comparison: the pixels of A fade into those of B"][0].astype(float)
    assert np.abs(faded[0] - shown[0]).max() == 0
    assert np.abs(faded[13] - shown[1]).max() == 0


def test_other_pictures_are_shown_by_a_button(real):
    at = healthy(page())
    next(each for each in at.button if each.key == "versus.other_pair").click()
    at = healthy(at.run())
    assert np.array_equal(strips(at)["Real pictures"][0][:2], real[[7, 12], :, :, 0])
    assert (at.query_params["versus.a"], at.query_params["versus.b"]) == ("7", "12")


def test_real_pictures_that_come_along_are_got_by_themselves():
    at = healthy(page())
    assert strips(at) == {}
    ended(jobs.find(versus_real.command("digits", SHAPE)))
    at = healthy(at.run())
    test = load_dataset("digits").split("test")[0]
    assert strips(at)["Real pictures"][0][0].tobytes() in {row.numpy().tobytes() for row in test}


def test_where_they_are_not_one_click_fetches_them_and_rules_stand_in(workspace):
    for name, objective in {"mona": "elbo", "mira": "vaegan"}.items():
        keep_member(name, dataset="mnist", objective=objective)
    at = healthy(page(vae="mona", vaegan="mira"))
    assert "no pictures of mnist" in said(at)  # until they are asked for
    images, _ = drawn_by_rules("mnist", (1, 28, 28), 1_000, seed=0)
    assert np.array_equal(strips(at)["Drawn by rules"][0][0], to_uint8(images)[0, :, :, 0])
    at = healthy(page(vae="mona", vaegan="mira", source="real"))
    assert strips(at) == {}
    (button,) = [each for each in at.button if each.key == "versus.fetch"]
    assert "12 MB" in button.label
    assert versus_real.command("mnist", (1, 28, 28))[-4:] == ("mnist", "--json", "--progress", "json")


def test_a_drawing_stands_in():
    at = page(source="drawn")
    assert "Draw something" in said(at)
    at.session_state["versus.sheet_a.kept"] = SEVEN
    at = healthy(at.run())
    drawn = sketched(SEVEN, 8, 1.0)
    assert np.array_equal(strips(at)["What you drew"][0][0], drawn[:, :, 0])
    _, errors = rebuilt(load("vera"), from_uint8(drawn[None]))
    assert strips(at)["Rebuilt by vera"][1] == [f"{errors[0]:.3f}"]
    assert "no picture of digits" in said(at).replace("*", "")


def test_errors_wait_for_the_prediction(real):
    for name, error in (("vera", 0.02), ("vega", 0.05)):
        put(name, measurement(numbers={"reconstruction": Number(value=error, low=error / 1.1, high=error * 1.1)}))
    at = healthy(page(predict="true"))
    assert strips(at)["Rebuilt by vera"][1] == []
    assert "0.0200" not in said(at)
    at.radio[0].set_value("vaegan").run()
    next(each for each in at.button if each.key.endswith(".reveal")).click()
    at = healthy(at.run())
    assert "Measured otherwise. Rebuilding error: VAE 0.0200 [0.0182, 0.0220], VAE-GAN 0.0500" in said(at)
    assert len(strips(at)["Rebuilt by vera"][1]) == 14
    assert "by the VAE (error 0.0200 a pixel), least by the VAE-GAN (0.0500)" in said(at)


def test_links_that_ask_for_what_there_is_not_are_told(real):
    at = page(source="dreams", a="100000")
    assert "'dreams'" in at.warning[0].value
    assert not at.exception


def test_a_strip_never_lets_words_become_markup():
    from streamlit.testing.v1 import AppTest

    def script():
        import numpy as np

        from ganlab.ui.parts.strip import strip

        strip([np.zeros((2, 2, 1), np.uint8)], ['<i>"'], 'a"><script>', head=["<b>x"])

    body = AppTest.from_function(script).run().get("html")[0].proto.body
    assert "<script>" not in body
    assert "<i>" not in body
    assert "<b>x" not in body.replace("<b>&lt;b&gt;x", "")


def test_rules_are_drawn_once(monkeypatch):
    first = versus_real._by_rules("digits", SHAPE)
    assert versus_real._by_rules("digits", SHAPE) is first
    assert torch.equal(from_uint8(first.images[:3]), from_uint8(to_uint8(drawn_by_rules("digits", SHAPE, 3, 0)[0])))
