"""Encoders of finished members in the store: beside the weights, on the card, and refused if they are other ones."""

import zipfile

import pytest
import safetensors.torch
import torch
from fakes import keep_member, rng

from ganlab import files
from ganlab.errors import MemberError, SpecError
from ganlab.members import archive, store
from ganlab.members.card import Card, Encoder, Measurement, Number
from ganlab.members.loading import load_network
from ganlab.members.networks import build, count, to_bytes


def give(name="anna", seed=5, **changes):
    """Give an own member an encoder that never learned; returns its entry and the encoder."""
    entry = store.catalogue()[name]
    network = build(entry.card.spec, rng(seed), encoder=True)["encoder"].eval()
    data, weights = to_bytes({"encoder": network})
    facts = {"parameters": count(network), "steps": 7, "seconds": 1.5, "seed": seed}
    return store.add_encoder(entry, data, Encoder(**(weights.model_dump() | facts | changes))), network


def pictures(n=5):
    return torch.rand(n, 1, 8, 8, generator=rng(3)) * 2 - 1


def everything_in(folder):
    return sorted(path.name for path in folder.iterdir())


@torch.inference_mode()
def test_a_member_with_an_encoder_encodes_and_draws_what_it_drew():
    before, *_ = keep_member("anna")
    drawn = load_network(before).sample(4, seed=0)
    entry, network = give()
    member = load_network(store.catalogue()["anna"])
    assert store.catalogue()["anna"] == entry
    assert entry.card.digest() == before.card.digest()
    assert torch.equal(member.sample(4, seed=0), drawn)
    assert member.encodes
    assert torch.equal(member.encode(pictures()), network(pictures()))
    assert member.encode(pictures(0)).shape == (0, 6)
    assert everything_in(entry.folder) == ["card.json", "encoder.safetensors", "weights.safetensors"]
    assert entry.card.encoder.steps == 7


def test_without_one_there_are_no_latents_and_with_one_no_variance():
    keep_member("anna")
    with pytest.raises(MemberError, match="'anna' has no encoder to find latents with"):
        load_network(store.catalogue()["anna"]).encode(pictures())
    give()
    with pytest.raises(MemberError, match="'anna' has an encoder that gives latents, but no variance of them"):
        load_network(store.catalogue()["anna"]).posterior(pictures())


@torch.inference_mode()
def test_another_takes_its_place_and_at_no_moment_do_card_and_files_disagree(monkeypatch):
    keep_member("anna")
    give(seed=5)
    looks, write = [], files.replacing

    def watched(path):
        looks.append("anna" in store.catalogue())
        return write(path)

    monkeypatch.setattr(files, "replacing", watched)
    _, network = give(seed=6)
    assert looks == [True] * 3
    assert torch.equal(load_network(store.catalogue()["anna"]).encode(pictures()), network(pictures()))


def test_what_was_measured_of_the_encoder_before_is_no_longer_told():
    keep_member("anna")
    entry, _ = give()
    numbers = {name: Number(value=1.0) for name in ("fid", "reconstruction", "feature_error")}
    facts = {"extractor": "digits-classifier", "n_fake": 100, "n_real": 100, "split": "test", "seed": 0}
    store.add_measurement(entry, Measurement(numbers=numbers, **facts))
    entry, _ = give(seed=6)
    assert [set(each.numbers) for each in entry.card.metrics] == [{"fid"}]


def harm(change):
    def harmed(entry):
        path = entry.folder / store.ENCODER
        tensors = safetensors.torch.load(path.read_bytes())
        change(tensors)
        path.write_bytes(safetensors.torch.save(tensors))
        stated = entry.card.encoder.model_copy(update={"sha256": files.sha256(path), "size": path.stat().st_size})
        store.update_card(entry, encoder=stated)

    return harmed


FIRST = "encoder.0.weight"
UNFIT = {
    "shape": (
        lambda tensors: tensors.update({FIRST: torch.zeros(3, 1, 4, 4)}),
        r"'encoder\.0\.weight' has shape \[3, 1, 4, 4\], wanted \[2, 1, 4, 4\]",
    ),
    "missing": (lambda tensors: tensors.pop(FIRST), r"'encoder\.0\.weight' is missing"),
    "not finite": (lambda tensors: tensors[FIRST].fill_(float("nan")), r"'encoder\.0\.weight' holds values"),
    "nothing": (lambda tensors: tensors.clear(), "is missing"),
    "foreign": (lambda tensors: tensors.update({"critic.more": torch.zeros(2)}), r"'critic\.more' is foreign"),
}


@pytest.mark.parametrize(("change", "fault"), UNFIT.values(), ids=UNFIT)
def test_one_that_does_not_fit_is_refused_when_it_is_loaded(change, fault):
    keep_member("anna")
    entry, _ = give()
    harm(change)(entry)
    with pytest.raises(MemberError, match=rf"Member 'anna' cannot be used: its weights do not fit its card: .*{fault}"):
        load_network(store.catalogue()["anna"])


