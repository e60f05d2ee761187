"""VAE vs GAN as a class sees it: pictures follow the slider, and the address carries where it stands."""

import numpy as np
import pytest
from fakes import keep_member
from playwright.sync_api import expect

from ganlab.fusion import load
from ganlab.images import grid, to_uint8
from ganlab.members import store

pytestmark = pytest.mark.browser
MEMBERS = {"versus-vera": "elbo", "versus-gina": "hinge", "versus-vega": "vaegan"}
ADDRESS = "/versus?versus.vae=versus-vera&versus.gan=versus-gina&versus.vaegan=versus-vega"
PIXELS = """canvas => {
  const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return [canvas.width, canvas.height, [...data.data]];
}"""


@pytest.fixture
def three(app, monkeypatch):
    """One of each kind in the running app's store, gone afterwards."""
    monkeypatch.setenv("GANLAB_HOME", str(app.home))
    for seed, (name, objective) in enumerate(MEMBERS.items()):
        keep_member(name, seed=seed, objective=objective)
    yield
    for name in MEMBERS:
        store.delete(name)


def painted(canvas):
    """A canvas as grey levels, where something was painted."""
    width, height, values = canvas.evaluate(PIXELS)
    return np.array(values, np.uint8).reshape(height, width, 4)[:, :, 0]


def test_pictures_follow_the_slider_and_the_address_keeps_it(browser_page, three):
    page = browser_page
    page.goto(ADDRESS)
    sheets = page.get_by_role("img", name="24 samples")
    expect(sheets).to_have_count(3)
    assert fits(page, 1280)
    slider = page.get_by_role("slider", name="Length of the latents")
    box = slider.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 4, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.75 * box["width"], box["y"] + box["height"] / 2, steps=8)
    reach = float(slider.input_value())
    assert 2.7 < reach < 3.3
    expect(sheets.nth(2)).to_have_attribute("data-reach", f"{reach:g}")  # while it is still held
    for place, name in enumerate(MEMBERS):
        wanted = grid(to_uint8(load(name).sample(24, 0, truncation=reach)), 6)[:, :, 0]
        got = painted(sheets.nth(place))
        assert got.shape == wanted.shape
        lines = wanted == 128  # between pictures nothing is painted
        assert np.abs(got[~lines].astype(int) - wanted[~lines]).max() <= 1
    page.mouse.up()
    page.wait_for_url(f"**versus.reach={reach:g}**")
    again = page.context.new_page()
    again.goto(page.url)
    expect(again.get_by_role("img", name="24 samples").first).to_have_attribute("data-reach", f"{reach:g}")
    expect(again.get_by_role("slider", name="Length of the latents")).to_have_value(f"{reach:g}")
    again.close()


def test_what_is_drawn_on_the_sheet_is_rebuilt_until_it_is_cleared(browser_page, three):
    page = browser_page
    page.goto(f"{ADDRESS}&versus.view=rebuild&versus.source=drawn")
    sheet = page.get_by_role("img", name="A black sheet").first
    sheet.wait_for()
    box = sheet.bounding_box()
    page.mouse.move(box["x"] + 60, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + 150, box["y"] + 160, steps=6)
    page.mouse.up()
    rebuilt = page.get_by_role("img", name="Rebuilt by versus-vera, 1")
    expect(rebuilt).to_be_visible()
    assert painted(sheet).max() == 255
    page.get_by_role("button", name="Clear").first.press("Enter")
    expect(rebuilt).to_have_count(0)
    assert painted(sheet).max() == 0


def fits(page, width):
    """Nothing has to be scrolled sideways."""
    main = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
    return max(main, page.evaluate("document.documentElement.scrollWidth")) <= width


def test_nothing_is_wider_than_a_phone(browser_page, three):
    page = browser_page
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(color_scheme="dark")
    page.goto(ADDRESS)
    expect(page.get_by_role("img", name="24 samples").last).to_have_attribute("data-reach", "1")
    assert fits(page, 390)
