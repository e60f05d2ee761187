"""The plane as a visitor has it: play, half steps, slow motion, and points drawn with the pointer."""

import pytest
from fakes import keep_member
from playwright.sync_api import expect

from ganlab.members import store

pytestmark = pytest.mark.browser
SHEET = "canvas.sheet"
INK = """canvas => { const d = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  let sum = 0;
  for (let i = 0; i < d.length; i += 4) sum = (sum * 31 + d[i] + 7 * d[i + 1] + 13 * d[i + 2]) % 1000003;
  return sum; }"""
FIRST = 30_000  # milliseconds: the first training of a server loads its optimisers


def opened(page, query):
    page.goto(f"/plane?{query}")
    expect(page.locator(".plane .counter")).to_have_text("Step 00000", timeout=FIRST)
    return page.locator(SHEET)


def press(page, name):
    page.locator(".plane").get_by_role("button", name=name, exact=True).click()


def steps(page):
    return int(page.locator(SHEET).get_attribute("data-steps"))


def test_it_plays_stops_and_goes_half_a_step(browser_page):
    page = browser_page
    sheet = opened(page, "plane.width=8&plane.layers=points")
    blank = sheet.evaluate(INK)
    page.locator(".plane .play").click()
    expect(page.locator(".plane .counter")).not_to_have_text("Step 00000")
    page.locator(".plane .play").click()
    expect(page.locator(".plane .play")).to_have_attribute("aria-pressed", "false")
    expect(page.locator(".plane .tile.modes strong")).to_contain_text("/ 8")
    page.wait_for_timeout(300)  # a frame may be on its way
    played, painted = steps(page), sheet.evaluate(INK)
    assert painted != blank
    press(page, "Step critic")
    expect(sheet).to_have_attribute("data-steps", str(played + 1))
    assert sheet.evaluate(INK) == painted  # its points are the generator's
    press(page, "Step generator")
    expect(sheet).to_have_attribute("data-steps", str(played + 2))
    assert sheet.evaluate(INK) != painted


def test_slow_motion_tells_each_sub_step_and_shows_its_layers(browser_page):
    page = browser_page
    sheet = opened(page, "plane.width=8&lang=en")
    press(page, "Slow motion")
    said = page.locator(".plane .said")
    expect(said).to_contain_text("1 of 5")
    for number in range(2, 6):
        press(page, "Next")
        expect(said).to_contain_text(f"{number} of 5")
    assert steps(page) == 2
    assert "Gradient" in sheet.get_attribute("aria-label")
    press(page, "Slow motion")
    expect(said).to_be_empty()


def test_points_drawn_with_the_pointer_become_what_is_learned(browser_page):
    page = browser_page
    page.goto("/plane?plane.data=drawn&plane.width=8")
    sheet = page.locator(SHEET)
    expect(page.locator(".plane .play")).to_be_disabled()
    box = sheet.bounding_box()
    for x, y in ((0.25, 0.25), (0.75, 0.75)):
        page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])
        expect(page.locator(".plane .counter")).to_have_text("Step 00000", timeout=FIRST)
    expect(page.locator(".plane .tile.modes strong")).to_have_text("0 / 2")
    assert "plane.points=" in page.url
    page.reload()
    expect(page.locator(".plane .tile.modes strong")).to_have_text("0 / 2")


@pytest.fixture
def kept(app, monkeypatch):
    monkeypatch.setenv("GANLAB_HOME", str(app.home))
    names = ["plane-anna", "plane-otto"]
    for seed, name in enumerate(names):
        keep_member(name, seed=seed, dataset="ring8", network="toy", latent_dim=2)
    yield names
    for name in names:
        store.delete(name)


def test_rules_stand_side_by_side_and_a_weight_moves_them(browser_page, kept):
    page = browser_page
    page.goto(f"/plane?plane.view=fuse&plane.set=store&plane.members={'--'.join(kept)}")
    card = page.locator(".fusing .card").filter(has=page.get_by_text("Mixture", exact=True))
    expect(card.locator("small")).to_contain_text("/ 8 modes", timeout=FIRST)
    card.click()
    expect(page.locator(SHEET)).to_have_attribute("data-rule", "mixture")
    expect(page.locator(".fusing .sentence")).to_contain_text("Every point is one member's own")
    painted = page.locator(SHEET).evaluate(INK)
    page.locator(".fusing .sliders input").first.focus()
    page.keyboard.press("Home")
    expect(page.locator(".fusing .sliders output").first).to_have_text("0.00")
    page.wait_for_url("**plane.weights=0-0.5**")
    assert "plane.rule=mixture" in page.url
    page.reload()
    expect(page.locator(".fusing .sliders output").first).to_have_text("0.00", timeout=FIRST)
    expect(page.locator(SHEET)).to_have_attribute("data-rule", "mixture")
    assert page.locator(SHEET).evaluate(INK) != painted
