"""The Ensembles page in a Chromium: a preset, live curves of a member and its pictures, keep; on a phone too."""

import re

import pytest
from playwright.sync_api import expect

from ganlab.ensembles import METHODS

pytestmark = pytest.mark.browser
_TRAINED = 240_000  # ms; 40 s on two idle cores
expect.set_options(timeout=30_000)


def test_an_ensemble_is_started_watched_and_kept(browser_page):
    browser_page.goto("/ensembles")
    browser_page.get_by_role("button", name="Snapshots of one run").click()
    # What is typed before the preset is there would go out with the choices that it replaces.
    expect(browser_page.get_by_text(METHODS["snapshots"].help)).to_be_visible(timeout=_TRAINED)
    browser_page.get_by_label("Steps", exact=True).fill("100")
    browser_page.get_by_label("Steps", exact=True).press("Enter")
    browser_page.get_by_role("button", name="Train", exact=True).click()
    expect(browser_page.get_by_text("4 of 4 trainings")).to_be_visible(timeout=_TRAINED)
    expect(browser_page.locator(".live .js-plotly-plot").first).to_be_visible(timeout=_TRAINED)
    expect(browser_page.get_by_role("button", name="Keep as member")).to_be_visible(timeout=_TRAINED)
    browser_page.get_by_text("Member 1", exact=True).first.click()
    picture = browser_page.locator(".live img").first
    expect(picture).to_have_attribute("src", re.compile(r"snapshots-digits(%2F|/)1/previews/"))
    browser_page.wait_for_function("document.querySelector('.live img').naturalWidth > 0")
    browser_page.get_by_role("button", name="Keep as member").click()
    expect(browser_page.get_by_text("Kept as")).to_be_visible()
    browser_page.set_viewport_size({"width": 390, "height": 844})
    expect(browser_page.get_by_text("Kept as")).to_be_visible()
    wide = browser_page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, "nothing sticks out on a phone"
