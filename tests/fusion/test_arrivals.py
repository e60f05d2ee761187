"""Members leave as a zip and come in from one: the same members, all or none, and never over another one."""

import io
import json
import zipfile

import pytest
import torch
from fakes import keep_member

from ganlab import files
from ganlab.errors import GanlabError, MemberError, NameTaken, UnknownName
from ganlab.fusion import fuse, keep, load
from ganlab.fusion.arrivals import receive
from ganlab.members import archive, preview, store


@pytest.fixture(autouse=True)
def shipped(workspace, tmp_path, monkeypatch):
    monkeypatch.setattr(store, "shipped_folder", lambda: tmp_path / "pretrained")
    return tmp_path / "pretrained"


@pytest.fixture
def packed(tmp_path):
    def packed(*names):
        archive.pack(names, tmp_path / "members.zip")
        return (tmp_path / "members.zip").read_bytes()

    return packed


def family():
    """Two members, a fusion, and a fusion of the fusion, in which an option names a member."""
    keep_member("anna", network="mlp", objective="elbo")
    keep_member("berta", seed=1, network="mlp", objective="elbo")
    keep(fuse(["anna", "berta"], "average", options={"anchor": "anna"}), "both")
    keep(fuse(["both", "berta"], "mixture", (1, 2)), "nest")


def names():
    return [entry.name for entry in store.catalogue()]


def clear(*members):
    for name in members:
        store.delete(name)


def everything(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def test_a_fusion_goes_along_with_all_it_is_made_of_and_comes_back_the_same(packed, workspace):
    family()
    before, cards = load("nest").sample(4, 3), {entry.name: entry.card for entry in store.catalogue()}
    data = packed("nest")
    clear("nest", "both", "anna", "berta")
    arrived = receive(data)
    assert [entry.name for entry in arrived.entries][-2:] == ["both", "nest"]
    assert {entry.name: entry.card for entry in store.catalogue()} == cards
    assert torch.equal(load("nest").sample(4, 3), before)
    assert not [name for name in everything(workspace / "members") if ".part" in name]


def test_what_is_there_already_stays_and_is_told(packed):
    family()
    data = packed("nest")
    clear("nest")
    arrived = receive(data)
    assert [entry.name for entry in arrived.entries] == ["nest"]
    assert sorted(arrived.there) == ["anna", "berta", "both"]
    assert receive(data).entries == ()


def test_a_taken_name_asks_for_another_and_fusions_follow_it(packed, workspace):
    family()
    before, data = load("nest").sample(4, 3), packed("nest")
    clear("nest", "both", "anna")
    entry, *_ = keep_member("anna", seed=9)
    there = everything(workspace)
    with pytest.raises(NameTaken, match="Other members are called 'anna' already: choose other names") as caught:
        receive(data)
    assert caught.value.names == ("anna",)
    assert everything(workspace) == there
    receive(data, {"anna": "anna-2", "nest": "nest-2"})
    assert names() == ["anna", "anna-2", "berta", "both", "nest-2"]
    assert store.catalogue()["anna"] == entry
    assert store.catalogue()["both"].card.recipe.options == {"anchor": "anna-2"}
    assert torch.equal(load("nest-2").sample(4, 3), before)


def test_the_same_member_comes_in_twice_under_another_name(packed):
    keep_member("anna")
    receive(packed("anna"), {"anna": "berta"})
    assert names() == ["anna", "berta"]


@pytest.mark.parametrize(
    ("called", "words"),
    [
        ({"otto": "new"}, "'otto' is not in the zip: it holds anna, berta."),
        ({"anna": "../x"}, "'../x' is no name for a member"),
        ({"anna": "berta"}, "Two members of the zip would be called 'berta'"),
        ({"anna": "carl"}, "Other members are called 'carl' already"),
    ],
)
def test_new_names_are_checked_before_anything_comes_in(packed, called, words):
    for seed, name in enumerate(("anna", "berta", "carl")):
        keep_member(name, seed=seed)
    data = packed("anna", "berta")
    clear("anna", "berta")
    with pytest.raises(GanlabError) as caught:
        receive(data, called)
    assert words in str(caught.value)
    assert names() == ["carl"]


def test_a_recipe_in_the_zip_becomes_a_fused_member(packed):
    keep_member("anna")
    keep_member("berta", seed=1)
    buffer = io.BytesIO(packed("anna"))
    recipe = {"members": ["anna", "berta"], "rule": "median", "seed": 5}
    with zipfile.ZipFile(buffer, "a") as zipped:
        zipped.writestr("voted.json", json.dumps(recipe))
    clear("anna")
    receive(buffer.getvalue())
    fused = fuse(["anna", "berta"], "median")
    assert torch.equal(load("voted").sample(4, 3), fused.sample(4, 3))
    assert receive(buffer.getvalue()).there == ("anna", "voted")


def test_a_preview_in_the_zip_is_not_believed(packed):
    keep_member("anna")
    data = packed("anna")
    clear("anna")
    buffer = io.BytesIO(data)
    with zipfile.ZipFile(buffer, "a") as zipped:
        zipped.writestr(f"anna/{preview.NAME}", b"any picture")
        zipped.writestr("__MACOSX/anna/._card.json", b"what a Mac adds")
    (entry,) = receive(buffer.getvalue()).entries
    assert everything(entry.folder) == {"card.json", "weights.safetensors"}


def test_of_several_all_come_in_or_none(packed, workspace, monkeypatch):
    for seed, name in enumerate(("anna", "berta", "carl")):
        keep_member(name, seed=seed)
    data = packed("anna", "berta", "carl")
    clear("anna", "berta", "carl")
    rename, moved = files.Path.rename, []

    def disk_breaks(path, target):
        if files.Path(target).parent == store.own_folder():
            moved.append(path.name)
            if len(moved) == 3:
                raise OSError(28, "No space left on device")
        return rename(path, target)

    monkeypatch.setattr(files.Path, "rename", disk_breaks)
    with pytest.raises(MemberError, match="No space left on device"):
        receive(data)
    assert len(moved) == 3 + 2  # the two that were there went out of sight again
    assert everything(workspace / "members") == set()


def test_a_fusion_whose_member_is_another_one_is_refused(packed):
    family()
    data = packed("both")
    clear("nest", "both", "anna", "berta")
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w") as new:
        for info in old.infolist():
            if not info.filename.startswith("berta/"):
                new.writestr(info, old.read(info))
    keep_member("berta", seed=7, network="mlp", objective="elbo")
    with pytest.raises(MemberError, match="'berta' is not the one it was made of"):
        receive(buffer.getvalue())
    assert names() == ["berta"]


def test_an_unknown_member_cannot_be_packed(tmp_path):
    with pytest.raises(UnknownName):
        archive.pack(["anna"], tmp_path / "x.zip")
    assert not (tmp_path / "x.zip").exists()


@pytest.mark.parametrize("lie", [{"latent_dim": 9, "walk_dim": 6}, {"shape": (1, 9, 9)}, {"conditional": True}])
def test_a_fusion_whose_card_promises_something_else_is_refused(packed, lie):
    family()
    store.update_card(store.catalogue()["both"], **lie)
    with pytest.raises(MemberError, match="its card contradicts its own recipe in"):
        load("both")
    data = packed("both")
    clear("nest", "both")
    with pytest.raises(MemberError, match="its card contradicts its own recipe in"):
        receive(data)
    assert names() == ["anna", "berta"]