def test_it_cannot_bring_another_generator_along():
    keep_member("anna")
    drawn = load_network(store.catalogue()["anna"]).sample(2, seed=0)
    entry, _ = give()
    weights = safetensors.torch.load((entry.folder / store.WEIGHTS).read_bytes())
    harm(lambda tensors: tensors.update({key: value + 1 for key, value in weights.items()}))(entry)
    assert torch.equal(load_network(store.catalogue()["anna"]).sample(2, seed=0), drawn)


def test_weights_that_hold_an_encoder_of_which_the_card_says_nothing_are_refused():
    entry, *_ = keep_member("anna")
    data, weights = to_bytes(build(entry.card.spec, rng(), encoder=True))
    (entry.folder / store.WEIGHTS).write_bytes(data)
    store.update_card(entry, weights=weights)
    with pytest.raises(MemberError, match=r"'encoder\..*' is foreign"):
        load_network(store.catalogue()["anna"])


@pytest.mark.parametrize(
    ("harmed", "reason"),
    [
        (lambda path: path.unlink(), "its folder has no encoder.safetensors."),
        (lambda path: path.write_bytes(b"x"), "its encoder.safetensors has 1 bytes, but its card states"),
        (lambda path: path.write_bytes(path.read_bytes()[:-1] + b"x"), "its encoder.safetensors is not the one"),
    ],
    ids=["gone", "truncated", "edited"],
)
def test_a_file_that_is_not_the_stated_one_is_refused_with_its_name(harmed, reason):
    keep_member("anna")
    entry, _ = give()
    assert "anna" in store.catalogue()
    harmed(entry.folder / store.ENCODER)
    assert reason in store.catalogue().refused[0].reason


def test_it_goes_along_when_a_member_is_renamed_packed_and_deleted(tmp_path, workspace):
    keep_member("anna")
    _, network = give()
    renamed = store.rename("anna", "otto")
    assert torch.equal(load_network(renamed).encode(pictures()), network(pictures()).detach())
    archive.pack(["otto"], tmp_path / "otto.zip")
    store.delete("otto")
    assert not renamed.folder.exists()
    with zipfile.ZipFile(tmp_path / "otto.zip") as packed:
        assert packed.namelist() == ["otto/card.json", "otto/weights.safetensors", "otto/encoder.safetensors"]
        packed.extractall(workspace / "members")
    assert torch.equal(load_network(store.catalogue()["otto"]).encode(pictures()), network(pictures()).detach())


def test_a_shipped_copy_has_one_with_16_bits(shipped):
    from pretrained.ship import ship

    keep_member("anna")
    own, network = give()
    entry = ship("anna")
    assert store.read_shipped("anna").card == entry.card
    assert entry.card.encoder.size < own.card.encoder.size
    assert entry.card.encoder.model_dump(exclude={"sha256", "size"}) == own.card.encoder.model_dump(
        exclude={"sha256", "size"}
    )
    weights = safetensors.torch.load((entry.folder / store.WEIGHTS).read_bytes())
    assert {key.split(".")[0] for key in weights} == {"generator", "critic"}
    wanted = network(pictures()).detach()
    assert (load_network(entry).encode(pictures()) - wanted).abs().max() <= 6 / 2048 * wanted.abs().max()


def test_shipped_members_and_autoencoders_are_given_none(shipped):
    entry, *_ = keep_member("anna")
    shipped.mkdir()
    entry.folder.rename(shipped / "anna")
    with pytest.raises(MemberError, match="'anna' comes with ganlab as it is"):
        give()
    entry, *_ = keep_member("zoe", objective="elbo", network="mlp")
    card = entry.card.model_dump(mode="json") | {"kind": "vae"}
    stated = {"sha256": "0" * 64, "size": 1, "parameters": 1, "steps": 1, "seconds": 0.0, "seed": 0}
    assert Card.read(card).encoder is None
    with pytest.raises(SpecError, match="a card of kind 'vae' has no encoder fitted afterwards"):
        Card.read(card | {"encoder": stated})


def test_a_shipped_member_is_given_one_where_it_lies_and_stays_what_it_was(shipped):
    from pretrained.ship_encoder import ship

    entry, *_ = keep_member("anna")
    shipped.mkdir()
    entry.folder.rename(shipped / "anna")
    before = store.read_shipped("anna")
    drawn = load_network(before).sample(3, seed=0)
    given = ship("anna", steps=2)
    assert given == store.read_shipped("anna")
    assert given.card.digest() == before.card.digest()
    assert torch.equal(load_network(given).sample(3, seed=0), drawn)
    assert load_network(given).encode(drawn).shape == (3, 6)
    stored = safetensors.torch.load((given.folder / store.ENCODER).read_bytes())
    assert {value.dtype for value in stored.values() if value.is_floating_point()} == {torch.float16}
