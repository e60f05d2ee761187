"""The gallery: cards of what there is, one member at work, and no traceback whatever lies in the store."""

import json

import pytest
import torch
from fakes import card_for, keep_fused, keep_member, tiny_spec
from measurements import measurement, measurement_of_points, put
from parts_visit import healthy, picture, pictures, visit

from ganlab.data import licence_of
from ganlab.fusion import load
from ganlab.images import grid, to_uint8
from ganlab.members import preview, store
from ganlab.ui import engine
from ganlab.ui.pages import gallery_facts
from ganlab.ui.parts import grid as grid_part

HOSTILE = "<script>alert(1)</script> ![x](http://evil.example/x.png) :red[$x$] **b** | `c`"


@pytest.fixture(autouse=True)
def shipped(workspace, tmp_path, monkeypatch):
    monkeypatch.setattr(store, "shipped_folder", lambda: tmp_path / "pretrained")
    monkeypatch.setattr(grid_part, "_STAYING", 10**6)  # so that all pictures can be read off the page
    return tmp_path / "pretrained"


def texts(at):
    return "\n".join(str(each.value) for kind in ("title", "markdown", "caption", "info") for each in at.get(kind))


def labels(at):
    return [button.label for button in at.button if button.key != "app.lesson_link"]


def test_an_empty_store_says_what_to_do():
    at = healthy(visit())
    assert "Train" in at.info[0].value
    assert at.get("page_link")[0].proto.page == "train"


def test_each_member_has_a_card_with_its_picture():
    keep_member("anna")
    keep_member("ring", dataset="ring8", network="toy", latent_dim=2)
    at = healthy(visit())
    assert labels(at) == ["Open anna", "Open ring"]
    assert [alt for alt, _ in pictures(at)] == ["Samples of anna", "Samples of ring"]
    assert preview.find(store.catalogue()["anna"]) is not None


def test_cards_and_pictures_need_no_engine(monkeypatch):
    entry, *_ = keep_member("anna")
    preview.remember(entry, preview.draw(load("anna")))
    keep_member("berta", seed=1)
    visit()  # the engine is loaded by now; from here on it is not
    monkeypatch.setattr(engine.READY, "is_set", lambda: False)
    at = healthy(visit())
    assert labels(at) == ["Open anna", "Open berta"]
    assert len(pictures(at)) >= 1
    at = healthy(visit(gallery__member="anna"))
    assert [alt for alt, _ in pictures(at)] == ["Samples of anna"]


def links(at):
    return [(link.proto.page, link.proto.label, link.proto.query_string) for link in at.main.get("page_link")]


def test_what_is_not_measured_leads_to_compare():
    keep_member("anna")
    assert ("compare", "Not measured yet", "compare.members=anna") in links(healthy(visit()))
    at = healthy(visit(gallery__member="anna"))
    assert ("compare", "Measure it on Compare", "compare.members=anna") in links(at)


def test_a_card_tells_its_main_numbers_and_no_more():
    keep_member("anna")
    put("anna", measurement())
    keep_member("ring", dataset="ring8", network="toy", latent_dim=2)
    put("ring", measurement_of_points())
    at = healthy(visit())
    shown = texts(at)
    assert "FID 6.59 · Precision 0.659 · Recall 0.549" in shown
    assert "Modes 6 · High quality 0.900" in shown
    assert links(at) == []


def test_the_usual_measurement_is_told_where_there_is_room_for_one():
    entry, *_ = keep_member("anna")
    worse = [
        measurement(1, split="validation", n_fake=50_000),
        measurement(2, extractor="inception-v3-fid", n_fake=50_000),
        measurement(3, extractor="digits-inpainter", n_fake=50_000),
        measurement(4, n_fake=5_000),
    ]
    for order in (worse, worse[::-1]):
        for best in range(len(worse)):
            left = order[: best + 1]
            told = gallery_facts.usual(entry.card.model_copy(update={"metrics": tuple(left)}))
            assert told.numbers["fid"].value == max(each.numbers["fid"].value for each in left)
    assert gallery_facts.usual(entry.card) is None


