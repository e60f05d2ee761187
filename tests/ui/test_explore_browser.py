"""The explorer as a visitor has it: pictures follow the pointer, and the address brings the place back."""

import pytest
from fakes import keep_member
from playwright.sync_api import expect

from ganlab.members import store

pytestmark = pytest.mark.browser
NAMES = ["explore-anna", "explore-berta"]
LINK = "/explore?" + "&".join(f"explore.members={name}" for name in NAMES)
PAINTED = "() => +document.querySelector('.explore')?.dataset.frames > 0"
# What a canvas shows, as one number that changes with any pixel.
INK = """(selector) => {
  const c = document.querySelector(selector), d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
  let sum = 0;
  for (let i = 0; i < d.length; i += 4) sum = (sum * 31 + d[i]) % 1000003;
  return sum;
}"""
SHEET, PAD, MAP = ".explore .frame canvas", ".explore .pad canvas", ".atlas figure canvas"


@pytest.fixture
def members(app, monkeypatch):
    monkeypatch.setenv("GANLAB_HOME", str(app.home))
    for seed, name in enumerate(NAMES):
        keep_member(name, seed=seed)
    yield NAMES
    for name in NAMES:
        store.delete(name)


def opened(page, rest=""):
    page.goto(LINK + rest)
    page.wait_for_function(PAINTED)
    return page


def painted(page, before):
    """Wait until the first sheet is another one; return its number."""
    page.wait_for_function(f"([selector, before]) => ({INK})(selector) !== before", arg=[SHEET, before])
    return page.evaluate(INK, SHEET)


@pytest.mark.usefixtures("members")
def test_pictures_follow_the_pointer_and_the_address_keeps_where_it_stayed(browser_page):
    page = opened(browser_page, "&explore.kind=plane")
    box = page.locator(".explore .pad").bounding_box()
    first = page.evaluate(INK, SHEET)
    page.mouse.move(box["x"] + box["width"] * 0.8, box["y"] + box["height"] * 0.3)
    looked = painted(page, first)
    page.mouse.move(box["x"] - 5, box["y"] - 5)  # a look leaves no trace
    assert painted(page, looked) == first
    page.mouse.move(box["x"] + box["width"] * 0.8, box["y"] + box["height"] * 0.3)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.5, steps=3)
    page.mouse.up()
    page.wait_for_url("**explore.x=0.5**")
    expect(page.locator(".explore .status")).to_contain_text("(0.50, 0.50)")
    kept = page.evaluate(INK, SHEET)
    again = opened(page.context.new_page(), page.url.split("explore-berta")[1])
    again.wait_for_function(f"([selector, kept]) => ({INK})(selector) === kept", arg=[SHEET, kept])
    again.wait_for_function(f"([selector, kept]) => ({INK})(selector) === kept", arg=[PAD, page.evaluate(INK, PAD)])
    again.close()


@pytest.mark.usefixtures("members")
def test_keys_move_and_tours_play(browser_page):
    page = opened(browser_page)
    first = page.evaluate(INK, SHEET)
    page.locator(".explore .pad").focus()
    page.keyboard.press("Shift+ArrowRight")
    second = painted(page, first)
    expect(page.get_by_role("slider", name="x", exact=True)).to_have_value("0.1")
    page.wait_for_url("**explore.x=0.1**")
    page.get_by_role("button", name="Loop").click()
    expect(page.get_by_role("button", name="Pause")).to_have_attribute("aria-pressed", "true")
    painted(page, second)
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("button", name="Reset").click()
    page.wait_for_function(f"([selector, first]) => ({INK})(selector) === first", arg=[SHEET, first])


@pytest.mark.usefixtures("members")
def test_the_map_draws_under_the_pointer(browser_page):
    page = opened(browser_page, "&explore.tool=map&explore.n=1")
    page.wait_for_function("() => +document.querySelector('.atlas')?.dataset.frames > 0")
    first = page.evaluate(INK, MAP)
    page.locator(".atlas .plane").scroll_into_view_if_needed()
    box = page.locator(".atlas .plane").bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.9, box["y"] + box["height"] * 0.4)
    page.wait_for_function(f"([selector, before]) => ({INK})(selector) !== before", arg=[MAP, first])


@pytest.mark.parametrize("size", [(1280, 720), (390, 844)])
@pytest.mark.usefixtures("members")
def test_nothing_is_wider_than_the_screen(browser_page, size):
    browser_page.set_viewport_size({"width": size[0], "height": size[1]})
    opened(browser_page, "&explore.kind=sum&explore.how=fused&explore.x=1")
    assert browser_page.evaluate("document.documentElement.scrollWidth") <= size[0]
    assert (
        browser_page.locator(".explore canvas:visible").count() == 7
    )  # three terms, a strip, the fusion and its members
    assert browser_page.locator(".explore .frame canvas:not([aria-label])").count() == 0
