"""VAE vs GAN: one of each kind beside the others, drawn from the same latents, with the numbers of their cards."""

import json

import numpy as np
import pytest
from fakes import keep_member
from measurements import measurement, put
from parts_visit import healthy, visit

from ganlab import seeds
from ganlab.errors import SpecError
from ganlab.fusion import load
from ganlab.images import to_uint8
from ganlab.members import store
from ganlab.members.card import Number
from ganlab.metrics.pixels import sharpness
from ganlab.ui.pages import versus_choose, versus_draw, versus_questions
from ganlab.ui.parts.numbers import figure

KINDS = {"vera": "elbo", "gina": "hinge", "vega": "vaegan"}


@pytest.fixture(autouse=True)
def shipped(workspace, tmp_path, monkeypatch):
    monkeypatch.setattr(store, "shipped_folder", lambda: tmp_path / "pretrained")


@pytest.fixture
def three():
    for seed, (name, objective) in enumerate(KINDS.items()):
        keep_member(name, seed=seed, objective=objective)


def measured(name, **values):
    """Put numbers on a card, each with an interval of a tenth."""
    numbers = {key: Number(value=value, low=0.95 * value, high=1.05 * value) for key, value in values.items()}
    put(name, measurement(numbers=numbers, floors={"sharpness": 0.2}))


def page(**query):
    return visit("versus", **{f"versus__{name}": value for name, value in query.items()})


def shown(at):
    """What the component is told."""
    (found,) = [each for each in at.get("bidi_component") if "members" in each.proto.json]
    return json.loads(found.proto.json)


def texts(at):
    return "\n".join(str(each.value) for kind in ("markdown", "caption", "info", "success") for each in at.get(kind))


def test_it_opens_with_one_of_each_kind(three):
    keep_member("again", seed=9, objective="elbo", conditional=True)  # of a kind the simplest comes first
    at = healthy(page())
    assert [each["name"] for each in shown(at)["members"]] == [*KINDS]
    assert at.query_params == {}


def test_the_address_chooses_and_what_it_asks_in_vain_is_told(three):
    keep_member("berta", seed=5, objective="hinge")
    at = healthy(page(gan="berta", vae="gina", seed="7", reach="2.5", view="nothing"))
    assert [each["name"] for each in shown(at)["members"]] == ["vera", "berta", "vega"]
    assert shown(at)["reach"] == 2.5
    (told,) = [each.value for each in at.warning]
    assert "'gina'" in told
    assert "'nothing'" in told
    at = healthy(page(reach="5"))
    assert shown(at)["reach"] == 1.0
    assert "'5'" in at.warning[0].value


def test_a_kind_that_is_not_there_is_left_out_with_a_way_to_train_it(workspace):
    for name in ("vera", "gina"):
        keep_member(name, objective=KINDS[name])
    at = healthy(in_app())
    assert "There is no VAE-GAN of **digits** here" in texts(at)
    (link,) = [each.proto for each in at.get("page_link") if each.proto.label == "Train a VAE-GAN"]
    assert link.page == "train"
    assert link.query_string == "train.kind=vaegan&train.dataset=digits"


def test_such_a_link_fills_the_form():
    at = healthy(visit("train", train__kind="vaegan", train__dataset="fashion_mnist"))
    chosen = {each.key.rsplit(".", 1)[1]: each.value for each in at.selectbox if each.key.startswith("train.field.")}
    asked = {"dataset": "fashion_mnist", "objective": "vaegan", "network": "dcgan"}
    assert {key: chosen[key] for key in asked} == asked
    assert "train.kind" not in at.query_params
    assert "'poem'" in visit("train", train__kind="poem").error[0].value


def test_an_empty_store_offers_to_train_all_three():
    at = healthy(page())
    assert "Train the three below" in texts(at)
    assert any(each.key == "versus.train_now" for each in at.button)


