"""The fusion: what the page shows is what the library fuses, and no mistake of a visitor shows a traceback."""

import io
import json
import re

import numpy as np
import pytest
import torch
from fakes import keep_member, rng
from parts_visit import healthy, visit
from PIL import Image
from studio_visit import close, drawn, shown, studio, weigh

from ganlab import seeds
from ganlab.errors import FusionError
from ganlab.fusion import RULES, fuse, keep, load, misfit
from ganlab.images import grid, to_uint8
from ganlab.members import store
from ganlab.members.card import Encoder
from ganlab.members.networks import build, to_bytes
from ganlab.ui import engine, frames
from ganlab.ui.pages import fuse_history, fuse_words
from ganlab.ui.pages.fuse_draw import Wish, draw

ALL = ["anna", "berta", "clara"]
AT_ONCE = [each.name for each in RULES if not each.facts.get("fitted")]  # others are in test_fuse_fit.py


@pytest.fixture(autouse=True)
def shipped(workspace, tmp_path, monkeypatch):
    monkeypatch.setattr(store, "shipped_folder", lambda: tmp_path / "pretrained")


@pytest.fixture
def three():
    for seed, name in enumerate(ALL):
        keep_member(name, seed=seed)


def page(**query):
    return visit("fuse", **{f"fuse__{name}": value for name, value in query.items()})


def unfolded(at):
    """The visit with the settings tried unfolded."""
    at.session_state["fuse.history"] = True
    return at.run()


def weights(at):
    return studio(at)["weights"]


@pytest.mark.parametrize("rule", AT_ONCE)
@pytest.mark.parametrize("t", [0.0, 0.35])
def test_the_page_shows_what_the_library_fuses(three, rule, t):
    asked = (0.8, 0.3, 0.45) if RULES[rule].facts["weighs"] else ()
    at = healthy(
        page(
            members=ALL,
            rule=rule,
            seed="4",
            to="9",
            t=str(t),
            pictures="25",
            weights=",".join(map(str, asked)) or "1,1,1",
        )
    )
    assert [each.value for each in at.warning] == []

    fused = fuse(ALL, rule, asked)
    start, end = fused.latents(25, 4), fused.latents(25, 9)
    z = seeds.slerp(start, end, t, width=fused.walk_dim) if t else start
    off = np.abs(shown(at).astype(int) - to_uint8(fused.generate(z))) > 1
    # A value that is the middle but for rounding votes otherwise in 8 bits.
    assert off.mean() <= (0.002 if rule == "majority" else 0)
    for name in ALL:  # all follow the walk
        assert (drawn(at)[name] == to_uint8(load(name).generate(z[:, :6]))).all()


def test_members_with_further_latents_fuse_and_walk_together(three):
    keep(fuse(["anna", "berta"], "mixture", (1, 3)), "mixed")
    at = healthy(page(members=["mixed", "clara"], rule="weighted_average", t="0.5"))
    fused = fuse(["mixed", "clara"], "weighted_average", (0.5, 0.5))
    z = seeds.slerp(fused.latents(16, 0), fused.latents(16, 1), 0.5, width=fused.walk_dim)
    assert close(shown(at), to_uint8(fused.generate(z)))


def test_it_opens_with_two_members_and_equal_weights(three):
    at = healthy(page())
    assert at.multiselect(key="fuse.members").value == ["anna", "berta"]
    assert weights(at) == [0.5, 0.5]


def test_a_link_with_other_weights_sends_no_picture_again(three):
    at = page()
    before, picture = studio(at), shown(at)
    after = studio(healthy(weigh(at, 0.9, 0.5)))
    assert after["weights"] == [0.9, 0.5]
    assert after["turn"] > before["turn"]  # the studio's sliders follow
    assert {name for name in after if after[name] != before[name]} == {"weights", "turn"}
    assert (shown(at) != picture).any()


def test_weights_that_the_studio_has_let_go_of_stay_its_own(three):
    at = page()
    turn = studio(at)["turn"]
    fuse_page_weights(at, [0.9, 0.25])
    at = healthy(at.run())
    assert (weights(at), studio(at)["turn"]) == ([0.9, 0.25], turn)
    assert "0.9,0.25" in at.query_params["fuse.weights"]


def fuse_page_weights(at, now):
    """What the studio's callback does, which a visit without a browser cannot fire."""
    at.session_state["fuse.weight_of"] = dict(zip([each["name"] for each in studio(at)["members"]], now, strict=True))


def test_points_are_fused_too():
    for seed in (0, 1):
        keep_member(f"ring{seed}", seed=seed, dataset="ring8", network="toy", latent_dim=2)
    at = healthy(page(rule="mixture"))
    assert {name: pixels.shape for name, pixels in drawn(at).items()} == dict.fromkeys(
        ["ring0", "ring1"], (1, 360, 360, 1)
    )
    assert shown(at).shape == (1, 360, 360, 1)


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
    assert list(drawn(healthy(at))) == ["clara", "anna"]


