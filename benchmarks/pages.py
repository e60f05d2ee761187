"""How long does a newcomer wait: for the first page, for a dragged weight, for the first point of a curve?

The real app on an empty workspace, and a real Chromium of 1280x720. Seconds to the first page count from opening
the browser's tab, with the server up: just started (its engine still loading), and later. A weight is moved by key,
which is what letting a slider go sends; its figure ends when the studio has painted.

    python -m benchmarks.pages [--turns 15]
"""

import argparse
import shutil
import statistics
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.machine import report
from benchmarks.server import server

_QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
_BOARD = ".studio .board"
_WEIGHT = ".studio .cell input[type=range]"

# From the key that lets a weight go to the frame after the studio has painted, by the browser's own clock.
_RELEASE = """(board) => {
  const root = document.querySelector(board), before = root.dataset.paints;
  window.timed = new Promise((done) => {
    addEventListener("keydown", () => { window.pressed = performance.now(); }, { once: true, capture: true });
    const watcher = new MutationObserver(() => {
      if (root.dataset.paints === before) return;
      watcher.disconnect();
      requestAnimationFrame(() => done(performance.now() - window.pressed));
    });
    watcher.observe(root, { attributes: true, attributeFilter: ["data-paints"] });
  });
  return true;
}"""


def tab(browser: Browser) -> Page:
    """Return a fresh visitor's tab."""
    return browser.new_context(viewport={"width": 1280, "height": 720}).new_page()


def first_page(browser: Browser, url: str) -> float:
    """Return seconds until the gallery shows a picture and a button that can be pressed."""
    page = tab(browser)
    start = time.perf_counter()
    page.goto(url)
    page.get_by_role("button", name="Open mnist-dcgan-ls").click(trial=True)
    page.locator("[data-testid=stImage] img").first.wait_for()
    waited = time.perf_counter() - start
    page.context.close()
    return waited


def releases(browser: Browser, url: str, turns: int) -> list[float]:
    """Return milliseconds from moving a weight to the new fused picture, for each turn."""
    page = tab(browser)
    page.goto(f"{url}/fuse?fuse.members=mnist-dcgan-ns&fuse.members=mnist-dcgan-ls")
    page.locator(f"{_BOARD}[data-state=painted]").wait_for()
    page.locator(_WEIGHT).first.focus()
    keys = ["ArrowLeft", "ArrowRight"]
    waited = []
    for turn in range(turns + 3):
        page.wait_for_timeout(400)
        page.evaluate(_RELEASE, _BOARD)
        page.keyboard.press(keys[turn % 2])
        waited.append(page.evaluate("window.timed"))
    page.context.close()
    return waited[3:]


def first_point(browser: Browser, url: str) -> float:
    """Return seconds from pressing Train to the first point of the curves, dense GAN on digits."""
    page = tab(browser)
    page.goto(f"{url}/train")
    page.get_by_role("button", name="First GAN in 30 seconds").click()
    page.wait_for_timeout(2_000)
    start = time.perf_counter()
    page.get_by_role("button", name="Train", exact=True).click()
    page.wait_for_function("+document.querySelector('.live .chart')?.dataset.rows > 0", timeout=60_000)
    waited = time.perf_counter() - start
    page.get_by_role("button", name="Stop").click()
    page.wait_for_timeout(3_000)
    page.context.close()
    return waited


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=15)
    asked = parser.parse_args()
    home = Path(tempfile.mkdtemp())
    with sync_playwright() as playwright, server(home) as (port, _):
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=_QUIET)
        url = f"http://localhost:{port}"
        fresh = first_page(browser, url)
        later = [first_page(browser, url) for _ in range(3)]
        moved = releases(browser, url, asked.turns)
        point = first_point(browser, url)
        browser.close()
    shutil.rmtree(home, ignore_errors=True)
    report(
        "seconds a newcomer waits",
        first_page_server_just_up_s=round(fresh, 2),
        first_page_later_s=round(statistics.median(later), 2),
        weight_to_picture_ms=round(statistics.median(moved)),
        weight_to_picture_p95_ms=round(sorted(moved)[int(0.95 * (len(moved) - 1))]),
        train_to_first_point_s=round(point, 2),
    )


if __name__ == "__main__":
    main()
