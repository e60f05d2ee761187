"""The fusion: what the page shows is what the library fuses, and no mistake of a visitor shows a traceback."""

import io
import json
import re

import numpy as np
import pytest
import torch
from fakes import keep_member, rng
from parts_visit import healthy, picture, pictures, visit
from PIL import Image

from ganlab import seeds
from ganlab.fusion import RULES, fuse, keep, load, misfit
from ganlab.images import grid, to_uint8
from ganlab.members import store
from ganlab.members.card import Encoder
from ganlab.members.networks import build, to_bytes
from ganlab.ui import engine
from ganlab.ui.pages import fuse_words
from ganlab.ui.pages.fuse_draw import Wish, draw
from ganlab.ui.parts import grid as grid_part

ALL = ["anna", "berta", "clara"]
AT_ONCE = [each.name for each in RULES if not each.facts.get("fitted")]  # others are in test_fuse_fit.py


@pytest.fixture(autouse=True)
def shipped(workspace, tmp_path, monkeypatch):
    monkeypatch.setattr(store, "shipped_folder", lambda: tmp_path / "pretrained")
    monkeypatch.setattr(grid_part, "_STAYING", 10**6)  # so that all pictures can be read off the page


@pytest.fixture
def three():
    for seed, name in enumerate(ALL):
        keep_member(name, seed=seed)


def page(**query):
    return visit("fuse", **{f"fuse__{name}": value for name, value in query.items()})


def sheet(images):
    return grid(to_uint8(images))[:, :, 0]


def weights(at):
    return [slider.value for slider in at.slider if slider.key.startswith("fuse.weight")]


@pytest.mark.parametrize("rule", AT_ONCE)
@pytest.mark.parametrize("t", [0.0, 0.35])
def test_the_page_shows_what_the_library_fuses(three, rule, t):
    asked = (0.8, 0.3, 0.45) if RULES[rule].facts["weighs"] else ()
    own = {f"weight{place}": str(weight) for place, weight in enumerate(asked, 1)}
    at = healthy(page(members=ALL, rule=rule, seed="4", to="9", t=str(t), pictures="25", **own))
    assert [each.value for each in at.warning] == []

    fused = fuse(ALL, rule, asked)
    start, end = fused.latents(25, 4), fused.latents(25, 9)
    z = seeds.slerp(start, end, t, width=fused.walk_dim) if t else start
    assert (picture(at, "25 pictures fused out of anna, berta, clara") == sheet(fused.generate(z))).all()
    for name in ALL:  # all follow the walk
        assert (picture(at, f"25 pictures by {name} alone") == sheet(load(name).generate(z[:, :6]))).all()


def test_members_with_further_latents_fuse_and_walk_together(three):
    keep(fuse(["anna", "berta"], "mixture", (1, 3)), "mixed")
    at = healthy(page(members=["mixed", "clara"], rule="weighted_average", t="0.5"))
    fused = fuse(["mixed", "clara"], "weighted_average", (0.5, 0.5))
    z = seeds.slerp(fused.latents(16, 0), fused.latents(16, 1), 0.5, width=fused.walk_dim)
    assert (picture(at, "16 pictures fused") == sheet(fused.generate(z))).all()


def test_it_opens_with_two_members_and_equal_weights(three):
    at = healthy(page())
    assert at.multiselect(key="fuse.members").value == ["anna", "berta"]
    assert weights(at) == [0.5, 0.5]
    assert "share 50%" in [each.value for each in at.caption]


def test_moving_a_weight_changes_only_the_fused_picture(three):
    at = page()
    before = dict(pictures(at))
    at.slider(key="fuse.weight1").set_value(0.9).run()
    after = dict(pictures(healthy(at)))
    changed = [alt for alt in before if (before[alt] != after[alt]).any()]
    assert [alt[:17] for alt in changed] == ["16 pictures fused"]


def test_points_are_fused_too():
    for seed in (0, 1):
        keep_member(f"ring{seed}", seed=seed, dataset="ring8", network="toy", latent_dim=2)
    at = healthy(page(rule="mixture"))
    assert [pixels.shape for _, pixels in pictures(at)] == [(360, 360)] * 3


@pytest.mark.parametrize("kept", [[], ["anna"]])
def test_too_few_members_in_the_store_lead_to_training(kept):
    for name in kept:
        keep_member(name)
    at = healthy(page_in_app())
    assert "Train" in at.info[0].value
    assert at.get("page_link")[0].proto.page == "train"


def page_in_app():
    """The page within the app, whose links need its neighbours."""
    from streamlit.testing.v1 import AppTest

    def script():
        import streamlit as st

        from ganlab.ui import parts

        pages = parts.pages()
        st.navigation([st.Page(pages["fuse"]._page, title="fuse", url_path="start", default=True), pages["train"]])
        parts.told(pages["fuse"]._page)

    visit("fuse")
    return AppTest.from_function(script, default_timeout=60).run()


