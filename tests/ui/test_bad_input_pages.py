"""The same bad things through the pages: one sentence where they were given, nothing changed, and the page goes on."""

import base64
import re
from pathlib import Path

import bad_input
import pytest
from bad_input import HOSTILE, PICTURES, RECIPES, TEXTS, WALKS, ZIPS
from fakes import keep_fused, keep_member
from parts_visit import visit
from PIL import Image

import ganlab
from ganlab.members import store
from ganlab.members.card import Measurement, Number
from ganlab.ui import jobs

PAGES = ("gallery", "fuse", "explore", "versus", "plane", "train", "ensembles", "compare")
SOURCES = [path.read_text() for path in (Path(ganlab.__file__).parent / "ui").rglob("*.py")]


@pytest.fixture(autouse=True)
def three(workspace, tmp_path, monkeypatch, own_jobs):
    monkeypatch.setattr(store, "shipped_folder", lambda: tmp_path / "pretrained")
    monkeypatch.setattr(jobs, "ask", lambda command, *_, **__: None)
    keep_member("anna")
    keep_member("berta", seed=1)
    keep_member("vera", seed=2, objective="elbo")


def cases(table):
    return pytest.mark.parametrize(("made", "words"), table.values(), ids=table)


def names():
    return sorted(entry.name for entry in store.catalogue())


def plain(text):
    return re.sub(r"\\(.)", r"\1", text)


def goes_on(at):
    """No traceback, and no apology for a fault of ours."""
    assert not at.exception, at.exception
    assert not [each.value for each in at.error if "Something went wrong" in each.value]
    return at


def refused(at, words):
    """One sentence says why."""
    told = [plain(each.value) for each in goes_on(at).error]
    assert any(word in each for word in words.split("|") for each in told), told
    return at


def few(table, *chosen):
    return cases({name: table[name] for name in chosen})


@few(
    ZIPS, "a text", "a path up", "a symbolic link", "a bomb by ratio", "a file twice", "another's weights", "65 members"
)
def test_a_bad_zip_is_refused_in_the_gallery(made, words):
    entry = store.catalogue()["anna"]
    files = {f"anna/{name}": (entry.folder / name).read_bytes() for name in (store.CARD, store.WEIGHTS)}
    at = visit().file_uploader(key="gallery.import_file").upload("x.zip", made(files), "application/zip").run()
    at = refused(at.button(key="gallery.import_now").click().run(), words)
    assert names() == ["anna", "berta", "vera"]
    assert "Open anna" in [button.label for button in at.button]


def studio(at):
    return {key: at.query_params.get(key) for key in ("fuse.members", "fuse.rule", "fuse.weights", "fuse.seed")}


def test_bad_recipes_are_refused_in_the_studio():
    at = visit("fuse", fuse__members=["anna", "berta"], fuse__rule="median", fuse__seed="3")
    before = studio(goes_on(at))
    for made, words in RECIPES.values():
        text = made.decode(errors="replace")
        if not text.lstrip().startswith("{") or len(text) > 20_000:
            continue  # the box takes no more; what does not begin so is no recipe to it
        at.text_area(key="fuse.pasted").set_value(text).run()
        refused(at.button(key="fuse.paste_now").click().run(), f"{words}|No fusion rule")
        assert studio(at) == before
    for text in (
        *TEXTS,
        "a 'b fuse c'",
        "http://[/?fuse.members=anna",
        "/fuse?fuse.members=anna&fuse.seed=" + "1" * 5000,
    ):
        at.text_area(key="fuse.pasted").set_value(text).run()
        refused(
            at.button(key="fuse.paste_now").click().run(), "no recipe|cannot be read|whole number|no JSON|an object"
        )
        assert studio(at) == before


def test_a_recipe_at_its_bounds_is_shown():
    at = visit("fuse", fuse__members=["anna", "berta"])
    recipe = (
        '{"members": ["anna", "berta"], "rule": "mixture", "weights": [1e300, 0], "n": 1000000, '
        '"seed": 9223372036854775807, "label": 2147483647, "walk": {"to": 9223372036854775807, "t": 1}}'
    )
    at.text_area(key="fuse.pasted").set_value(recipe).run()
    goes_on(at.button(key="fuse.paste_now").click().run())
    assert not goes_on(at.run()).error


def dropped(data):
    at = visit("explore", explore__members=["anna"], explore__tool="film")
    return at.file_uploader(key="explore.dropped").upload("x.gif", data, "image/gif").run()


def film(walk):
    return bad_input.encoded(Image.new("L", (2, 2)), "GIF", comment=walk)


@cases(WALKS)
def test_a_bad_walk_is_refused_on_explore(made, words):
    refused(dropped(film(made)), f"{words}|carries no recipe")


def test_a_walk_at_its_bounds_is_shown():
    seeds = b'[{"seed": 9223372036854775807}, {"seed": 0}]'
    walk = (
        b'{"members": ["anna", "berta"], "corners": '
        + seeds
        + b', "tour": "random", "tour_seed": 9223372036854775807, '
    )
    goes_on(dropped(film(walk + b'"blend": {"rule": "mixture", "start": [1e300, 1], "end": [0, 7]}}')))
    refused(dropped(film(walk + b'"blend": {"rule": "mixture", "start": [-1, 1], "end": [0, 7]}}')), "A weight is")
    bomb = bad_input.claimed(100_000, 100_000)
    corners = b'[{"picture": "' + base64.b64encode(bomb) + b'"}, {"seed": 0}]'
    refused(dropped(film(b'{"members": ["anna"], "corners": ' + corners + b"}")), "picture")


