"""The Train page as users meet it: a real app, a real worker, a real Chromium."""

import os
import signal
from urllib.parse import parse_qs, urlsplit

import pytest

from ganlab.data import DATASETS
from ganlab.objectives import OBJECTIVES
from ganlab.runs import Run

pytestmark = pytest.mark.browser

RING, VAE, VAEGAN = "2-D ring", "A VAE in a minute", "VAE-GAN in four stages"
OBJECTIVE = {VAE: "elbo", VAEGAN: "vaegan"}
CHART, PICTURE, SLIDER = ".live .chart", ".live .picture", ".live .time input"


def fill(page, label, value):
    """Type a value into a number field, as a user does: it counts once the field is left."""
    box = page.get_by_role("spinbutton", name=label, exact=True)
    box.fill(str(value))
    box.press("Enter")


def start(page, preset, steps, **more):
    """Press a preset, change a few numbers, press Train; returns the run's name."""
    page.goto("/train")
    page.get_by_role("button", name=preset).click()
    # What is typed before the page has answered would send the fields along as they stood.
    dataset = "ring8" if preset == RING else "digits"
    page.get_by_text(DATASETS[dataset].help).wait_for()
    page.get_by_text(OBJECTIVES[OBJECTIVE.get(preset, "nonsaturating")].help).wait_for()
    if more:
        page.get_by_text("More settings").click()
    for label, value in ({"Steps": steps} | more).items():
        fill(page, label, value)
    page.get_by_role("button", name="Train", exact=True).click()
    page.wait_for_url("**train.run=**")
    return parse_qs(urlsplit(page.url).query)["train.run"][0]


def rows(page):
    return page.evaluate(f"Number(document.querySelector('{CHART}').dataset.rows ?? 0)")


def wait_for_rows(page, more_than):
    page.wait_for_function(f"Number(document.querySelector('{CHART}')?.dataset.rows ?? 0) > {more_than}")


def wait_for_state(page, state):
    page.wait_for_function(f"document.querySelector('.live .badge')?.dataset.state === '{state}'")


def reach(page):
    return page.evaluate(f"document.querySelector('{CHART}').layout.xaxis.range")


def zoom(page):
    """Draw a box over the left part of the losses; returns the range of steps it shows."""
    box = page.locator(f"{CHART} .nsewdrag").first.bounding_box()
    x, y, width, height = (box[part] for part in ("x", "y", "width", "height"))
    page.mouse.move(x + 0.1 * width, y + 0.1 * height)
    page.mouse.down()
    for part in (0.3, 0.5, 0.6):
        page.mouse.move(x + part * width, y + 0.9 * height)
    page.mouse.up()
    page.wait_for_function(f"document.querySelector('{CHART}').dataset.zoomed === 'true'")
    return reach(page)


def test_a_run_from_the_preset_to_a_kept_member(browser_page, app):
    page = browser_page
    name = start(page, "First GAN in 30 seconds", 320)  # no snapshot of another test is the same member

    wait_for_rows(page, 3)
    page.evaluate(f"window.chart = document.querySelector('{CHART}')")
    shown, grown = zoom(page), rows(page)
    wait_for_rows(page, grown + 3)
    assert reach(page) == shown, "the zoom stays while the curves grow"

    again = page.context.new_page()
    again.goto(page.url)
    wait_for_rows(again, 3)

    page.wait_for_function("document.querySelector('.live .badge')?.dataset.state === 'finished'", timeout=120_000)
    page.get_by_role("button", name="Keep as member").wait_for()
    assert reach(page) == shown
    assert page.evaluate(f"window.chart === document.querySelector('{CHART}')"), "no rerun made another chart"
    wait_for_state(again, "finished")
    told = sum(row["event"] == "step" for row in Run(app.home / "runs" / name).history())
    assert told >= 30
    for tab in (page, again):
        tab.wait_for_function(f"document.querySelector('{CHART}').data?.[0].y.length === {told}")

    scored = [row["step"] for row in Run(app.home / "runs" / name).history() if row["event"] == "scored"]
    assert scored == [125, 250, 320]
    page.wait_for_function(f"document.querySelector('{CHART}').dataset.scores === '3'")
    curves = page.evaluate(
        f"document.querySelector('{CHART}').data.filter(each => each.yaxis === 'y3').map(each => each.x)"
    )
    assert curves == [scored]
    assert page.evaluate(f"document.querySelector('{CHART}').layout.yaxis3.visible")
    page.get_by_text("FID by digits-classifier, 500 pictures against 180 validation pictures").wait_for()
    page.locator(".live .health p[data-kind='healthy']").wait_for()

    page.wait_for_function(f"document.querySelector('{PICTURE}')?.dataset.step === '320'")
    last = page.locator(PICTURE).get_attribute("src")
    page.locator(SLIDER).focus()
    page.keyboard.press("Home")
    page.wait_for_function(f"document.querySelector('{PICTURE}')?.dataset.step === '0'")
    assert page.locator(PICTURE).get_attribute("src") != last
    assert page.evaluate(f"document.querySelector('{CHART}').layout.shapes[0].x0") == 0, "one cursor for both"
    page.keyboard.press("ArrowRight")
    page.wait_for_function(f"Number(document.querySelector('{PICTURE}').dataset.step) > 0")
    page.get_by_role("button", name="Live").click()
    page.wait_for_function(f"document.querySelector('{PICTURE}')?.dataset.step === '320'")

    page.get_by_role("button", name="Keep as member").click()
    page.get_by_text("Kept as").wait_for()
    member = f"digits-mlp-{name[:4]}"
    with page.expect_download() as fetched:
        page.get_by_role("button", name="Member", exact=True).click()
        page.get_by_role("button", name="Export as zip").click()
    assert fetched.value.suggested_filename == f"{member}.zip"
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Gallery").last.click()
    page.get_by_role("heading", name=member).wait_for()


