"""How long does a picture take to follow the pointer in the latent explorer?

The real app on an empty workspace, and a real Chromium: the script of the page itself asks for place after place
through the app's own route, as it does while the pointer moves; a figure runs from the wish to the painted canvas.

    python -m benchmarks.explore [--frames 60]
"""

import argparse
import shutil
import statistics
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from benchmarks.machine import report
from benchmarks.server import server

_QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
_WAYS = {
    "one member, line": "explore.members=mnist-dcgan-ls",
    "one member, endless plane": "explore.members=mnist-dcgan-ls&explore.kind=seeds",
    "two members side by side, plane of four": "explore.members=mnist-dcgan-ls&explore.members=mnist-vae"
    "&explore.kind=plane",
    "average of three, weights changing": "explore.members=mnist-dcgan-ls&explore.members=mnist-dcgan-ns"
    "&explore.members=mnist-vae&explore.how=fused",
    "one network of averaged parameters of three": "explore.members=mnist-kin-hinge&explore.members=mnist-kin-ls"
    "&explore.members=mnist-kin-ns&explore.how=fused&explore.rule=parameters",
    "64x64 in colour": "explore.members=eurosat-dcgan",
}
# One wish after the other, each as soon as the last was painted: milliseconds of all of them.
_FOLLOW = """async (frames) => {
  const root = document.querySelector(".explore"), { view } = root, taken = [];
  for (let frame = 0; frame < frames; frame++) {
    const start = performance.now(), before = root.dataset.frames;
    view.move({ x: (frame + 1) / frames, y: (frame % 7) / 7 });
    while (root.dataset.frames === before) await new Promise((done) => { const c = new MessageChannel();
      c.port1.onmessage = done; c.port2.postMessage(0); });
    taken.push(performance.now() - start);
  }
  return taken;
}"""


def followed(browser: Browser, url: str, way: str, frames: int) -> list[float]:
    """Return milliseconds from wish to paint, for each frame after the first five."""
    page = browser.new_context(viewport={"width": 1280, "height": 720}).new_page()
    page.goto(f"{url}/explore?{way}")
    page.wait_for_function("+document.querySelector('.explore')?.dataset.frames > 0", timeout=60_000)
    page.wait_for_timeout(1_500)
    taken = page.evaluate(_FOLLOW, frames + 5)
    page.context.close()
    return taken[5:]


def main() -> None:
    """Measure and print a line for each way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=60)
    asked = parser.parse_args()
    home = Path(tempfile.mkdtemp())
    with sync_playwright() as playwright, server(home) as (port, _):
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=_QUIET)
        for what, way in _WAYS.items():
            taken = sorted(followed(browser, f"http://localhost:{port}", way, asked.frames))
            report(
                f"from the pointer to 16 painted pictures: {what}",
                median_ms=round(statistics.median(taken), 1),
                p95_ms=round(taken[int(0.95 * (len(taken) - 1))], 1),
                frames=len(taken),
            )
        browser.close()
    shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    main()