@pytest.mark.parametrize("reach", [0, 1, 2.5])
def test_a_frame_is_what_the_members_draw(three, reach):
    members = [load(name) for name in KINDS]
    frame = versus_draw.drawer(members, 3)({"reach": reach})
    n, walk = versus_draw.PICTURES, versus_draw.COLUMNS
    for place, member in enumerate(members):
        own = frame.pixels[place * (n + walk) : (place + 1) * (n + walk)]
        drawn = to_uint8(member.sample(n, 3, truncation=reach))
        assert np.array_equal(own[:n], drawn)
        assert frame.told["sharpness"][place] == pytest.approx(sharpness(drawn).mean())
        assert frame.told["ink"][place] == pytest.approx(drawn.mean() / 255)
        z = member.latents(2, 3, reach)
        middle = to_uint8(member.generate(seeds.slerp(z[:1], z[1:], 0.4, width=member.walk_dim)))
        for step, wanted in ((0, drawn[:1]), (2, middle), (walk - 1, drawn[1:2])):
            assert np.abs(own[n + step].astype(int) - wanted[0]).max() <= 1
    usual = np.linalg.norm(members[0].latents(n, 3), axis=1).mean()
    assert frame.told["length"] == pytest.approx(reach * usual, rel=1e-5)


@pytest.mark.parametrize("reach", [None, "2", -0.1, 4.1, True, float("nan")])
def test_a_frame_refuses_what_is_no_length(three, reach):
    with pytest.raises(SpecError, match="from 0 to 4"):
        versus_draw.drawer([load("vera")], 0)({"reach": reach})


def test_the_table_and_the_words_hold_what_stands_on_the_cards(three):
    measured("vera", sharpness=0.08, fid=9.5, reconstruction=0.02)
    measured("gina", sharpness=0.18, fid=2.5)
    measured("vega", sharpness=0.16, fid=5.5, reconstruction=0.04)
    said = texts(healthy(page())).replace("\\", "")
    assert "0.0800 [0.0760, 0.0840] | ★ **0.180 [0.171, 0.189]** | 0.160 [0.152, 0.168] | 0.200 |" in said
    assert "★ **0.0200 [0.0190, 0.0210]** | – | 0.0400" in said
    assert "VAE 40%, GAN 90%, VAE-GAN 80%" in said
    assert "a mean is soft" in said
    assert "the GAN (FID 2.50), farthest the VAE (9.50)" in said
    assert "by the VAE (error 0.0200 a pixel), least by the VAE-GAN (0.0400)" in said
    measured("vera", sharpness=0.17, fid=1.5)
    said = texts(healthy(page()))
    assert "a mean is soft" not in said  # what is not so is not explained
    assert "the VAE (FID 1" in said


def test_who_has_no_numbers_can_be_measured(three):
    at = healthy(page())
    (button,) = [each for each in at.button if each.key == "compare.measure_now"]
    assert button.label.startswith("Measure 3")


def test_numbers_wait_for_the_prediction(three):
    measured("vera", sharpness=0.08)
    measured("gina", sharpness=0.18)
    measured("vega", sharpness=0.175)
    at = healthy(page(predict="true"))
    assert not shown(at)["told"]
    assert "0.180" not in texts(at)
    at.radio[0].set_value("vaegan")
    at.radio[1].set_value("more")
    healthy(at.run())
    for _ in range(2):
        next(each for each in at.button if each.key.endswith(".reveal")).click()
        healthy(at.run())
    assert shown(at)["told"]
    assert "You were right. Sharpness: VAE 0.0800 [0.0760, 0.0840], GAN 0.180" in texts(at)  # within the interval
    usual, longer = (versus_questions.sharpness_at(load("vera"), reach) for reach in (1.0, 2.0))
    assert f"from {figure(usual)} to {figure(longer)} at × 2" in texts(at)


def test_who_wins_is_who_reaches_the_best_interval():
    def answers(**values):
        return {
            kind: measurement(numbers={"fid": Number(value=v, low=v - 1, high=v + 1)}) for kind, v in values.items()
        }

    three = answers(vae=5.0, gan=6.5, vaegan=9.0)
    assert versus_questions.winners("fid", three, lower=True) == ["vae", "gan"]
    assert versus_questions.winners("fid", three, lower=False) == ["vaegan"]


def test_of_a_kind_those_come_first_that_show_most(three):
    keep_member("asked", objective="elbo", conditional=True)
    found = versus_choose.usual("vae", tuple(store.catalogue()))
    assert [entry.name for entry in found] == ["vera", "asked"]


def in_app():
    """The page within the app, whose links need its neighbours."""
    from streamlit.testing.v1 import AppTest

    def script():
        import streamlit as st

        from ganlab.ui import parts

        pages = parts.pages()
        own = st.Page(pages["versus"]._page, title="versus", url_path="start", default=True)
        st.navigation([own, pages["train"], pages["compare"]])
        parts.told(pages["versus"]._page)

    return AppTest.from_function(script, default_timeout=60).run()