@pytest.mark.parametrize("rule", ["weighted_average", "parameters"])
def test_no_weight_above_zero_leaves_the_members_in_sight(rule):
    keep_member("anna", seed=0)
    keep_member("berta", seed=1)
    at = healthy(page(rule=rule, weights="0,0", **({"force": "1"} if rule == "parameters" else {})))
    assert list(drawn(at)) == ["anna", "berta"]
    assert "fuse.keep_now" not in {button.key for button in at.button}  # nothing to keep
    assert "fuse.keep_now" in {button.key for button in healthy(weigh(at, 1, 0)).button}


@pytest.mark.parametrize("told", ["1", ["a"], [float("nan"), 1], [1], None])
def test_a_browser_that_asks_for_nonsense_gets_a_sentence(three, told):
    at = page(rule="frequency")
    way = frames._ways[studio(at)["frames"].split("/")[-1]][0]
    with pytest.raises(FusionError):
        way({"weights": told})


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


def test_random_weights_have_a_seed(three):
    at = healthy(page(members=ALL).button(key="fuse.random").click().run())
    thrown = weights(at)
    assert thrown != [0.5] * 3
    assert "Random weights of seed 1" in [each.value for each in at.caption]
    at = weigh(at, 0.12, *thrown[1:])
    assert "Random weights of seed 1" not in [each.value for each in at.caption]
    again = healthy(page(members=ALL).button(key="fuse.random").click().run())
    assert weights(again) == thrown  # a seed is a seed


def test_a_locked_weight_is_not_thrown(three):
    at = page(members=ALL, weights="0.33,0.5,0.5")
    at.session_state["fuse.studio"] = {"setting": {"locked": [0]}}
    assert weights(healthy(at.button(key="fuse.random").click().run()))[0] == 0.33


def test_undo_and_redo_and_the_table_lead_back(three):
    at = unfolded(page(members=ALL))
    keys = {button.key: button for button in at.button}
    assert (keys["fuse.undo"].disabled, keys["fuse.redo"].disabled) == (True, True)
    weigh(at, 0.9, 0.1, 0.2)
    at.button_group(key="fuse.rule").set_value("mixture").run()
    at.number_input(key="fuse.seed").set_value(7).run()

    def state():
        return studio(at)["rule"], weights(at), at.number_input(key="fuse.seed").value

    assert state() == ("mixture", [0.9, 0.1, 0.2], 7)
    for expected in (
        ("mixture", [0.9, 0.1, 0.2], 0),
        ("weighted_average", [0.9, 0.1, 0.2], 0),
        ("weighted_average", [0.5] * 3, 0),
    ):
        healthy(at.button(key="fuse.undo").click().run())
        assert state() == expected
    healthy(at.button(key="fuse.redo").click().run())
    assert state() == ("weighted_average", [0.9, 0.1, 0.2], 0)
    table = next(each.value for each in at.dataframe if "#" in each.value)
    assert list(table["#"]) == [4, 3, 2, 1]  # nothing is lost by going back
    weigh(at, 0.3, 0.3, 0.3)
    assert list(next(each.value for each in at.dataframe if "#" in each.value)["#"]) == [3, 2, 1]


def test_a_setting_with_a_name_comes_back_on_another_visit(three):
    at = unfolded(page(members=ALL, rule="median", weights="0.9,0.1,0.2", seed="3"))
    at.text_input(key="fuse.preset_name").set_value("for class 3").run()
    healthy(at.button(key="fuse.preset_keep").click().run())
    other = unfolded(page())
    other.selectbox(key="fuse.preset").set_value("for class 3").run()
    healthy(other.button(key="fuse.preset_use").click().run())
    other = healthy(other.run())  # members are chosen outside the part that runs again
    told = studio(other)
    assert ([each["name"] for each in told["members"]], told["rule"], told["weights"]) == (
        ALL,
        "median",
        [0.9, 0.1, 0.2],
    )
    other.selectbox(key="fuse.preset").set_value("for class 3").run()
    other.button(key="fuse.preset_forget").click().run()
    assert fuse_history.named() == {}


def test_reset_starts_afresh(three):
    at = page(members=ALL, rule="mixture", seed="7", t="0.5", weights="0.9,0.5,0.5", pictures="4")
    at = healthy(at.button(key="fuse.reset").click().run())
    assert at.button_group(key="fuse.rule").value == "weighted_average"
    assert (weights(at), at.slider(key="fuse.t").value) == ([0.5] * 3, 0)
    assert at.number_input(key="fuse.seed").value == 0
    assert dict(at.query_params) == {"fuse.members": ALL}


def test_average_counts_all_alike(three):
    at = healthy(page(members=ALL, rule="average", weights="0.9,0.5,0.5"))
    assert not studio(at)["weighs"]
    assert close(shown(at), to_uint8(fuse(ALL, "average").sample(16, 0)))


