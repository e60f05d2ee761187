"""The fusion as a visitor has it: a key moves a weight, the picture follows, and the address brings it all back."""

import pytest
from fakes import keep_member
from playwright.sync_api import expect

from ganlab.members import store

pytestmark = pytest.mark.browser
PICTURE = ".st-key-fuse_picture img"
MEMBERS = ".st-key-fuse_members"


@pytest.fixture
def members(app, monkeypatch):
    """Three members in the running app's store, gone afterwards; it need not be restarted for them."""
    monkeypatch.setenv("GANLAB_HOME", str(app.home))
    names = ["fuse-anna", "fuse-berta", "fuse-clara"]
    for seed, name in enumerate(names):
        keep_member(name, seed=seed)
    yield names
    for name in names:
        store.delete(name)


@pytest.fixture
def faults(browser_page):
    """What the console complains about; Streamlit itself asks for two addresses in vain on a deep link."""
    found = []

    def note(message):
        if message.type == "error" and "/_stcore/" not in message.location["url"]:
            found.append(message.text)

    browser_page.on("console", note)
    yield found
    assert found == []


def source(page):
    return page.locator(PICTURE).get_attribute("src")


def changed(page, before):
    """Wait until the fused picture is another one and painted; return its bytes as an address."""
    page.wait_for_function(
        "([selector, before]) => { const i = document.querySelector(selector);"
        " return i && i.src && i.getAttribute('src') !== before && i.complete && i.naturalWidth }",
        arg=[PICTURE, before],
    )
    return source(page)


def address_of(names, rest=""):
    return "/fuse?" + "&".join(f"fuse.members={name}" for name in names) + rest


def test_a_key_moves_a_weight_and_the_picture_follows(browser_page, members, faults):
    page = browser_page
    page.goto(address_of(members[:2]))
    page.locator(PICTURE).wait_for()
    page.locator(f"{MEMBERS} img").nth(1).wait_for()
    page.evaluate(f"window.before = document.querySelector('{PICTURE}')")
    first = source(page)
    page.locator(f"{MEMBERS} input[type=range]").first.focus()
    page.keyboard.press("ArrowRight")
    second = changed(page, first)
    assert first.startswith("data:image/png")
    assert second.startswith("data:image/png")
    # The element stays while its picture changes, so nothing flickers, and the slider keeps the focus.
    assert page.evaluate(f"window.before === document.querySelector('{PICTURE}')")
    page.keyboard.press("ArrowLeft")
    assert changed(page, second) == first


def test_the_address_brings_everything_back(browser_page, members, faults):
    page = browser_page
    page.goto(address_of(members, "&fuse.seed=3&fuse.t=0.4"))
    page.locator(PICTURE).wait_for()
    page.get_by_role("radio", name="Voting (median)").click()
    page.wait_for_url("**fuse.rule=median**")
    before = source(page)
    page.locator(f"{MEMBERS} input[type=range]").nth(2).focus()
    page.keyboard.press("Home")
    shown = changed(page, before)
    page.wait_for_url("**fuse.weight3=0**")

    again = page.context.new_page()
    again.goto(page.url)
    again.wait_for_function(
        "([s, src]) => document.querySelector(s)?.getAttribute('src') === src", arg=[PICTURE, shown]
    )
    expect(again.get_by_role("slider", name="fuse-clara")).to_have_value("0")
    again.close()


def test_members_come_and_go(browser_page, members, faults):
    page = browser_page
    page.goto(address_of(members[:2], "&fuse.rule=mixture&fuse.weight2=0.8"))
    page.locator(f"{MEMBERS} img").nth(1).wait_for()
    page.get_by_role("combobox", name="Members").click()
    page.get_by_role("option", name=members[2]).click()
    page.keyboard.press("Escape")
    page.locator(f"{MEMBERS} img").nth(2).wait_for()
    page.wait_for_url("**fuse-clara**")
    assert "fuse.rule=mixture" in page.url
    expect(page.get_by_role("slider", name="fuse-berta")).to_have_value("0.8")
    page.get_by_label("Remove fuse-anna").or_(page.locator("[data-baseweb=tag] [role=presentation]")).first.click()
    page.locator(f"{MEMBERS} img").nth(2).wait_for(state="detached")
    expect(page.get_by_role("slider", name="fuse-berta")).to_have_value("0.8")


@pytest.mark.parametrize("size", [(1280, 720), (390, 844)])
@pytest.mark.parametrize("address", ["/", "/?gallery.member=fuse-anna", "/fuse"])
def test_nothing_is_wider_than_the_screen(browser_page, members, faults, size, address):
    page = browser_page
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(address)
    page.locator("[data-testid=stImageContainer] img").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    assert page.locator("[data-testid=stImageContainer] img:not([alt])").count() == 0


def test_a_card_leads_to_its_member_and_back(browser_page, members, faults):
    page = browser_page
    page.goto("/")
    page.get_by_role("button", name="Open fuse-anna").click()
    page.get_by_role("heading", name="fuse-anna").wait_for()
    page.wait_for_url("**gallery.member=fuse-anna")
    page.get_by_role("link", name="Fuse it with").click()  # whoever else the app has
    page.locator(PICTURE).wait_for()
    page.go_back()
    page.get_by_role("heading", name="fuse-anna").wait_for()
    page.get_by_role("button", name="All members").click()
    page.get_by_role("button", name="Open fuse-clara").wait_for()


def test_the_download_is_the_picture_that_is_shown(browser_page, members, faults, tmp_path):
    import base64

    page = browser_page
    page.goto(address_of(members[:2]))
    page.locator(PICTURE).wait_for()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download PNG").click()
    path = tmp_path / "fused.png"
    waiting.value.save_as(path)
    assert path.read_bytes() == base64.b64decode(source(page).split(",")[1])