def test_a_single_choice_asks_for_another(three):
    at = page()
    at.multiselect(key="fuse.members").set_value(["anna"]).run()
    assert "at least two" in healthy(at).info[0].value
    at.multiselect(key="fuse.members").set_value([]).run()
    assert "at least two" in healthy(at).info[0].value
    at.multiselect(key="fuse.members").set_value(["clara", "anna"]).run()
    assert len(pictures(healthy(at))) == 3


def test_no_weight_above_zero_is_told_and_the_last_picture_stays(three):
    at = page()
    before = picture(at, "16 pictures fused")
    for place in (1, 2):
        at.slider(key=f"fuse.weight{place}").set_value(0.0)
    at.run()
    assert not at.exception
    assert at.error[0].value == r"At least one weight must be above 0\."
    assert len(pictures(at)) == 3
    at.slider(key="fuse.weight1").set_value(1.0).run()
    assert (picture(healthy(at), "16 pictures fused") != before).any()


def test_rules_that_do_not_fit_are_not_offered_and_say_why():
    keep_member("anna", latent_dim=6)
    keep_member("otto", latent_dim=9, seed=1)
    at = healthy(page(rule="average"))
    assert at.button_group(key="fuse.rule").value == "mixture"
    cards = [entry.card for entry in store.catalogue()]
    told = [re.sub(r"\\(.)", r"\1", each.value) for each in (*at.caption, *at.warning)]
    for rule in ("average", "weighted_average", "weighted_sum", "median"):
        assert any(misfit(rule, cards) in each for each in told)
    assert misfit("average", cards) in re.sub(r"\\(.)", r"\1", at.warning[0].value)


def test_buttons_set_all_weights(three):
    at = page(members=ALL)
    at = healthy(at.button(key="fuse.solo1").click().run())
    assert weights(at) == [0, 1, 0]
    assert "Only berta has a weight above 0" in str([each.value for each in at.caption])
    assert (picture(at, "16 pictures fused") == picture(at, "16 pictures by berta")).all()
    at = healthy(at.button(key="fuse.random").click().run())
    thrown = weights(at)
    assert thrown != [0, 1, 0]
    assert "Random weights of seed 1" in [each.value for each in at.caption]
    at.slider(key="fuse.weight1").set_value(0.123).run()
    assert "Random weights of seed 1" not in [each.value for each in at.caption]
    at = healthy(at.button(key="fuse.equal").click().run())
    assert weights(at) == [0.5] * 3
    again = healthy(page(members=ALL).button(key="fuse.random").click().run())
    assert weights(again) == thrown  # a seed is a seed


def test_reset_starts_afresh(three):
    at = page(members=ALL, rule="mixture", seed="7", t="0.5", weight1="0.9", pictures="4")
    at = healthy(at.button(key="fuse.reset").click().run())
    assert at.button_group(key="fuse.rule").value == "weighted_average"
    assert (weights(at), at.slider(key="fuse.t").value) == ([0.5] * 3, 0)
    assert at.number_input(key="fuse.seed").value == 0
    assert dict(at.query_params) == {"fuse.members": ALL}


def test_average_counts_all_alike(three):
    at = healthy(page(members=ALL, rule="average", weight1="0.9"))
    assert all(slider.disabled for slider in at.slider if slider.key.startswith("fuse.weight"))
    assert [each.value for each in at.caption].count("share 33%") == 3


def test_a_member_keeps_its_weight_when_another_leaves(three):
    at = page(members=ALL, weight1="0.1", weight2="0.2", weight3="0.9")
    at.multiselect(key="fuse.members").set_value(["anna", "clara"]).run()
    assert weights(healthy(at)) == [0.1, 0.9]


def test_a_dataset_is_chosen_before_its_members(three):
    for seed in (0, 1):
        keep_member(f"ring{seed}", seed=seed, dataset="ring8", network="toy", latent_dim=2)
    at = healthy(page())
    box = next(each for each in at.selectbox if each.label == "Dataset")
    assert box.options == ["digits", "ring8"]
    box.set_value("ring8").run()
    assert at.multiselect(key="fuse.members").value == ["ring0", "ring1"]
    assert len(pictures(healthy(at))) == 3
    at = healthy(page(members=["ring1", "ring0"]))  # a link needs no dataset
    assert at.multiselect(key="fuse.members").value == ["ring1", "ring0"]


BAD = {
    "members": ["anna", "<b>nobody</b>", "ring", "berta"],
    "rule": "magic",
    "weight1": "nan",
    "weight2": "12",
    "seed": "-3",
    "t": "zero",
    "pictures": "5",
    "nonsense": "1",
}


