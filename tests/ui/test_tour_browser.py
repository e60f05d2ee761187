"""The card of the guided tour: at the first visit, at an address that asks for it, and out of the way."""

import re

import pytest

pytestmark = pytest.mark.browser


def test_it_opens_once_leads_on_and_is_closed_by_a_key(browser_page):
    page, card = browser_page, browser_page.get_by_role("dialog")
    page.goto("/")
    card.get_by_role("heading", name="Members and their numbers").wait_for()
    assert card.get_by_role("button", name="Back").is_disabled()
    for _ in range(4):
        card.get_by_role("button", name="Next").click()
    card.get_by_role("heading", name="Train one in 30 seconds").wait_for()
    card.get_by_role("link").click()
    page.get_by_role("heading", name="Train", level=1, exact=True).wait_for()
    card.get_by_role("heading", name="Train one in 30 seconds").wait_for()
    page.wait_for_url(re.compile(r"/train$"))
    page.keyboard.press("Escape")
    card.wait_for(state="hidden")
    page.goto("/")
    page.get_by_role("heading", name="Gallery", level=1).wait_for()
    page.get_by_test_id("stExpandSidebarButton").click()
    assert not card.is_visible()
    page.get_by_role("link", name="Guided tour").click()
    card.get_by_role("heading", name="Members and their numbers").wait_for()
    page.keyboard.press("ArrowRight")
    card.get_by_role("heading", name="Drag a weight").wait_for()