@few(PICTURES, "a text", "an SVG called PNG", "a bomb", "a smaller bomb", "50 MB of packed remarks")
def test_a_bad_picture_is_refused_on_explore(made, words):
    at = visit("explore", explore__members=["vera"], explore__tool="picture", explore__source="upload")
    refused(at.file_uploader[0].upload("x.png", made, "image/png").run(), words)


def asked_for(page):
    """All names that a page reads from its address, and those of its widgets."""
    found = {key for source in SOURCES for key in re.findall(rf'"({page}\.[a-z_0-9]+)"', source)}
    return sorted(found | {f"{page}.{key}" for key in ("a", "b", "c", "d", "a1", "b1", "only_dataset", "only_network")})


GOOD = {"fuse": ["anna", "berta"], "explore": ["anna"], "compare": ["anna", "berta"]}


@pytest.mark.parametrize("page", PAGES)
def test_any_address_shows_the_page(page):
    """Each parameter gets each text, in turns: all of them bad in every visit but those that name the members."""
    keys = asked_for(page)
    before = names()
    for turn in range(5):
        query = {key: TEXTS[(place + turn * 4) % len(TEXTS)] for place, key in enumerate(keys)}
        if turn == 3:
            query = {key: [TEXTS[place % len(TEXTS)], "1", TEXTS[3]] for place, key in enumerate(keys)}
        if turn and page in GOOD:
            query[f"{page}.members"] = GOOD[page]
        if turn == 4 and page == "gallery":
            query["gallery.member"] = "anna"
        elif turn and page == "gallery":
            query.pop("gallery.member", None)
        goes_on(visit(page, **{key.replace(".", "__"): value for key, value in query.items()}))
    assert names() == before


@pytest.mark.parametrize(
    ("page", "key", "value"),
    [
        ("gallery", "gallery.seed", "-1"),
        ("gallery", "gallery.seed", "1e400"),
        ("gallery", "gallery.truncation", "nan"),
        ("gallery", "gallery.pictures", "17"),
        ("gallery", "gallery.seed", "<b>"),
        ("fuse", "fuse.seed", "1" + "0" * 400),
        ("fuse", "fuse.t", "7"),
        ("explore", "explore.n", "1e400"),
    ],
)
def test_a_number_that_a_link_asks_in_vain_is_told(page, key, value):
    query = {"gallery.member": "anna"} if page == "gallery" else {f"{page}.members": GOOD[page]}
    at = visit(page, **{name.replace(".", "__"): each for name, each in (query | {key: value}).items()})
    told = [plain(each.value) for each in goes_on(at).warning]
    assert any(f"The link asked for {key} = " in each for each in told), told
    assert [plain(each.value) for each in goes_on(at.run()).warning] == told


def test_what_a_link_asks_rightly_is_not_complained_of():
    query = {"gallery__seed": "7", "gallery__truncation": "0.5", "gallery__pictures": "9", "gallery__member": "anna"}
    assert not goes_on(visit("gallery", **query)).warning


@pytest.mark.parametrize("page", PAGES)
def test_any_text_in_a_box_keeps_the_page(page):
    at = goes_on(visit(page, **({f"{page}__members": GOOD[page]} if page in GOOD else {})))
    for turn, text in enumerate(TEXTS[4:16]):
        boxes = [*at.text_input, *at.text_area]
        if not boxes:
            break
        boxes[turn % len(boxes)].set_value(text)
        goes_on(at.run())


def hostile_member(name="mallory"):
    """A member whose card says markup wherever a card may say words."""
    entry, *_ = keep_member(name, seed=7)
    words = dict.fromkeys(("rows", "device", "created", "licence"), HOSTILE[:500])
    number = Number(value=1.5, low=1, high=2)
    measured = Measurement(
        extractor=HOSTILE[:128],
        n_fake=10,
        n_real=10,
        split="test",
        seed=0,
        numbers={HOSTILE[:64]: number, "fid": number, ":red[x] $y$": number},
        floors={HOSTILE[:64]: 1.0},
        class_shares=(0.5, 0.5),
        real_shares=(0.5, 0.5),
        notes=(HOSTILE[:500],),
    )
    changes = words | {"versions": {HOSTILE: HOSTILE[:500]}, "seconds": 1.0, "steps": 3, "metrics": (measured,)}
    return store.update_card(entry, **changes)


LIVE = (
    "<script",
    "<img",
    "![p]",
    "[l](",
    ":red[",
    ":material/delete:",
    "$x^2$",
    "**b**",
    "`c`",
    "~~s~~",
    "http://evil",
)
SHOWN = ("title", "header", "subheader", "markdown", "caption", "info", "warning", "error", "success")


@pytest.mark.parametrize("page", [*PAGES, "gallery member"])
def test_a_hostile_card_is_text_on_every_page(page):
    hostile_member()
    keep_fused("both", "anna", "mallory")
    page, _, one = page.partition(" ")
    query = {"gallery__member": "mallory"} if one else {f"{page}__members": ["mallory", "anna"]}
    at = goes_on(visit(page, **query))
    told = "\n".join(str(each.value) for kind in SHOWN for each in at.get(kind))
    for live in LIVE:
        assert not re.search(r"(?<!\\)" + re.escape(live), told), live
    assert one != "member" or "script" in told
