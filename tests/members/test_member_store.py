"""The store: whole members in, whole members out, and anything else refused by name with the reason."""

import json
import os
import pickle
import zipfile

import pytest
import safetensors.torch
import torch
from fakes import card_for, keep_fused, keep_member, tiny_spec

from ganlab import files
from ganlab.errors import MemberError, SpecError, UnknownName
from ganlab.members import archive, store
from ganlab.members.card import Card, Weights
from ganlab.members.loading import load_network


def ship(name, shipped, **changes):
    """Move an own member to where shipped ones lie."""
    entry, *_ = keep_member(name, **changes)
    shipped.mkdir(exist_ok=True)
    entry.folder.rename(shipped / name)


def names():
    return [entry.name for entry in store.catalogue()]


def reasons():
    return {each.name: each.reason for each in store.catalogue().refused}


def everything_under(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def edit_card(entry, **changes):
    path = entry.folder / store.CARD
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def edit_tensors(entry, change):
    """Change the weights, and make the card honest about the file, though not about what is in it."""
    path = entry.folder / store.WEIGHTS
    tensors = safetensors.torch.load(path.read_bytes())
    change(tensors)
    path.write_bytes(safetensors.torch.save(tensors))
    edit_card(entry, weights={"sha256": files.sha256(path), "size": path.stat().st_size})


def test_a_new_workspace_is_empty():
    assert names() == []
    with pytest.raises(UnknownName, match="There is no member yet"):
        store.catalogue()["anna"]


def test_what_is_kept_is_found_with_all_its_card_says(workspace):
    entry, *_ = keep_member("anna")
    found = store.catalogue()["anna"]
    assert found == entry
    assert found.folder == workspace / "members" / "anna"
    assert everything_under(workspace / "members") == ["anna", "anna/card.json", "anna/weights.safetensors"]
    assert "anna" in store.catalogue()
    assert "otto" not in store.catalogue()


def test_shipped_members_come_first_and_others_by_name(shipped):
    for name in ("zoe", "bert"):
        ship(name, shipped)
    for name in ("otto", "anna"):
        keep_member(name)
    assert names() == ["bert", "zoe", "anna", "otto"]
    assert [entry.shipped for entry in store.catalogue()] == [True, True, False, False]


def test_shipped_members_that_began_as_another_or_saw_a_part_of_the_rows_come_after_the_rest_of_their_set(shipped):
    for name, kept in {"adam": {"start": "zoe"}, "bert": {}, "zoe": {"objective": "elbo"}}.items():
        ship(name, shipped, **kept)
    edit_card(store.catalogue()["bert"], rows="label 3: 12 of 99 rows")
    ship("carl", shipped)
    assert names() == ["carl", "zoe", "adam", "bert"]


def truncate(entry):
    path = entry.folder / store.WEIGHTS
    path.write_bytes(path.read_bytes()[:-100])


def flip_a_byte(entry):
    path = entry.folder / store.WEIGHTS
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)


def card_text(text):
    return lambda entry: (entry.folder / store.CARD).write_bytes(text)


BROKEN = {
    "truncated weights": (truncate, "it is truncated or foreign."),
    "edited weights": (flip_a_byte, "the SHA-256 differs): it was edited."),
    "no weights": (lambda entry: (entry.folder / store.WEIGHTS).unlink(), "its folder has no weights.safetensors."),
    "no card": (lambda entry: (entry.folder / store.CARD).unlink(), "its folder has no card.json."),
    "half a card": (card_text(b'{"name": "an'), "is no JSON: EOF"),
    "a picture as card": (card_text(b"\x89PNG\r\n\xff"), "its card.json is no text."),
    "a deep card": (card_text(b"[" * 100_000), "recursion limit exceeded"),
    "a huge card": (card_text(b" " * 1_000_001), "its card.json has 1,000,001 bytes"),
    "a list as card": (card_text(b"[]"), "allowed: an object"),
    "another's card": (lambda entry: edit_card(entry, name="otto"), "card is that of 'otto', but its folder is called"),
    "a bad name": (lambda entry: edit_card(entry, name="../anna"), "'../anna' is no name for a member"),
    "an unknown field": (lambda entry: edit_card(entry, colour="red"), "There is no field 'colour'."),
    "an unknown network": (
        lambda entry: edit_card(entry, spec={"network": "gpt"}),
        "spec.network: No network is called 'gpt'.",
    ),
    "no spec": (lambda entry: edit_card(entry, spec=None), "a card of kind 'gan' needs a spec"),
    "no stated weights": (lambda entry: edit_card(entry, weights=None), "its card.json does not state its weights."),
    "another shape": (lambda entry: edit_card(entry, shape=[3, 8, 8]), "does not fit the spec, which makes (1, 8, 8)"),
    "a recipe as well": (
        lambda entry: edit_card(entry, recipe={"members": ["otto"], "rule": "average"}),
        "a card of kind 'gan' has no recipe",
    ),
    "another dataset": (lambda entry: edit_card(entry, dataset="mnist"), "dataset 'mnist' does not fit the spec"),
    "a longer walk": (lambda entry: edit_card(entry, walk_dim=7), "walk_dim 7 is more than latent_dim 6"),
}


