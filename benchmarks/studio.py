"""How long does the studio take to paint: while a weight moves, and after it is let go?

The real app on an empty workspace, and a real Chromium of 1280x720 that drags a slider with its pointer, one move a
frame.  For rules that the browser fuses itself: milliseconds of the arithmetic and painting of a move, and from the
pointer's event to the end of that frame; how many requests a drag makes (none).  For rules that need a network: from
letting go to the new picture.

    python -m benchmarks.studio [--moves 40]
"""

import argparse
import shutil
import statistics
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.machine import report
from benchmarks.server import server

_QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
_FOUR = ("mnist-dcgan-ls", "mnist-dcgan-ns", "mnist-mlp", "mnist-vae")
_EIGHT = (*_FOUR, "mnist-vaegan", "mnist-kin-ls", "mnist-kin-ns", "mnist-kin-hinge")
_KIN = ("mnist-kin-ls", "mnist-kin-ns", "mnist-kin-hinge")
_SATELLITE = ("eurosat-dcgan", "eurosat-vae-gmm", "eurosat-rules", "eurosat-noise")
_PAINTED = {
    "weighted_average, 4 x 64 of 28x28": (_FOUR, "weighted_average", 64),
    "median, 4 x 64 of 28x28": (_FOUR, "median", 64),
    "mixture, 8 x 64 of 28x28": (_EIGHT, "mixture", 64),
    "majority, 8 x 64 of 28x28": (_EIGHT, "majority", 64),
    "mixture, 4 x 64 of 64x64 in colour": (_SATELLITE, "mixture", 64),
}
_ASKED = {
    "parameters, 3 relatives, 16 of 28x28": (_KIN, "parameters", 16),
    "frequency, 4 x 16 of 28x28": (_FOUR, "frequency", 16),
}
# The pointer goes along the slider, one event a frame, as a hand does.
_DRAG = """async ({ moves }) => {
  const { view } = document.querySelector(".studio"), range = view.cells[0].range, frames = [];
  view.times.length = 0;
  for (let move = 0; move <= moves; move++) {
    await new Promise(requestAnimationFrame);
    const start = performance.now();
    range.value = 0.05 + 0.9 * move / moves;
    range.dispatchEvent(new Event("input"));
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    frames.push(performance.now() - start);
  }
  return { work: [...view.times], frames };
}"""
_RELEASE = """async (value) => {
  const { view } = document.querySelector(".studio"), range = view.cells[0].range, start = performance.now();
  const paints = view.root.dataset.paints;
  range.value = value;
  range.dispatchEvent(new Event("input"));
  range.dispatchEvent(new Event("change"));
  while (view.root.dataset.paints === paints) await new Promise((done) => setTimeout(done, 1));
  return performance.now() - start;
}"""


def opened(browser: Browser, url: str, members: tuple[str, ...], rule: str, pictures: int) -> Page:
    """Return a visitor's tab with the studio painted."""
    page = browser.new_context(viewport={"width": 1280, "height": 720}).new_page()
    asked = "&".join(f"fuse.members={name}" for name in members)
    page.goto(f"{url}/fuse?{asked}&fuse.rule={rule}&fuse.pictures={pictures}")
    page.locator(".studio .board[data-state=painted]").wait_for(timeout=60_000)
    page.wait_for_timeout(8_000)  # glances at the members are over
    return page


def main() -> None:
    """Measure and print a line for each rule."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--moves", type=int, default=40)
    moves = parser.parse_args().moves
    home = Path(tempfile.mkdtemp())
    with sync_playwright() as playwright, server(home) as (port, _):
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=_QUIET)
        url = f"http://localhost:{port}"
        for name, way in _PAINTED.items():
            page, asked = opened(browser, url, *way), []
            page.on("request", lambda request, asked=asked: asked.append(request.url))
            told = page.evaluate(_DRAG, {"moves": moves})
            report(
                f"a weight moves: {name}",
                work_ms=round(statistics.median(told["work"]), 2),
                work_p95_ms=round(sorted(told["work"])[int(0.95 * (len(told["work"]) - 1))], 2),
                two_frames_ms=round(statistics.median(told["frames"]), 1),
                requests=len(asked),
            )
            page.context.close()
        for name, way in _ASKED.items():
            page = opened(browser, url, *way)
            waited = []
            for turn in range(moves // 2):
                waited.append(page.evaluate(_RELEASE, 0.1 + 0.8 * (turn % 7) / 7))
                page.wait_for_timeout(1_500)  # the glance at it is over, too
            report(
                f"a weight is let go: {name}",
                picture_ms=round(statistics.median(waited)),
                picture_p95_ms=round(sorted(waited)[int(0.95 * (len(waited) - 1))]),
            )
            page.context.close()
        browser.close()
    shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    main()
