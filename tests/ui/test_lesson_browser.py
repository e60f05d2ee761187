"""A lesson link in a browser: what is hidden is not there, what is pinned moves neither by pointer nor by key."""

import pytest
from fakes import keep_member
from playwright.sync_api import expect

from ganlab.members import store

pytestmark = pytest.mark.browser


@pytest.fixture
def members(app, monkeypatch):
    monkeypatch.setenv("GANLAB_HOME", str(app.home))
    names = ["lesson-anna", "lesson-berta"]
    for seed, name in enumerate(names):
        keep_member(name, seed=seed, dataset="glyphs")
    yield names
    for name in names:
        store.delete(name)


def test_a_class_sees_what_the_lesson_is_about_and_moves_no_more(browser_page, members):
    page = browser_page
    asked = "&".join(f"fuse.members={name}" for name in members)
    page.goto(f"/fuse?{asked}&fuse.seed=5&fuse.weights=0.8,0.2&hide=fuse.members,fuse.rule&pin=fuse.seed,fuse.weights")
    page.locator(".studio .board[data-state=painted]").wait_for()
    seed = page.get_by_role("spinbutton", name="Seed", exact=True)
    expect(seed).to_have_value("5")
    expect(seed).to_have_attribute("aria-disabled", "true")
    weight = page.get_by_role("slider", name=f"Weight of {members[0]}")
    expect(weight).to_have_attribute("aria-disabled", "true")
    expect(page.get_by_text("Members (2 to 8)")).to_be_hidden()
    expect(page.get_by_role("radio", name="Mixture", exact=True)).to_be_hidden()
    # By keys: from the walk backwards there is no pinned control.
    page.get_by_role("slider", name="Walk to other noise").focus()
    for _ in range(6):
        page.keyboard.press("Shift+Tab")
        pinned = page.evaluate("document.activeElement.closest('.st-key-fuse-seed, .studio .weight, .studio .mixer')")
        assert pinned is None
    page.get_by_role("slider", name="Walk to other noise").press("ArrowRight")
    page.wait_for_url(lambda url: all(each in url for each in ("fuse.t=0.05", "fuse.seed=5", "hide=")))
    expect(seed).to_have_attribute("tabindex", "-1")
    assert page.evaluate("document.querySelector('.studio').view.weights") == [0.8, 0.2]
