"""How long do the Plane page's frames take, and does a training make others wait?

A step of a small member, what is seen of it, a frame of all rules at new weights, a selection's fit; and the route's
own answer to a visitor who looks while others let their trainings play, two of their frames at once as the route does.

    python -m benchmarks.plane
"""

import threading
import time
from collections.abc import Callable
from statistics import median

import torch

from benchmarks.machine import report
from ganlab.data import load_dataset
from ganlab.ensembles.plane import Crew
from ganlab.spec.plane import recipe
from ganlab.training import Live
from ganlab.ui.i18n import read
from ganlab.ui.pages import plane_frame, plane_team

TIMES, STEPS = 30, 200


def milliseconds(work: Callable[[int], object], times: int = TIMES) -> float:
    """Return the median of several times, after one that does not count."""
    work(0)
    spent = []
    for turn in range(1, times + 1):
        began = time.perf_counter()
        work(turn)
        spent.append(1000 * (time.perf_counter() - began))
    return median(spent)


def looking(players: int) -> float:
    """Return how long a frame without a step takes while others play."""
    spec, on = recipe("ring8"), threading.Event()

    def play(name: str) -> None:
        key = plane_frame.key_of(name, spec)
        while not on.is_set():
            plane_frame.answer(key, spec, {"steps": 200})

    others = [threading.Thread(target=play, args=(f"player-{k}",)) for k in range(players)]
    for each in others:
        each.start()
    key = plane_frame.key_of("visitor", spec)
    found = milliseconds(lambda _: plane_frame.answer(key, spec, {}))
    on.set()
    for each in others:
        each.join()
    return found


def main() -> None:
    """Print what was measured."""
    torch.set_num_threads(1)
    for toy in ("ring8", "grid25"):
        live = Live(recipe(toy), load_dataset(toy))
        figures = {"step_ms": milliseconds(lambda _: live.advance(1), STEPS)}  # noqa: B023 - called at once
        figures["view_ms"] = milliseconds(lambda _: live.view())  # noqa: B023
        report("a step, and what is seen", toy=toy, width=live.spec.width, **figures)
    spec, said = recipe("ring8"), read("en", "plane")
    crew = Crew(spec, load_dataset("ring8"), "quarters", 30)
    while not crew.done:
        crew.advance(1.0)
    key, team = ("benchmark",), plane_team.Team(spec, crew.steps, crew.members, crew)
    asked = [{"weights": [0.5, 0.5, 0.5, (turn % 20) / 20 + 0.01]} for turn in range(TIMES + 1)]
    rules = milliseconds(lambda turn: plane_team.answer(key, lambda: team, said, asked[turn]))
    settled = milliseconds(lambda turn: plane_team.answer(key, lambda: team, said, {**asked[turn], "settle": True}), 5)
    report("all rules of four members at new weights", moving_ms=rules, released_with_selection_ms=settled)
    for players in (0, 1, 2):
        report("a frame of one who looks", others_playing=players, ms=looking(players))


if __name__ == "__main__":
    main()