@pytest.mark.parametrize("name", BAD)
def test_what_a_link_asks_in_vain_is_ignored_and_told(three, name):
    keep_member("ring", dataset="ring8", network="toy", latent_dim=2)
    at = page(**{"members": ["anna", "berta"], name: BAD[name]})
    assert not at.exception
    assert len(at.warning) == 1
    assert "<b>" not in at.warning[0].value.replace(r"\<", "")
    at.slider(key="fuse.t").set_value(0.2).run()
    assert len(at.warning) == 1  # it stays until something else is chosen
    at.multiselect(key="fuse.members").set_value(["berta", "clara"]).run()
    assert [each.value for each in healthy(at).warning] == []


def test_five_members_are_too_many(three):
    keep_member("dora", seed=3)
    keep_member("emma", seed=4)
    at = healthy(page(members=[*ALL, "dora", "emma"]))
    assert at.multiselect(key="fuse.members").value == [*ALL, "dora"]
    assert "at most 4" in at.warning[0].value


def test_a_member_deleted_meanwhile_is_no_traceback(three):
    at = page(members=ALL)
    store.delete("berta")
    at = healthy(at.run())
    assert at.multiselect(key="fuse.members").value == ["anna", "clara"]


def test_a_member_that_cannot_be_loaded_is_told(three):
    entry, *_ = keep_member("dora", seed=23)
    store.update_card(entry, parameters=7)
    at = page(members=["anna", "dora"])
    assert not at.exception
    assert "contradicts" in at.error[0].value


def test_the_controls_need_no_engine(three, monkeypatch):
    visit("fuse")
    monkeypatch.setattr(engine.READY, "is_set", lambda: False)
    at = healthy(page(members=["berta", "clara"], rule="median", weight1="0.7"))
    assert weights(at) == [0.7, 0.5]
    assert at.button_group(key="fuse.rule").value == "median"


def test_a_fusion_is_kept_under_a_name(three):
    at = visit("fuse", fuse__rule="median", fuse__weight1="0.9")
    at.text_input(key="fuse.name").set_value("anna").run()
    at = at.button(key="fuse.keep_now").click().run()
    assert "already" in at.error[0].value
    at.text_input(key="fuse.name").set_value("both").run()
    at.button(key="fuse.keep_now").click().run()
    card = store.catalogue()["both"].card
    assert (card.recipe.members, card.recipe.rule, card.recipe.weights) == (("anna", "berta"), "median", (0.9, 0.5))


def test_recipe_command_and_picture_agree(three):
    at = healthy(page(members=ALL, rule="mixture", weight1="0.9", seed="3"))
    recipe, command = (each.value for each in at.code)
    told = {"members": ALL, "rule": "mixture", "weights": [0.9, 0.5, 0.5], "n": 16, "seed": 3}
    assert json.loads(recipe) == told
    assert command == (
        "python -m ganlab fuse anna berta clara --rule mixture --weights 0.9 0.5 0.5 --n 16 --seed 3 --out fused.png"
    )
    wish = Wish(tuple(store.catalogue()[name] for name in ALL), "mixture", (0.9, 0.5, 0.5), 16, 3, 1, 0.0)
    with Image.open(io.BytesIO(draw(wish, "cpu").fused)) as image:
        assert json.loads(image.info["ganlab"]) == told
        assert (np.asarray(image) == picture(at, "16 pictures fused")).all()


@pytest.mark.parametrize("rule", [*AT_ONCE, "selection"])  # what others learned is no number of a slider
def test_the_formula_carries_the_numbers(rule):
    asked = [0.2, 0.6] if RULES[rule].facts["weighs"] else []
    formula = fuse_words.with_numbers(rule, asked, 2)
    special = {"average": ("0.50", "0.50"), "weighted_sum": ("0.20", "0.60"), "maximum": (), "minimum": ()}
    numbers = special.get(rule, ("0.25", "0.75"))
    assert [*re.findall(r"\d\.\d\d", formula)] == [*numbers]
    assert "_k" not in formula
    assert "K" not in formula
    assert formula.count("{") == formula.count("}")


def test_cautions_say_when_a_rule_can_do_nothing():
    names = ["anna", "berta"]
    assert "Only berta" in fuse_words.caution("mixture", names, (0, 0.2))
    assert "Only anna" in fuse_words.caution("median", names, (1, 0))
    assert "anna has more than half" in fuse_words.caution("median", names, (0.6, 0.5))
    assert "average" in fuse_words.caution("median", names, (0.5, 0.5))
    assert fuse_words.caution("mixture", names, (0.6, 0.5)) is None
    assert fuse_words.caution("average", names, ()) is None
    assert fuse_words.caution("weighted_average", names, (0, 0)) is None


