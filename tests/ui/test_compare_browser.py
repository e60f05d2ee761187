"""Compare as a class sees it: the table sorts by number, charts appear, the real verb measures."""

import pytest
from fakes import keep_member
from measurements import measurement, put
from playwright.sync_api import expect

from ganlab.members import store
from ganlab.metrics import shelf

pytestmark = pytest.mark.browser
CELLS = "[data-testid=stDataFrame] [role=gridcell][aria-colindex='{}']"
MOST = 180_000  # ms; an extractor of digits may have to be made first, on a busy machine
NAMES = ["compare-anna", "compare-berta", "compare-clara"]


@pytest.fixture
def members(app, monkeypatch):
    """Three measured members in the running app's store, gone afterwards."""
    monkeypatch.setenv("GANLAB_HOME", str(app.home))
    for seed, (name, fid) in enumerate(zip(NAMES, (9.5, 10.25, 88.0), strict=True)):
        keep_member(name, seed=seed)
        put(name, measurement(fid))
    yield NAMES
    for name in NAMES:
        store.delete(name)


@pytest.fixture
def faults(browser_page):
    """What the console complains about; Streamlit itself asks for two addresses in vain on a deep link."""
    found = []

    def note(message):
        if message.type == "error" and "/_stcore/" not in message.location["url"]:
            found.append(f"{message.text} {message.location['url']}")

    browser_page.on("console", note)
    yield found
    assert found == []


def address_of(names, rest=""):
    return "/compare?" + "&".join(f"compare.members={name}" for name in names) + rest


def column(page, place):
    """A column's numbers from above, as screen readers have them: what is painted on the canvas beside."""
    return page.locator(CELLS.format(place)).all_inner_texts()


def charts(page, count):
    page.locator(".js-plotly-plot .main-svg").nth(2 * count - 1).wait_for()


def test_the_table_sorts_by_number(browser_page, members, faults):
    page = browser_page
    page.goto(address_of(members))
    table = page.locator("[data-testid=stDataFrame]")
    table.wait_for()
    charts(page, 5)
    expect(page.locator(CELLS.format(2))).to_have_count(4)
    assert column(page, 2) == ["9.5", "10.25", "88", "0.05"]
    box = table.bounding_box()
    page.mouse.click(box["x"] + 180, box["y"] + 18)  # the head of the second column; the table is a canvas
    expect(page.locator(CELLS.format(2)).first).to_have_text("0.05")
    assert column(page, 2) == ["0.05", "9.5", "10.25", "88"]


def test_another_measure_changes_bars_and_address(browser_page, members, faults):
    page = browser_page
    page.goto(address_of(members))
    charts(page, 5)
    page.get_by_role("combobox", name="Shown as bars").click()
    page.get_by_role("option", name="Coverage").click()
    page.wait_for_url("**compare.measure=coverage")
    expect(page.get_by_text("Longer is better.")).to_be_visible()
    again = page.context.new_page()
    again.goto(page.url)
    expect(again.get_by_text("Longer is better.")).to_be_visible()
    again.close()


def test_the_csv_comes_as_a_file(browser_page, members, faults, tmp_path):
    page = browser_page
    page.goto(address_of(members))
    page.get_by_role("button", name="CSV", exact=True).wait_for()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="CSV", exact=True).click()
    waiting.value.save_as(tmp_path / "numbers.csv")
    lines = (tmp_path / "numbers.csv").read_text().splitlines()
    assert waiting.value.suggested_filename == "ganlab-digits.csv"
    assert [line.split(",")[0] for line in lines] == ["member", *members]


@pytest.mark.parametrize("size", [(1280, 720), (390, 844)])
@pytest.mark.parametrize("colours", ["light", "dark"])
def test_nothing_is_wider_than_the_screen(browser_page, members, faults, size, colours):
    page = browser_page
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.emulate_media(color_scheme=colours)
    page.goto(address_of(members))
    charts(page, 5)
    page.locator("[data-testid=stImageContainer] img").nth(2).wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    assert page.locator("[data-testid=stImageContainer] img:not([alt])").count() == 0


def test_one_click_measures_with_the_real_verb_while_the_visitor_is_elsewhere(browser_page, members, app, faults):
    page = browser_page
    keep_member("compare-dora", seed=7)
    try:
        page.goto(address_of(["compare-dora"]))
        page.get_by_role("button", name="Measure with other settings").click()
        slider = page.get_by_role("slider", name="Pictures to draw")
        slider.focus()
        page.keyboard.press("Home")
        page.get_by_role("button", name="Measure 1").last.click()
        page.get_by_role("button", name="Cancel").wait_for()
        page.get_by_role("link", name="Gallery").click()
        page.get_by_role("button", name="Open compare-anna").wait_for()
        # Streamlit forgets a page's pictures when it is left; one that is still asked for would be an error.
        page.wait_for_function("[...document.images].length > 3 && [...document.images].every(each => each.complete)")
        page.get_by_role("link", name="Compare", exact=True).click()
        table = page.locator("[data-testid=stDataFrame]")
        table.wait_for(timeout=MOST)
        expect(page.get_by_role("button", name="Cancel")).to_have_count(0)
        (measured,) = store.catalogue()["compare-dora"].card.metrics
        assert (measured.n_fake, measured.split, measured.seed) == (500, "test", 0)
        assert measured.extractor == shelf.usual("digits", (1, 8, 8))
    finally:
        store.delete("compare-dora")