@pytest.mark.parametrize(("harm", "reason"), BROKEN.values(), ids=BROKEN)
def test_a_broken_member_is_refused_by_name_and_the_rest_still_loads(harm, reason):
    entry, *_ = keep_member("anna")
    keep_member("otto")
    assert names() == ["anna", "otto"]  # looked at once before, so that nothing remembered hides the harm
    harm(entry)
    assert names() == ["otto"]
    assert list(reasons()) == ["anna"]
    assert reason in reasons()["anna"]
    with pytest.raises(MemberError, match=r"^Member 'anna' cannot be used: ") as caught:
        store.catalogue()["anna"]
    assert reason in str(caught.value)
    store.delete("anna")
    assert reasons() == {}


def no_number(tensors):
    first = sorted(tensors)[0]
    tensors[first] = torch.full_like(tensors[first], float("nan"))


def infinite(tensors):
    tensors["generator.0.weight"][3, 3] = float("inf")


MISFITS = {
    "nan": (no_number, "'critic.0.bias' holds values that are not finite"),
    "infinite": (infinite, "'generator.0.weight' holds values that are not finite"),
    "missing": (lambda tensors: tensors.pop("generator.0.weight"), "'generator.0.weight' is missing"),
    "no generator": (
        lambda tensors: [tensors.pop(key) for key in list(tensors) if key.startswith("generator")],
        "'generator.0.weight' is missing",
    ),
    "half a critic": (lambda tensors: tensors.pop("critic.0.weight"), "'critic.0.weight' is missing"),
    "foreign": (lambda tensors: tensors.update(more=torch.zeros(1)), "'more' is foreign"),
    "shape": (
        lambda tensors: tensors.update({"generator.0.weight": torch.zeros(15, 6)}),
        "'generator.0.weight' has shape [15, 6], wanted [16, 6]",
    ),
    "type": (
        lambda tensors: tensors.update({"generator.0.weight": torch.zeros(16, 6, dtype=torch.int32)}),
        "'generator.0.weight' has type torch.int32, wanted torch.float32",
    ),
}


@pytest.mark.parametrize(("change", "fault"), MISFITS.values(), ids=MISFITS)
def test_weights_that_do_not_fit_their_card_are_refused(change, fault):
    entry, *_ = keep_member("anna")
    edit_tensors(entry, change)
    with pytest.raises(MemberError) as caught:
        load_network(store.catalogue()["anna"])
    assert str(caught.value) == f"Member 'anna' cannot be used: its weights do not fit its card: {fault}."


@pytest.mark.parametrize("lie", [{"latent_dim": 7, "walk_dim": 7}, {"parameters": 1}])
def test_a_card_that_contradicts_its_own_spec_is_refused(lie):
    entry, *_ = keep_member("anna")
    edit_card(entry, **lie)
    with pytest.raises(MemberError, match="Member 'anna' cannot be used: its card contradicts its own spec"):
        load_network(store.catalogue()["anna"])


def test_weights_that_changed_since_the_catalogue_was_read_are_refused():
    entry, *_ = keep_member("anna")
    flip_a_byte(entry)
    with pytest.raises(MemberError, match=r"Member 'anna' cannot be used: .* it was edited"):
        load_network(entry)


