"""The fusion as a visitor has it: a key moves a weight, the picture follows, and the address brings it all back."""

import statistics

import numpy as np
import pytest
import torch
from fakes import keep_member
from PIL import Image
from playwright.sync_api import expect

from ganlab.fusion import RULES, fuse, load
from ganlab.images import from_uint8, to_uint8
from ganlab.members import store
from ganlab.ui.pages.fuse_studio import PAINTED as PAINTED_RULES

pytestmark = pytest.mark.browser
STUDIO = ".studio .board"
PAINTED = f"{STUDIO}[data-state=painted]"
VIEW = "document.querySelector('.studio').view"


@pytest.fixture
def members(app, monkeypatch):
    """Three members in the running app's store, gone afterwards; it need not be restarted for them."""
    monkeypatch.setenv("GANLAB_HOME", str(app.home))
    names = ["fuse-anna", "fuse-berta", "fuse-clara"]
    for seed, name in enumerate(names):
        keep_member(name, seed=seed, dataset="glyphs")  # of which no other test keeps members
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


def address_of(names, rest=""):
    return "/fuse?" + "&".join(f"fuse.members={name}" for name in names) + rest


def fused(page):
    """The bytes of the pictures that the studio shows."""
    return page.evaluate(f"Array.from({VIEW}.bytes)")


def weights(page):
    return page.evaluate(f"{VIEW}.weights")


def slider(page, name):
    return page.get_by_role("slider", name=f"Weight of {name}")


def expected(rule, names, asked):
    """What the library fuses of the same latents, as bytes."""
    member = fuse(names, rule, asked)
    return to_uint8(member.sample(16, 0)).ravel().tolist()


def near(one, other, levels=1):
    return max(abs(a - b) for a, b in zip(one, other, strict=True)) <= levels


def test_a_weight_is_painted_while_it_moves_and_told_once_it_is_let_go(browser_page, members, faults):
    page = browser_page
    asked = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: asked.append(frame)))  # noqa: PLW0108 - playwright marks functions
    page.goto(address_of(members[:2]))
    page.locator(PAINTED).wait_for()
    assert near(fused(page), expected("weighted_average", members[:2], (0.5, 0.5)))
    box = slider(page, members[0]).bounding_box()
    page.on("request", lambda request: asked.append(request.url))
    asked.clear()
    paints = int(page.locator(STUDIO).get_attribute("data-paints"))
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    for part in (0.6, 0.7, 0.8, 0.9):
        page.mouse.move(box["x"] + part * box["width"], box["y"] + box["height"] / 2)
        page.wait_for_function(f"Number(document.querySelector('{STUDIO}').dataset.paints) > {paints}")
        paints = int(page.locator(STUDIO).get_attribute("data-paints"))
    assert (asked, "fuse.weights" in page.url) == ([], False)  # nobody was asked
    moved = weights(page)
    assert statistics.median(page.evaluate(f"{VIEW}.times")) < 16  # a frame; about 1 is usual
    page.mouse.up()
    page.wait_for_url("**fuse.weights**")
    assert moved[0] > 0.8
    assert near(fused(page), expected("weighted_average", members[:2], tuple(moved)))

    again = page.context.new_page()
    again.goto(page.url)
    again.locator(PAINTED).wait_for()
    assert weights(again) == moved
    again.close()
    page.get_by_role("button", name="Undo").click()
    page.wait_for_function(f"{VIEW}.weights[0] === 0.5")


RULES_PAINTED = """async ({ rules, pixels, n, coins, many }) => {
  const { Ensemble } = await import(new URL("api/web/studio_paint.js", document.baseURI).href);
  return rules.map((rule) => {
    const ensemble = new Ensemble(pixels.map((own) => Uint8Array.from(own)), n, coins);
    return many.map((weights) => { const found = ensemble.fuse(rule, weights); return found && Array.from(found); });
  });
}"""


def test_the_browser_paints_what_the_library_fuses(browser_page):
    """Every rule that is painted, for weights that change one by one, several at once, and vanish."""
    pixels = np.random.default_rng(3).integers(0, 256, (4, 6, 5, 5, 3), np.uint8)
    pixels[1, :, 2:] = pixels[0, :, 2:]  # ties
    coins = np.random.default_rng(4).random(6).tolist()
    many = [
        (1, 1, 1, 1),
        (1, 0.5, 1, 1),
        (1, 0.2, 1, 1),
        (1, 0.2, 0, 1),
        (0.3, 0.1, 0.9, 0.4),
        (0, 0, 0.7, 0),
        (0, 0, 0, 0),
    ]
    browser_page.goto("/fuse")
    asked = {"pixels": pixels.reshape(4, -1).tolist(), "n": 6, "coins": coins, "many": many, "rules": PAINTED_RULES}
    found = browser_page.evaluate(RULES_PAINTED, asked)
    pictures = torch.stack([from_uint8(own) for own in pixels])
    extra = torch.special.ndtri(torch.tensor(coins, dtype=torch.float64))[:, None]
    for rule, painted in zip(PAINTED_RULES, found, strict=True):
        weighs = RULES[rule].facts["weighs"]
        for weights, own in zip(many, painted, strict=True):
            if not any(weights):
                assert own is None
                continue
            made = RULES[rule].load()(weights if weighs else ()).combine(pictures, extra)
            assert near(own, to_uint8(made).ravel().tolist()), (rule, weights)


