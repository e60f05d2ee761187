"""Members come into the gallery out of a zip; a name that is taken is asked for again."""

import pytest
from fakes import keep_member
from parts_visit import healthy, visit

from ganlab.members import archive, store


@pytest.fixture(autouse=True)
def shipped(workspace, tmp_path, monkeypatch):
    monkeypatch.setattr(store, "shipped_folder", lambda: tmp_path / "pretrained")


@pytest.fixture
def packed(tmp_path):
    keep_member("anna")
    archive.pack(["anna"], tmp_path / "anna.zip")
    store.delete("anna")
    return (tmp_path / "anna.zip").read_bytes()


def given(at, data):
    return at.file_uploader(key="gallery.import_file").upload("anna.zip", data, "application/zip").run()


def pressed(at):
    return at.button(key="gallery.import_now").click().run()


def test_an_uploaded_member_has_a_card_at_once(packed):
    at = visit()
    assert not [button for button in at.button if button.key == "gallery.import_now"]
    at = healthy(pressed(given(at, packed)))
    assert at.success[0].value == "New in the gallery: anna."
    assert "Open anna" in [button.label for button in at.button]
    at = healthy(pressed(at))
    assert at.success[0].value == "Here already, the very same: anna."


def test_a_taken_name_is_asked_for_and_nothing_is_overwritten(packed):
    entry, *_ = keep_member("anna", seed=5)
    at = pressed(given(visit(), packed))
    assert "Other members are called 'anna' already" in at.error[0].value
    assert at.text_input(key="gallery.import_as.0").value == "anna-2"
    at = pressed(at.text_input(key="gallery.import_as.0").set_value("Anna!").run())
    assert "is no name for a member" in at.error[0].value
    at = healthy(pressed(at.text_input(key="gallery.import_as.0").set_value("berta").run()))
    assert [each.name for each in store.catalogue()] == ["anna", "berta"]
    assert store.catalogue()["anna"] == entry
    assert not [box for box in at.text_input if box.key.startswith("gallery.import_as")]