class Bomb:
    """A pickle that writes a file when it is read."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (os.mkdir, (str(self.path),))


def test_a_pickle_is_refused_and_its_payload_does_not_run(tmp_path):
    pickled = pickle.dumps(Bomb(tmp_path / "exploded"))
    entry, *_ = keep_member("anna")
    path = entry.folder / store.WEIGHTS
    path.write_bytes(pickled)
    edit_card(entry, weights={"sha256": files.sha256(path), "size": len(pickled)})
    with pytest.raises(MemberError, match=r"Member 'anna' cannot be used: its weights.safetensors is no safetensors"):
        load_network(store.catalogue()["anna"])
    assert not (tmp_path / "exploded").exists()
    pickle.loads(pickled)
    assert (tmp_path / "exploded").exists()  # the payload was a live one


def test_a_card_alone_has_no_weights_to_load():
    keep_member("anna")
    keep_member("otto")
    fused = keep_fused("both", "anna", "otto")
    with pytest.raises(MemberError, match="'both' has no weights of its own"):
        load_network(fused)


def test_a_taken_name_is_taken(shipped):
    ship("bert", shipped)
    entry, *_ = keep_member("anna")
    before = (entry.folder / store.CARD).read_bytes()
    for name in ("anna", "bert"):
        with pytest.raises(MemberError, match=f"There is a member called '{name}' already: choose another name"):
            keep_member(name, seed=1)
    assert (entry.folder / store.CARD).read_bytes() == before
    truncate(entry)
    with pytest.raises(MemberError, match="'anna' already"):
        keep_member("anna")  # a broken one is not overwritten either


def test_a_member_that_was_copied_here_under_a_shipped_name_is_refused_not_preferred(shipped, workspace):
    ship("bert", shipped)
    keep_member("anna")
    files.write_bytes(workspace / "members" / "bert" / store.WEIGHTS, b"x")
    for file in (store.CARD, store.WEIGHTS):
        files.write_bytes(workspace / "members" / "bert" / file, (shipped / "bert" / file).read_bytes())
    assert names() == ["bert", "anna"]
    assert store.catalogue()["bert"].shipped
    assert "another member is called 'bert' already" in reasons()["bert"]


def test_renaming_that_was_broken_off_is_done_and_comes_to_its_end(workspace, monkeypatch):
    entry, *_ = keep_member("anna")
    written = files.write_json

    def pull_the_plug(path, value):
        if path.name == store.CARD:
            raise KeyboardInterrupt
        written(path, value)

    with monkeypatch.context() as patch:
        patch.setattr(files, "write_json", pull_the_plug)
        with pytest.raises(KeyboardInterrupt):
            store.rename("anna", "otto")
    assert names() == ["otto"]
    assert store.catalogue()["otto"].card == entry.card.model_copy(update={"name": "otto"})
    assert Card.read((workspace / "members" / "otto" / store.CARD).read_text()).name == "anna"
    store.settle()
    assert everything_under(workspace / "members") == ["otto", "otto/card.json", "otto/weights.safetensors"]
    assert Card.read((workspace / "members" / "otto" / store.CARD).read_text()).name == "otto"


def test_nobody_writes_the_card_of_a_member_that_is_gone(workspace):
    entry, *_ = keep_member("anna")
    store.delete("anna")
    with pytest.raises(MemberError, match="There is no member called 'anna' any more"):
        store.update_card(entry, seconds=1.0)
    assert everything_under(workspace / "members") == []


def test_renaming_moves_all_and_changes_only_the_name(workspace):
    entry, *_ = keep_member("anna")
    renamed = store.rename("anna", "otto")
    assert names() == ["otto"]
    assert renamed == store.catalogue()["otto"]
    assert renamed.card == entry.card.model_copy(update={"name": "otto"})
    assert everything_under(workspace / "members") == ["otto", "otto/card.json", "otto/weights.safetensors"]
    assert load_network(renamed).name == "otto"
    assert store.rename("otto", "otto") == renamed


@pytest.mark.parametrize(("new", "told"), [("bert", "'bert' already"), ("Otto!", "'Otto!' is no name for a member")])
def test_a_bad_new_name_changes_nothing(shipped, new, told):
    ship("bert", shipped)
    keep_member("anna")
    with pytest.raises(MemberError, match=told):
        store.rename("anna", new)
    assert names() == ["bert", "anna"]


def test_deleting_leaves_nothing(workspace):
    keep_member("anna")
    store.delete("anna")
    assert everything_under(workspace / "members") == []
    with pytest.raises(UnknownName):
        store.delete("anna")


def test_shipped_members_stay(shipped):
    ship("bert", shipped)
    before = everything_under(shipped)
    with pytest.raises(MemberError, match="'bert' comes with ganlab and cannot be deleted"):
        store.delete("bert")
    with pytest.raises(MemberError, match="'bert' comes with ganlab and cannot be renamed"):
        store.rename("bert", "otto")
    assert everything_under(shipped) == before


def test_a_recipe_protects_its_members_until_it_goes():
    for name in ("anna", "otto", "free"):
        keep_member(name)
    keep_fused("both", "anna", "otto")
    assert store.users("anna") == ["both"]
    assert store.users("free") == []
    for change in (store.delete, lambda name: store.rename(name, "new")):
        with pytest.raises(MemberError, match=r"'both' is made of it\. Delete that first"):
            change("anna")
    store.delete("both")
    store.delete("anna")
    assert names() == ["free", "otto"]


def test_a_packed_member_unpacks_to_the_same_member(tmp_path, workspace):
    entry, *_ = keep_member("anna")
    archive.pack(["anna"], tmp_path / "anna.zip")
    store.delete("anna")
    with zipfile.ZipFile(tmp_path / "anna.zip") as packed:
        assert packed.testzip() is None
        assert packed.namelist() == ["anna/card.json", "anna/weights.safetensors"]
        packed.extractall(workspace / "members")
    assert store.catalogue()["anna"].card == entry.card


def test_packing_twice_gives_the_same_file(tmp_path):
    keep_member("anna")
    for name in ("a", "b"):
        archive.pack(["anna"], tmp_path / name)
    with zipfile.ZipFile(tmp_path / "a") as packed:  # no clock in it
        assert {info.date_time for info in packed.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_zip_that_cannot_be_written_is_said(tmp_path):
    keep_member("anna")
    (tmp_path / "taken").write_text("a file, no folder")
    with pytest.raises(MemberError, match="cannot be written"):
        archive.pack(["anna"], tmp_path / "taken" / "anna.zip")


def test_a_changed_card_is_on_disk():
    entry, *_ = keep_member("anna")
    assert store.update_card(entry, seconds=12.5).card.seconds == 12.5
    assert store.catalogue()["anna"].card == entry.card.model_copy(update={"seconds": 12.5})
    with pytest.raises(SpecError, match="seconds is -1"):
        store.update_card(entry, seconds=-1.0)


def test_half_written_and_half_deleted_folders_are_not_seen(workspace):
    keep_member("anna")
    for name in (".otto.x.part", ".otto.gone"):
        (workspace / "members" / name).mkdir()
    (workspace / "members" / "a-file").write_text("x")
    assert names() == ["anna"]
    assert reasons() == {}


def test_a_card_comes_back_from_json_as_it_was():
    spec = tiny_spec().resolved()
    number = {"value": 12.5, "low": 11.0, "high": 14.0}
    counts = {"n_fake": 5000, "n_real": 10_000, "split": "test", "seed": 0}
    metrics = ({"extractor": "digits-classifier", "numbers": {"fid": number, "modes": {"value": 9.0}}} | counts,)
    card = Card.read(
        json.dumps(
            card_for(spec, weights=Weights(sha256="0" * 64, size=1), seconds=2.5, steps=6).model_dump(mode="json")
            | {"metrics": metrics}
        )
    )
    assert Card.read(card.model_dump_json()) == card
    assert card.walk_dim == card.latent_dim
    summary = card.summary()
    assert summary["metrics"][0]["numbers"]["fid"] == number
    assert summary["metrics"][0]["n_real"] == 10_000
    assert json.loads(json.dumps(summary)) == summary


def test_a_fused_digest_follows_rule_weights_and_parts():
    for seed, name in enumerate(("anna", "otto", "zoe")):
        keep_member(name, seed=seed)
    cards = [
        keep_fused("a", "anna", "otto").card,
        keep_fused("b", "anna", "zoe").card,
        keep_fused("c", "otto", "anna").card,
        keep_fused("d", "anna", "otto", rule="mixture").card,
    ]
    assert len({card.digest() for card in cards}) == 4
    assert cards[0].model_copy(update={"name": "z", "created": "later"}).digest() == cards[0].digest()
    changed = {**cards[0].made_of, "otto": "0" * 64}
    assert cards[0].model_copy(update={"made_of": changed}).digest() != cards[0].digest()
