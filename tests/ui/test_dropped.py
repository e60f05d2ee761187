"""A file dropped anywhere on a page brings back what it was made of."""

import base64
import json

import numpy as np
import pytest
from fakes import keep_member
from playwright.sync_api import expect

from ganlab.images import png
from ganlab.members import store
from ganlab.ui.parts import dropped

NAMES = ["dropped-anna", "dropped-berta"]
DROP = """([name, type, data]) => {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0)), files = new DataTransfer();
  files.items.add(new File([bytes], name, { type }));
  const how = { dataTransfer: files, bubbles: true, cancelable: true };
  for (const kind of ["dragover", "drop"]) document.querySelector("h1").dispatchEvent(new DragEvent(kind, how));
}"""


@pytest.fixture
def members(app, monkeypatch):
    monkeypatch.setenv("GANLAB_HOME", str(app.home))
    for seed, name in enumerate(NAMES):
        keep_member(name, seed=seed)
    yield NAMES
    for name in NAMES:
        store.delete(name)


def drop(page, recipe):
    file = png(np.zeros((8, 8, 1), np.uint8), recipe)
    page.evaluate(DROP, ["walk.png", "image/png", base64.b64encode(file).decode()])


@pytest.mark.browser
@pytest.mark.usefixtures("members")
def test_a_sheet_dropped_on_explore_brings_its_walk_back(browser_page):
    page = browser_page
    page.goto("/explore?explore.members=dropped-berta")
    page.wait_for_function("() => +document.querySelector('.explore')?.dataset.frames > 0")
    corners = [{"seed": seed} for seed in (5, 6, 7, 8)]
    drop(page, {"members": NAMES, "kind": "plane", "corners": corners, "n": 4})
    page.wait_for_url("**explore.kind=plane**")
    expect(page.locator(".explore figcaption .name").first).to_have_text(NAMES[0])
    drop(page, {"nothing": 1})
    expect(page.get_by_test_id("stAlert")).to_contain_text("nothing")


@pytest.mark.browser
@pytest.mark.usefixtures("members")
def test_a_picture_dropped_on_the_fusion_brings_its_setting_back(browser_page):
    page = browser_page
    page.goto("/fuse?" + "&".join(f"fuse.members={name}" for name in NAMES))
    page.locator(".studio .board[data-state=painted]").wait_for()
    drop(page, {"members": NAMES, "rule": "median", "weights": [0.25, 1.0], "n": 16, "seed": 9})
    page.wait_for_url("**fuse.rule=median**")
    expect(page.locator(".studio .board")).to_have_attribute("data-rule", "median")


@pytest.mark.parametrize(
    "told",
    [None, "x", {}, {"name": "a"}, {"name": 1, "data": ""}, {"name": "a", "data": "!"}, {"name": "a", "data": 3}],
)
def test_what_is_no_file_is_left_out(told):
    assert dropped.__globals__["_read"](told) is None


def test_a_file_is_its_name_and_bytes():
    told = json.loads(json.dumps({"name": "a.png", "data": base64.b64encode(b"abc").decode()}))
    assert dropped.__globals__["_read"](told) == ("a.png", b"abc")