def test_a_member_keeps_its_weight_when_another_leaves(three):
    at = page(members=ALL, weights="0.1,0.2,0.9")
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
    assert list(drawn(healthy(at))) == ["ring0", "ring1"]
    at = healthy(page(members=["ring1", "ring0"]))  # a link needs no dataset
    assert at.multiselect(key="fuse.members").value == ["ring1", "ring0"]


BAD = {
    "members": ["anna", "<b>nobody</b>", "ring", "berta"],
    "rule": "magic",
    "weights": "0.5,nan",
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


def test_nine_members_are_too_many():
    names = [f"m{place}" for place in range(9)]
    for seed, name in enumerate(names):
        keep_member(name, seed=seed)
    at = healthy(page(members=names))
    assert at.multiselect(key="fuse.members").value == names[:8]
    assert "at most 8" in at.warning[0].value
    assert len(drawn(at)) == 8


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
    at = healthy(page(members=["berta", "clara"], rule="median", weights="0.7,0.5"))
    assert "0.7,0.5" in at.query_params["fuse.weights"]
    assert at.button_group(key="fuse.rule").value == "median"


def test_a_fusion_is_kept_under_a_name(three):
    at = visit("fuse", fuse__rule="median", fuse__weights="0.9,0.5")
    at.text_input(key="fuse.name").set_value("anna").run()
    at = at.button(key="fuse.keep_now").click().run()
    assert "already" in at.error[0].value
    at.text_input(key="fuse.name").set_value("both").run()
    at.button(key="fuse.keep_now").click().run()
    card = store.catalogue()["both"].card
    assert (card.recipe.members, card.recipe.rule, card.recipe.weights) == (("anna", "berta"), "median", (0.9, 0.5))


def test_recipe_command_and_picture_agree(three):
    at = healthy(page(members=ALL, rule="mixture", weights="0.9,0.5,0.5", seed="3"))
    recipe, command, *_ = (each.value for each in at.code)
    told = {"members": ALL, "rule": "mixture", "weights": [0.9, 0.5, 0.5], "n": 16, "seed": 3}
    assert json.loads(recipe) == told
    assert command == (
        "python -m ganlab fuse anna berta clara --rule mixture --weights 0.9 0.5 0.5 --n 16 --seed 3 --out fused.png"
    )
    wish = Wish(tuple(store.catalogue()[name] for name in ALL), "mixture", (0.9, 0.5, 0.5), 16, 3, 1, 0.0)
    with Image.open(io.BytesIO(draw(wish, "cpu").sheet())) as image:
        assert json.loads(image.info["ganlab"]) == told
        assert close(np.asarray(image), grid(shown(at))[:, :, 0])


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
    assert close(shown(at), to_uint8(fused.generate(z, labels)))
    own = load("anna").generate(z[:, :7], labels)
    assert (drawn(at)["anna"] == to_uint8(own)).all()
    told = json.loads(next(each.value for each in at.code if each.value.startswith("{")))
    assert told["label"] == 3
    assert any("--label 3" in each.value for each in at.code)
    at = healthy(at.button(key="fuse.reset").click().run())
    usual = fuse(["anna", "berta"], "weighted_average")
    assert close(shown(at), to_uint8(usual.sample(16, 0)))


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
    assert at.selectbox(key="fuse.anchor").options == ["anna"]  # anna has no encoder
    fused = fuse(["anna", "vae"], rule, (0.5, 0.5) if rule == "frequency" else (), options=options)
    z = fused.latents(16, 0)
    assert close(shown(at), to_uint8(fused.generate(z)))
    vae = load("vae")
    again = vae.generate(vae.encode(load("anna").generate(z)))
    assert (drawn(at)["vae"] == to_uint8(again)).all()
    told = json.loads(next(each.value for each in at.code if each.value.startswith("{")))
    assert told["options"] == options
    assert any("--option anchor=anna" in each.value for each in at.code)
    at = healthy(at.button(key="fuse.reset").click().run())
    assert at.selectbox(key="fuse.anchor").value is None


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
    assert close(shown(at), to_uint8(fused.sample(16, 0)))


def test_a_weight_of_aligned_members_costs_no_look_by_an_encoder():
    keep_member("anna")
    keep_member("vae", seed=1, objective="elbo")
    at = healthy(page(members=["anna", "vae"], rule="weighted_average", anchor="anna"))
    looks = []
    handle = engine.member("vae", "cpu").networks["encoder"].register_forward_hook(lambda *_: looks.append(1))
    at = healthy(weigh(at, 0.9, 0.5))
    assert weights(at) == [0.9, 0.5]
    assert looks == []
    healthy(at.number_input(key="fuse.seed").set_value(3).run())
    handle.remove()
    assert looks == [1]