def test_a_member_shows_all_that_was_measured():
    keep_member("anna")
    note = "With 500 against 360 pictures FID is too large by about 0.3. " + HOSTILE
    put("anna", measurement(2.5, seed=1, n_fake=500, notes=(note,)), measurement())
    at = healthy(visit(gallery__member="anna"))
    shown = texts(at).replace("\\", "")
    assert "digits-classifier · 10,000 drawn against 360 real of the test split · seed 0" in shown
    assert "| FID | 6.59 [6.41, 6.79] | 0.0500 |" in shown
    assert "| Nearness | 0.659 [0.599, 0.732] |  |" in shown
    assert "**0** 20.0% (10.0%) · **1** 0.0% (10.0%)" in shown
    (other,) = [each for each in at.expander if "drawn" in each.label]
    assert "500 drawn" in other.label
    assert "| FID | 2.50 [2.32, 2.70] |" in other.markdown[0].value.replace("\\", "")
    assert "too large" in other.caption[1].value
    assert ("compare", "See its numbers on Compare", "compare.members=anna") in links(at)


def test_a_member_is_compared_with_others_that_were_measured():
    for seed, name in enumerate(["anna", "berta", "clara"]):
        keep_member(name, seed=seed)
    keep_member("ring", dataset="ring8", network="toy", latent_dim=2)
    put("ring", measurement_of_points())
    put("clara", measurement())
    at = healthy(visit(gallery__member="anna"))
    assert ("compare", "Measure it on Compare", "compare.members=anna&compare.members=clara") in links(at)


def test_opening_a_card_shows_the_member_and_back_again():
    keep_member("anna")
    at = healthy(visit().button(key="gallery.open.anna").click().run())
    assert at.query_params["gallery.member"] == "anna"
    assert at.title[0].value == "anna"
    at = healthy(at.button(key="gallery.back").click().run())
    assert "gallery.member" not in at.query_params
    assert labels(at) == ["Open anna"]


@pytest.mark.parametrize("truncation", [1.0, 0.5])
def test_the_page_shows_what_the_member_draws(truncation):
    keep_member("anna")
    at = visit(gallery__member="anna", gallery__seed="5", gallery__pictures="9")
    at.slider(key="gallery.truncation").set_value(truncation).run()
    own = grid(to_uint8(load("anna").sample(9, 5, truncation=truncation)))[:, :, 0]
    assert (picture(healthy(at), "9 samples of anna from seed 5") == own).all()


def test_new_samples_take_the_next_seed():
    keep_member("anna")
    at = visit(gallery__member="anna")
    before = picture(at, "16 samples")
    at = healthy(at.button(key="gallery.new").click().run())
    assert at.number_input(key="gallery.seed").value == 1
    assert at.query_params["gallery.seed"] == "1"
    assert (picture(at, "16 samples of anna from seed 1") != before).any()


def test_points_are_drawn_as_a_picture():
    keep_member("ring", dataset="ring8", network="toy", latent_dim=2)
    at = healthy(visit(gallery__member="ring"))
    assert picture(at, "1024 samples of ring").shape == (360, 360)


def test_an_own_member_can_be_renamed():
    keep_member("anna")
    at = visit(gallery__member="anna")
    at.text_input(key="gallery.new_name.anna").set_value("Berta!").run()
    at = at.button(key="gallery.rename_now").click().run()
    assert "is no name for a member" in at.error[0].value
    at.text_input(key="gallery.new_name.anna").set_value("berta").run()
    at = healthy(at.button(key="gallery.rename_now").click().run())
    assert at.title[0].value == "berta"
    assert [entry.name for entry in store.catalogue()] == ["berta"]


def test_deleting_asks_first_and_refuses_what_others_are_made_of():
    keep_member("anna")
    keep_member("berta", seed=1)
    keep_fused("both", "anna", "berta")
    at = visit(gallery__member="anna").button(key="gallery.delete_now").click().run()
    assert "made of it" in at.error[0].value
    at = healthy(visit(gallery__member="both").button(key="gallery.delete_now").click().run())
    assert [entry.name for entry in store.catalogue()] == ["anna", "berta"]
    assert labels(at) == ["Open anna", "Open berta"]


def test_shipped_members_are_neither_renamed_nor_deleted(shipped):
    entry, *_ = keep_member("anna")
    shipped.mkdir()
    entry.folder.rename(shipped / "anna")
    at = healthy(visit(gallery__member="anna"))
    assert {button.key for button in at.button} == {"gallery.back", "gallery.new", "app.lesson_link"}
    assert "comes with ganlab" in texts(at)