def alone(page, run):
    """The step that was taken by hand, once the worker has told of it."""
    while True:
        events = [row for row in run.history() if row["event"] in ("changed", "step")]
        places = [place for place, row in enumerate(events) if row.get("by_hand")]
        if places and len(events) > places[-1] + 1:
            return events[places[-1] + 1]
        page.wait_for_timeout(50)


def turned(page, run):
    """What was turned while it ran, once the worker has told of rates and players."""
    while True:
        rows = [row for row in run.history() if row["event"] == "changed" and "by_hand" not in row]
        changes = {name: value for row in rows for name, value in row.items()}
        if {"learning_rate_generator", "players"} <= changes.keys():
            return changes
        page.wait_for_timeout(50)


def test_by_hand_and_after_a_kill(browser_page, app):
    page = browser_page
    name = start(page, RING, 4_000)
    run = Run(app.home / "runs" / name)
    wait_for_rows(page, 2)
    assert page.locator(PICTURE).evaluate("each => each.tagName") == "CANVAS"

    page.get_by_role("button", name="Pause").click()
    page.get_by_role("button", name="Resume").wait_for()
    halted = rows(page)
    page.get_by_role("button", name="Step D", exact=True).click()
    wait_for_rows(page, halted)
    by_hand = alone(page, run)
    assert "critic_loss" in by_hand
    assert "generator_loss" not in by_hand

    page.get_by_role("button", name="Resume").click()
    page.get_by_role("button", name="Pause").wait_for()
    wait_for_rows(page, halted + 2)
    page.get_by_role("button", name="Change").click()
    fill(page, "Learning rate G", 0.0001)
    page.get_by_role("radio", name="critic").click()
    page.get_by_role("button", name="Apply").click()
    changes = turned(page, run)
    assert changes["learning_rate_generator"] == 0.0001
    assert changes["players"] == "critic"
    os.kill(run.state().pid, signal.SIGKILL)
    wait_for_state(page, "interrupted")
    page.get_by_role("button", name="Resume").click()
    page.get_by_role("button", name="Pause").wait_for()

    second = page.context.new_page()
    waiting = start(second, RING, 50)
    second.get_by_text("Place in the queue: 1").wait_for()
    second.get_by_role("button", name="Stop").click()
    second.get_by_role("button", name="Resume").wait_for()
    assert Run(app.home / "runs" / waiting).state().state == "stopped"

    page.get_by_role("button", name="Stop").click()
    page.get_by_role("button", name="Keep as member").wait_for()


def test_runs_are_laid_over_each_other(browser_page):
    page = browser_page
    names = []
    for seed in (0, 1):
        names.append(start(page, RING, 40, Seed=seed))
        wait_for_state(page, "finished")
    page.goto(f"/train?train.run={names[0]}&train.with={names[1]}")
    page.wait_for_function(
        f"document.querySelector('{CHART}')?.data?.filter(trace => trace.y.length === 4).length === 8"
    )
    page.wait_for_function(
        f"[...document.querySelectorAll('{PICTURE}')].filter(each => each.dataset.step === '40').length === 2"
    )
    page.locator(SLIDER).focus()
    page.keyboard.press("Home")
    page.wait_for_function(
        f"[...document.querySelectorAll('{PICTURE}')].filter(each => each.dataset.step === '0').length === 2"
    )


def curves(page):
    """The names of the curves by axis, in order."""
    traces = page.evaluate(
        f"document.querySelector('{CHART}').data.filter(each => each.name).map(each => [each.yaxis, each.name])"
    )
    return {axis: [name for of, name in traces if of == axis] for axis in dict.fromkeys(axis for axis, _ in traces)}


def test_stages_are_bands_and_each_has_a_member(browser_page):
    page = browser_page
    vae = start(page, VAE, 60, **{"Steps a score": 0})
    wait_for_state(page, "finished")
    wait_for_rows(page, 5)
    shown = curves(page)
    assert shown["y"] == ["minus the bound", "rebuilding", "divergence"]
    assert "y2" not in shown, "nobody judges"
    page.get_by_text("minus the bound").last.wait_for()

    name = start(page, VAEGAN, 80, **{"Share: adversarial": 0.0, "Share: joint": 0.45, "Steps a score": 0})
    wait_for_state(page, "finished")
    wait_for_rows(page, 7)
    shown = curves(page)
    assert shown["y"] == ["generator loss", "critic loss", "rebuilding", "divergence"]
    assert shown["y2"] == ["D(G(z))", "D(x)"]
    look = "each => [each.label.text, each.x0, each.x1]"
    page.wait_for_function(f"document.querySelector('{CHART}').layout.shapes.at(-1).x1 === 80")
    bands = page.evaluate(f"document.querySelector('{CHART}').layout.shapes.slice(1).map({look})")
    assert bands == [["pretrain", 0, 30], ["join", 30, 35], ["joint", 35, 80]], "what was skipped has none"
    page.get_by_text("stage joint").wait_for()

    page.get_by_role("combobox", name="Which of its members").click()
    page.get_by_role("option", name="pretrain (step 30)").click()
    page.get_by_role("textbox", name="Name of the member").and_(page.locator("[value$='-pretrain']")).wait_for()
    page.get_by_role("button", name="Keep as member").click()
    page.get_by_text("Kept as").wait_for()

    page.goto(f"/train?train.run={name}&train.with={vae}")
    wait_for_rows(page, 7)
    page.wait_for_function(f"document.querySelector('{CHART}').data.filter(each => each.y.length > 0).length === 9")
    page.get_by_text("Bands: stages of the first run.").wait_for()
