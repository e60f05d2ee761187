"""A browser that speaks Chinese is answered in Chinese, and what an address says counts more."""

import re

import pytest

pytestmark = pytest.mark.browser


@pytest.fixture
def chinese(app, browser):
    """A tab of a browser whose language is Chinese, on a phone."""
    context = browser.new_context(locale="zh-CN", viewport={"width": 390, "height": 844}, base_url=app.url)
    context.set_default_timeout(60_000)
    yield context.new_page()
    context.close()


def title(page, text):
    page.get_by_role("heading", name=text, level=1, exact=True).wait_for()


def test_a_chinese_browser_opens_in_chinese_and_fits_a_phone(chinese):
    chinese.goto("/ensembles")
    title(chinese, "集成")
    chinese.wait_for_url(re.compile(r"[?&]lang=zh"))
    chinese.get_by_role("button", name="五位专家").wait_for()
    assert chinese.evaluate("document.documentElement.scrollWidth") <= 390
    chinese.goto("/train?lang=en")
    title(chinese, "Train")
    chinese.get_by_role("button", name="First GAN in 30 seconds").wait_for()
    chinese.reload()
    title(chinese, "Train")
