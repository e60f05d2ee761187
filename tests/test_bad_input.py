"""What comes from outside is refused in one sentence, whatever it is, and nothing is changed: the table, at each door.

The pages are ``ui/test_bad_input_pages.py``; what each thing is stands in ``bad_input.py``.
"""

import hashlib
import json
import re

import bad_input
import numpy as np
import pytest
from bad_input import CARDS, NAMES, ODD_PICTURES, ODD_SHAPES, PICTURES, RECIPES, WALKS, WEIGHTS, ZIPS
from fakes import keep_member
from PIL import Image

from ganlab import cli
from ganlab.cli.foreign import made_like
from ganlab.data.pictures import picture
from ganlab.errors import GanlabError
from ganlab.fusion import load
from ganlab.fusion.arrivals import receive
from ganlab.members import store
from ganlab.members.film import recipe_in
from ganlab.spec import Walk
from ganlab.spec.remembered import of_bytes

LONGEST_SENTENCE = 1_000


@pytest.fixture(autouse=True)
def shipped(workspace, tmp_path, monkeypatch):
    monkeypatch.setattr(store, "shipped_folder", lambda: tmp_path / "pretrained")


def cases(table):
    return pytest.mark.parametrize(("made", "words"), table.values(), ids=table)


def everything():
    home = store.own_folder().parent
    return {str(path): path.stat().st_mtime_ns for path in home.rglob("*") if path.is_file() and path.suffix != ".lock"}


def one_sentence(error, words):
    text = str(error)
    assert any(each in text for each in words.split("|")), text
    assert text.isprintable(), text
    assert len(text) <= LONGEST_SENTENCE
    assert text.endswith((".", "?"))


def member_files():
    entry, *_ = keep_member("anna")
    return {f"anna/{name}": (entry.folder / name).read_bytes() for name in (store.CARD, store.WEIGHTS)}


@cases(ZIPS)
def test_a_bad_zip_changes_nothing(made, words, tmp_path, capsys):
    files = member_files()
    store.delete("anna")
    keep_member("carl", seed=3)
    file, before = tmp_path / "bad.zip", everything()
    file.write_bytes(made(files))
    with pytest.raises(GanlabError) as caught:
        receive(file.read_bytes())
    one_sentence(caught.value, words)
    assert cli.main(["members", "import", str(file)]) in (2, 3, 4)
    assert capsys.readouterr().err == f"{caught.value}\n"
    assert everything() == before
    assert sorted(path.name for path in store.own_folder().iterdir()) == ["carl"]


def spoil(entry, name, data):
    """Put other bytes into a member's file, and let the card be honest about them."""
    (entry.folder / name).write_bytes(data)
    if name == store.WEIGHTS:
        card = json.loads((entry.folder / store.CARD).read_bytes())
        card["weights"] = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
        (entry.folder / store.CARD).write_text(json.dumps(card))


def refused_everywhere(entry, words):
    """A spoiled member is refused where it lies, and where it would come in from a zip."""
    with pytest.raises(GanlabError) as caught:
        load("anna").sample(1, 0)
    one_sentence(caught.value, words)
    card = (entry.folder / store.CARD).read_bytes()
    held = (store.CARD,) if b'"weights": null' in card else (store.CARD, store.WEIGHTS)
    files = {f"anna/{name}": (entry.folder / name).read_bytes() for name in held}
    store.delete("anna")
    before = everything()
    with pytest.raises(GanlabError) as caught:
        receive(bad_input.zipped(*files.items()))
    one_sentence(caught.value, f"{words}|would have")
    assert everything() == before


@cases(CARDS)
def test_a_bad_card_is_refused_in_the_store_and_out_of_a_zip(made, words):
    entry, *_ = keep_member("anna")
    spoil(entry, store.CARD, made((entry.folder / store.CARD).read_bytes()))
    refused_everywhere(entry, words)


@cases(WEIGHTS)
def test_bad_tensors_are_refused_in_the_store_and_out_of_a_zip(made, words):
    entry, *_ = keep_member("anna")
    spoil(entry, store.WEIGHTS, made((entry.folder / store.WEIGHTS).read_bytes()))
    refused_everywhere(entry, words)