@pytest.mark.parametrize("rule", ["average", "mixture"])
@pytest.mark.parametrize("t", [0.0, 0.4])
def test_members_that_know_classes_are_asked_together(rule, t):
    """The class stays what was asked for on the whole walk."""
    keep_member("anna", conditional=True)
    keep_member("berta", seed=1, conditional=True)
    at = healthy(page(members=["anna", "berta"], rule=rule, label="3", t=str(t)))
    fused = fuse(["anna", "berta"], rule)
    z = fused.latents(16, 0)
    z = seeds.slerp(z, fused.latents(16, 1), t, width=fused.walk_dim) if t else z
    labels = torch.full((16,), 3)
    assert (picture(at, "16 pictures fused") == sheet(fused.generate(z, labels))).all()
    own = load("anna").generate(z[:, :7], labels)
    assert (picture(at, "16 pictures by anna alone") == sheet(own)).all()
    told = json.loads(next(each.value for each in at.code if each.value.startswith("{")))
    assert told["label"] == 3
    assert any("--label 3" in each.value for each in at.code)
    at = healthy(at.button(key="fuse.reset").click().run())
    usual = fuse(["anna", "berta"], "weighted_average")
    assert (picture(at, "16 pictures fused") == sheet(usual.sample(16, 0))).all()


def test_a_class_is_not_asked_of_who_does_not_know_it():
    keep_member("anna", conditional=True)
    keep_member("plain")
    at = healthy(page(members=["anna", "plain"], label="3"))
    assert "fuse.label" not in [each.key for each in at.selectbox]
    assert "label" in at.warning[0].value


@pytest.mark.parametrize("rule", ["average", "frequency"])
def test_members_are_aligned_to_one_of_them(rule):
    keep_member("anna")
    keep_member("vae", seed=1, objective="elbo")
    healthy(page(members=["anna", "vae"], rule=rule))  # whose sheets must not be taken for the aligned ones
    at = healthy(
        page(members=["anna", "vae"], rule=rule, anchor="anna", **({"cutoff": "1.5"} if rule == "frequency" else {}))
    )
    options = {"anchor": "anna"} | ({"cutoff": 1.5} if rule == "frequency" else {})
    assert at.selectbox(key="fuse.anchor").options == ["nobody", "anna"]  # anna has no encoder
    fused = fuse(["anna", "vae"], rule, (0.5, 0.5) if rule == "frequency" else (), options=options)
    z = fused.latents(16, 0)
    assert (picture(at, "16 pictures fused") == sheet(fused.generate(z))).all()
    vae = load("vae")
    again = vae.generate(vae.encode(load("anna").generate(z)))
    assert (picture(at, "16 pictures by vae alone") == sheet(again)).all()
    told = json.loads(next(each.value for each in at.code if each.value.startswith("{")))
    assert told["options"] == options
    assert any("--option anchor=anna" in each.value for each in at.code)
    at = healthy(at.button(key="fuse.reset").click().run())
    assert at.selectbox(key="fuse.anchor").value == "nobody"


def test_nobody_is_aligned_where_nobody_encodes(three):
    at = healthy(page(members=ALL))
    assert "fuse.anchor" not in [each.key for each in at.selectbox]


def test_an_encoder_that_was_fitted_meanwhile_is_used():
    """The digest stays, for the pictures do; the page must not go on with the member of before."""
    keep_member("anna")
    keep_member("vae", seed=1, objective="elbo")
    healthy(page(members=["vae", "anna"], rule="average"))
    entry = store.catalogue()["anna"]
    encoder = build(entry.card.spec.resolved(), rng(5), encoder=True)["encoder"]
    file, weights = to_bytes({"encoder": encoder})
    (entry.folder / store.ENCODER).write_bytes(file)
    store.update_card(entry, encoder=Encoder(**weights.model_dump(), parameters=1, steps=1, seconds=0.0, seed=0))
    at = healthy(page(members=["vae", "anna"], rule="average", anchor="vae"))
    assert at.selectbox(key="fuse.anchor").value == "vae"
    fused = fuse(["vae", "anna"], "average", options={"anchor": "vae"})
    assert (picture(at, "16 pictures fused") == sheet(fused.sample(16, 0))).all()


def test_a_weight_of_aligned_members_costs_no_look_by_an_encoder():
    keep_member("anna")
    keep_member("vae", seed=1, objective="elbo")
    at = healthy(page(members=["anna", "vae"], rule="weighted_average", anchor="anna"))
    looks = []
    handle = engine.member("vae", "cpu").networks["encoder"].register_forward_hook(lambda *_: looks.append(1))
    at = healthy(at.slider(key="fuse.weight1").set_value(0.9).run())
    assert weights(at) == [0.9, 0.5]
    assert looks == []
    healthy(at.number_input(key="fuse.seed").set_value(3).run())
    handle.remove()
    assert looks == [1]
