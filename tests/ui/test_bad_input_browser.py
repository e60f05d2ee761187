"""In a real browser, words of a card make no element; a hostile address and a hostile zip leave the page standing."""

import pytest
from bad_input import HOSTILE, zipped
from fakes import keep_member
from test_bad_input_pages import hostile_member

from ganlab.members import store

pytestmark = pytest.mark.browser
MADE_OF_WORDS = (
    '[href*="evil"], [src*="evil"], img[src="x"], [onerror], [data-testid="stMain"] del, [data-testid="stMain"] script'
)


@pytest.fixture
def mallory(app, monkeypatch):
    monkeypatch.setenv("GANLAB_HOME", str(app.home))
    hostile_member("mallory")
    keep_member("other", seed=1)
    yield
    for name in ("mallory", "other"):
        store.delete(name)


@pytest.mark.parametrize(
    "address",
    [
        "/?gallery.member=mallory",
        "/compare?compare.members=mallory",
        "/fuse?fuse.members=mallory&fuse.members=other&fuse.seed=1e400",
    ],
)
def test_words_of_a_card_make_no_element(browser_page, mallory, address):
    browser_page.goto(address)
    browser_page.get_by_text("mallory").first.wait_for()
    browser_page.wait_for_function("() => !document.querySelector('[data-testid=stSkeleton]')")
    made = browser_page.evaluate(f"() => [...document.querySelectorAll(`{MADE_OF_WORDS}`)].map(each => each.outerHTML)")
    assert made == []
    formulas = browser_page.evaluate("() => [...document.querySelectorAll('annotation')].map(each => each.textContent)")
    assert not {"x^2", "y"} & set(formulas)


def test_a_bad_zip_is_told_and_the_gallery_goes_on(browser_page):
    browser_page.goto("/")
    browser_page.get_by_role("button", name="Import").click()
    data = zipped(("../../card.json", HOSTILE.encode()))
    chosen = {"name": "bad.zip", "mimeType": "application/zip", "buffer": data}
    browser_page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(chosen)
    browser_page.get_by_role("button", name="Import now").click()
    browser_page.get_by_text("a path that leads out of it").wait_for()
    assert not (store.own_folder().parent.parent / "card.json").exists()