@cases(RECIPES)
def test_a_bad_recipe_is_refused_as_a_file_and_in_a_picture(made, words, tmp_path, capsys):
    keep_member("anna")
    keep_member("berta", seed=1)
    before = everything()
    (tmp_path / "bad.json").write_bytes(made)
    assert cli.main(["fuse", "--recipe", str(tmp_path / "bad.json"), "--out", str(tmp_path / "x.png")]) in (2, 3, 4)
    one_sentence(capsys.readouterr().err.rstrip("\n"), words)
    assert not (tmp_path / "x.png").exists()
    plain = bad_input.encoded(Image.new("L", (2, 2)))
    carried = plain[:33] + bad_input.chunk(b"tEXt", b"ganlab\0" + made) + plain[33:]
    with pytest.raises(GanlabError) as caught:
        load_recipe(lambda: of_bytes(carried, "bad.png"))
    one_sentence(caught.value, f"{words}|is no JSON|missing")
    assert everything() == before


def load_recipe(read):
    from ganlab.fusion import from_recipe

    return from_recipe(read())


@cases(WALKS)
def test_a_bad_walk_is_refused_as_a_file_and_in_a_film(made, words, tmp_path, capsys):
    keep_member("anna")
    (tmp_path / "bad.json").write_bytes(made)
    assert cli.main(["walk", str(tmp_path / "bad.json"), "--out", str(tmp_path / "x.gif")]) in (2, 3, 4)
    one_sentence(capsys.readouterr().err.rstrip("\n"), words)
    film = bad_input.encoded(Image.new("L", (2, 2)), "GIF", comment=made)
    with pytest.raises(GanlabError) as caught:
        Walk.read(recipe_in(film) or "")
    one_sentence(caught.value, words)


@cases(PICTURES)
def test_a_bad_picture_is_refused(made, words, tmp_path):
    with pytest.raises(GanlabError) as caught:
        picture(made, 8, 1)
    one_sentence(caught.value, words)
    (tmp_path / "bad.png").write_bytes(made)
    with pytest.raises(GanlabError, match=r"cannot be read as a picture|There are no pictures"):
        made_like([tmp_path / "bad.png"], (1, 8, 8))
    assert recipe_in(made) is None


@pytest.mark.parametrize("made", ODD_PICTURES.values(), ids=ODD_PICTURES)
@pytest.mark.parametrize("channels", [1, 3])
def test_an_odd_picture_is_read_as_what_it_shows(made, channels, tmp_path):
    found = picture(made, 4, channels)
    assert found.shape == (4, 4, channels)
    assert np.abs(found[..., 0].astype(int) - np.array([0, 0, 255, 255])).max() < 40  # JPEG smears
    (tmp_path / "odd.png").write_bytes(made)
    images, _ = made_like([tmp_path / "odd.png"], (channels, 4, 4))
    assert (images[0].permute(1, 2, 0).numpy() == found).all()


@pytest.mark.parametrize("size", ODD_SHAPES.values(), ids=ODD_SHAPES)
def test_an_odd_shape_is_cut_to_its_middle(size):
    assert (picture(bad_input.encoded(Image.new("L", size, 77)), 8, 1) == 77).all()


@pytest.mark.parametrize("name", NAMES, ids=[ascii(name)[:20] for name in NAMES])
def test_a_bad_name_is_refused_wherever_one_is_given(name, capsys):
    files = member_files()
    keep_member("carl", seed=3)
    before = everything()
    for ask in (
        lambda: store.rename("anna", name),
        lambda: receive(bad_input.zipped(*files.items()), {"anna": name}),
        lambda: store.keep(store.catalogue()["anna"].card.model_copy(update={"name": name})),
        lambda: store.delete(name),
        lambda: load(name),
    ):
        with pytest.raises(GanlabError) as caught:
            ask()
        one_sentence(caught.value, "is no name for a member|No member is called")
    for words in (["members", "rename", "--", "anna", name], ["members", "show", "--", name], ["sample", "--", name]):
        assert cli.main(words) in (2, 3, 4)
        assert "Traceback" not in (said := capsys.readouterr().err)
        assert said.rstrip("\n").isprintable() or re.search("Usage|usage", said)
    assert everything() == before


def test_the_table_holds_what_it_should():
    """A good member of each kind passes where the bad ones are refused; so no row is refused for another reason."""
    files = member_files()
    store.delete("anna")
    assert [entry.name for entry in receive(bad_input.zipped(*files.items())).entries] == ["anna"]
    keep_member("berta", seed=1)
    load_recipe(lambda: of_bytes(bad_input.text(), "good.json"))
    header, body = bad_input.parts(files["anna/weights.safetensors"])
    entry = store.catalogue()["anna"]
    spoil(entry, store.WEIGHTS, bad_input.joined(header, body))
    assert load("anna").sample(1, 0).shape == (1, 1, 8, 8)