def test_a_fused_member_shows_its_recipe_and_leads_to_fusion():
    keep_member("anna")
    keep_member("berta", seed=1)
    keep_fused("both", "anna", "berta", rule="median")
    at = healthy(visit(gallery__member="both"))
    assert json.loads(at.code[0].value)["members"] == ["anna", "berta"]
    assert "fuse.members=anna&fuse.members=berta&fuse.rule=median" in [query for *_, query in links(at)]


def test_refused_members_are_listed_and_the_rest_works():
    keep_member("anna")
    (store.own_folder() / "broken").mkdir()
    (store.own_folder() / "torn").mkdir()
    (store.own_folder() / "torn" / "card.json").write_text("{")
    at = healthy(visit())
    (refused,) = [each for each in at.expander if each.label == "2 members in the store cannot be used"]
    told = [each.value for each in refused.markdown]
    assert "no card" in told[0]
    assert told[1].startswith("**torn**")
    assert labels(at) == ["Open anna"]


def test_a_member_that_breaks_when_opened_is_told_on_its_card():
    keep_member("anna")
    entry, *_ = keep_member("berta", seed=17)  # the engine remembers the weights of other tests
    store.update_card(entry, parameters=7)
    at = visit()
    assert not at.exception
    assert "contradicts" in at.warning[0].value
    assert len(pictures(at)) == 1
    at = visit(gallery__member="berta")
    assert "contradicts" in at.error[0].value


def test_an_unknown_member_in_the_address_is_told():
    keep_member("anna")
    at = visit(gallery__member="<b>ana</b>")
    assert r"\<b\>ana\<" in at.error[0].value
    assert labels(at) == ["Open anna"]


def test_hostile_texts_are_shown_as_texts():
    spec = tiny_spec()
    entry, *_ = keep_member("anna")
    card = card_for(spec, "anna", entry.card.weights, licence=HOSTILE, device=HOSTILE, seconds=1.0)
    store.update_card(entry, licence=card.licence, device=card.device, seconds=1.0)
    shown = texts(healthy(visit(gallery__member="anna")))
    assert "script" in shown
    for live in ("<script", "![x]", ":red[", "$x$", "**b**", "`c`", "](http"):
        assert live not in shown.replace(f"\\{live[0]}", "")
    assert not any(each.proto.allow_html for each in visit().markdown)


def test_a_member_tells_the_licence_of_its_data_and_nothing_where_there_is_none():
    entry, *_ = keep_member("anna")
    assert "Licence" not in texts(healthy(visit(gallery__member="anna")))
    store.update_card(entry, licence=licence_of("cats64"))
    assert "| Licence of the data | cats64: none stated" in texts(healthy(visit(gallery__member="anna"))).replace(
        "\\", ""
    )


def test_many_members_can_be_filtered():
    for index in range(5):
        keep_member(f"m{index}", seed=index, network="mlp")
    keep_member("ring", dataset="ring8", network="toy", latent_dim=2)
    at = healthy(visit())
    assert [box.label for box in at.selectbox if box.key.startswith("gallery")] == ["Dataset", "Network"]
    at.selectbox(key="gallery.only_dataset").set_value("ring8").run()
    assert labels(at) == ["Open ring"]
    at.selectbox(key="gallery.only_network").set_value("mlp").run()
    assert "No member fits" in healthy(at).info[0].value


def test_a_conditional_member_is_asked_for_a_class():
    keep_member("asked", conditional=True)
    member = load("asked")
    at = healthy(visit(gallery__member="asked"))
    assert "Can be asked for" in texts(at)
    assert "digits · dcgan · hinge · conditional" in texts(at)
    z = member.latents(16, 0)
    assert (picture(at, "16 samples of asked") == grid(to_uint8(member.generate(z)))[:, :, 0]).all()
    at = healthy(at.selectbox(key="gallery.label").set_value("7").run())
    of_sevens = grid(to_uint8(member.generate(z, torch.full((16,), 7))))[:, :, 0]
    assert (picture(at, "16 samples of asked") == of_sevens).all()
    linked = healthy(visit(gallery__member="asked", gallery__label="7"))
    assert (picture(linked, "16 samples of asked") == of_sevens).all()


def test_a_member_without_classes_is_asked_for_none():
    keep_member("plain")
    at = healthy(visit(gallery__member="plain"))
    assert "gallery.label" not in [each.key for each in at.selectbox]
