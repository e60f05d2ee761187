"""What the Plane page's browser asks for, frame by frame: the next steps of a training, and what is seen of it."""

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from pydantic import Field

from ganlab.spec import MemberSpec
from ganlab.spec.asked import Asked, Rate
from ganlab.toys import DRAWN, drawn
from ganlab.ui import frames, sandbox


class Wish(Asked):
    """What a frame is asked for; numbers of knobs that stand as they are may stay away."""

    steps: int = Field(0, ge=0, le=2_000, description="Steps to take first.")
    players: Literal["both", "generator", "critic"] = "both"
    hurry: bool = Field(True, description="Take no longer than a frame may; a click takes all its steps.")
    learning_rate_generator: Rate | None = None
    learning_rate_critic: Rate | None = None
    n_critic: int | None = Field(None, ge=1, le=100)
    measure: bool = Field(False, description="With the numbers.")
    real: bool = Field(False, description="With the real points.")
    anew: bool = Field(False, description="Begin anew.")


def offer(visitor: str, spec: MemberSpec) -> str:
    """Return the address at which a visitor's training of a spec goes on."""
    key = key_of(visitor, spec)
    return frames.offer(lambda asked: answer(key, spec, asked), *key)


def key_of(visitor: str, spec: MemberSpec) -> tuple:
    """Return the key under which a visitor's training stays open: knobs that may be turned do not begin another."""
    still = spec.model_copy(update={"learning_rate_generator": 1e-3, "learning_rate_critic": 1e-3, "n_critic": 1})
    return ("plane", visitor, still.model_dump_json())


def made(spec: MemberSpec) -> Any:
    """Return a training of a spec that has not begun."""
    from ganlab.data import load_dataset
    from ganlab.training import Live

    return Live(spec, load_dataset(spec.dataset), extent=sheet() if spec.dataset.startswith(DRAWN) else None)


def sheet() -> tuple[float, float, float, float]:
    """Return the extent of the sheet that is drawn on, which stays as it is while points are added."""
    edge = drawn.REACH * 1.1
    return (-edge, edge, -edge, edge)


def answer(key: tuple, spec: MemberSpec, asked: Mapping[str, Any]) -> frames.Frame:
    """Take the steps that are asked for, and return points, what they feel, the warp and the surface in one row.

    Raises:
        SpecError: The wish is no wish.
        TrainingFailed: The training ran away.
    """
    from ganlab.metrics import toy
    from ganlab.toys import density
    from ganlab.training.live import SHOWN

    wish = Wish.read(dict(asked))
    with sandbox.using(key, lambda: made(spec), anew=wish.anew) as (live, life):
        live.turn(wish.learning_rate_generator, wish.learning_rate_critic, wish.n_critic)
        values = {}
        if wish.steps:
            values = live.advance(wish.steps, wish.players, sandbox.SLICE if wish.hurry else np.inf)
        view, steps, real = live.view(), live.steps, live.real.numpy()
        facts = {"life": life, "steps": steps, "epoch": live.epoch, "extent": live.extent, "values": values}
    parts = {
        "points": view.points[:SHOWN],
        "felt": view.felt,
        "warp": view.warp,
        "surface": view.surface,
        "real": real if wish.real else None,
    }
    there = {name: part for name, part in parts.items() if part is not None}
    facts |= {"parts": {name: part.shape for name, part in there.items()}, "scores": view.scores}
    if wish.measure:
        facts["measured"] = vars(toy.told(view.points, density(spec.dataset)))
    row = np.concatenate([part.ravel() for part in there.values()]).astype(np.float32)
    if not np.isfinite(row).all():
        row = np.nan_to_num(row, nan=0.0, posinf=0.0, neginf=0.0)
    return frames.Frame(row, facts)