def test_a_rule_that_needs_a_network_is_asked_of_the_server(browser_page, members, faults):
    page = browser_page
    page.goto(address_of(members[:2], "&fuse.rule=parameters&fuse.force=1"))
    page.locator(PAINTED).wait_for()
    slider(page, members[1]).focus()
    with page.expect_response("**/api/frames/*"):
        page.keyboard.press("Home")
    page.wait_for_function(f"{VIEW}.answered?.[1] === 0")
    member = fuse(members[:2], "parameters", (0.5, 0), options={"force": 1.0})
    assert fused(page) == to_uint8(member.sample(16, 0)).ravel().tolist()
    page.wait_for_url("**fuse.weights=0.5%2C0**")


def test_solo_mixer_line_and_wipe(browser_page, members, faults):
    page = browser_page
    page.goto(address_of(members, "&fuse.rule=mixture"))
    page.locator(PAINTED).wait_for()
    held = fused(page)
    page.get_by_role("button", name="Hold as A").click()
    page.get_by_role("button", name="Solo").nth(1).click()
    page.wait_for_url("**fuse.weights=0%2C1%2C0**")
    assert fused(page) == to_uint8(load(members[1]).sample(16, 0)).ravel().tolist()
    expect(page.get_by_role("slider", name="Line between A and B")).to_be_visible()
    page.get_by_role("button", name="Back to A").click()
    page.wait_for_function(f"{VIEW}.weights[0] === 0.5")
    assert fused(page) == held
    page.get_by_role("slider", name="Mixer").focus()
    page.keyboard.press("ArrowUp")
    page.wait_for_function(f"{VIEW}.weights[1] > {VIEW}.weights[0]")
    assert sum(weights(page)) == pytest.approx(1)
    line = page.get_by_role("textbox", name="Weights")
    line.fill("0.2, 2, x")
    line.press("Enter")
    page.get_by_text("Weights are 3 numbers from 0 to 1").wait_for()
    line.fill("0.25 0.5 1")
    line.press("Enter")
    page.wait_for_url("**fuse.weights=0.25%2C0.5%2C1**")
    canvas = page.get_by_role("img", name="16 pictures fused")
    canvas.focus()
    page.keyboard.press("ArrowRight")
    assert page.locator(".look figure").count() == 4
    assert page.locator(".look figure[data-picked=true]").count() == 1


def test_members_come_and_go(browser_page, members, faults):
    page = browser_page
    page.goto(address_of(members[:2], "&fuse.rule=mixture&fuse.weights=0.5,0.8"))
    page.locator(PAINTED).wait_for()
    page.get_by_role("combobox", name="Members").click()
    page.get_by_role("option", name=members[2]).click()
    page.keyboard.press("Escape")
    expect(slider(page, "fuse-clara")).to_be_visible()
    assert "fuse.rule=mixture" in page.url
    expect(slider(page, "fuse-berta")).to_have_value("0.8")
    page.get_by_label("Remove fuse-anna").or_(page.locator("[data-baseweb=tag] [role=presentation]")).first.click()
    expect(slider(page, "fuse-anna")).to_have_count(0)
    expect(slider(page, "fuse-berta")).to_have_value("0.8")


@pytest.mark.parametrize("size", [(1280, 720), (390, 844)])
@pytest.mark.parametrize("address", ["/", "/?gallery.member=fuse-anna", "/fuse"])
def test_nothing_is_wider_than_the_screen(browser_page, members, faults, size, address):
    page = browser_page
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(address)
    page.locator(PAINTED if address == "/fuse" else "[data-testid=stImageContainer] img").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    assert page.locator("[data-testid=stImageContainer] img:not([alt])").count() == 0


def test_a_card_leads_to_its_member_and_back(browser_page, members, faults):
    page = browser_page
    page.goto("/")
    page.get_by_role("button", name="Open fuse-anna").click()
    page.get_by_role("heading", name="fuse-anna").wait_for()
    page.wait_for_url("**gallery.member=fuse-anna")
    page.get_by_role("link", name="Fuse it with fuse-berta").click()
    page.locator(PAINTED).wait_for()
    page.go_back()
    page.get_by_role("heading", name="fuse-anna").wait_for()
    page.get_by_role("button", name="All members").click()
    page.get_by_role("button", name="Open fuse-clara").wait_for()


def test_the_download_is_the_picture_that_is_shown(browser_page, members, faults, tmp_path):
    page = browser_page
    page.goto(address_of(members[:2]))
    page.locator(PAINTED).wait_for()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download PNG").click()
    path = tmp_path / "fused.png"
    waiting.value.save_as(path)
    with Image.open(path) as image:
        sheet = np.asarray(image)
    canvas = page.evaluate(f"Array.from({VIEW}.sheet.image.data.filter((_, i) => i % 4 === 0))")
    assert near(canvas, sheet.ravel().tolist())


def test_only_a_script_whose_address_has_its_hash_is_kept_for_ever(browser_page, app):
    named, plain = (
        browser_page.request.get(f"{app.url}/api/web/frames.js{end}").headers["cache-control"] for end in ("?v=1", "")
    )
    assert "immutable" in named
    assert plain == "no-cache"
