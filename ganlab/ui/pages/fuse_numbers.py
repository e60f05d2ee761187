"""What a setting is worth: a glance while one plays with it, and all measures when they are asked for.

The studio asks for glances by itself, behind the scenes (``web/studio_numbers.js``); they are remembered for
everybody, so that the table of settings tried can tell them.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from ganlab import files
from ganlab.errors import MetricError
from ganlab.ui import engine, frames, jobs
from ganlab.ui.i18n import t
from ganlab.ui.pages.fuse_draw import Wish, draw, weighed
from ganlab.ui.parts import numbers
from ganlab.ui.parts.jobs_shown import job_asked

if TYPE_CHECKING:
    from ganlab.members.card import Number
    from ganlab.metrics.glance import Glance

N, SEED = 500, 0
_FULL = 10_000
_MEASURES = ("fid", "precision", "recall")


def offer(wish: Wish, device: str) -> str | None:
    """Let the browser ask what this fusion is worth with any weights; None where nothing can measure it at once."""
    if not measurable(wish, device):
        return None
    asked_for = _asked(replace(wish, weights=()))
    who = tuple((entry.name, entry.card.digest()) for entry in wish.members)
    key = ("numbers", who, wish.rule, sorted(wish.options.items()), device)
    return frames.offer(lambda asked: frame(asked_for, asked, device), *key, calm=True)


def measurable(wish: Wish, device: str) -> bool:
    """Return whether a glance can be had at once at what these members draw."""
    card = wish.members[0].card
    return _glance(card.dataset, tuple(card.shape), device) is not None


def frame(wish: Wish, asked: Mapping[str, Any], device: str) -> frames.Frame:
    """Return a glance at a fusion with the weights asked for, or at every member alone.

    Raises:
        GanlabError: Those are no weights, or nothing can be drawn.
    """
    if asked.get("members"):
        alone = [
            {"name": entry.name} | _told(of_member(wish, place, device)) for place, entry in enumerate(wish.members)
        ]
        return frames.Frame(np.zeros(0, np.uint8), {"members": alone})
    wish = weighed(wish, asked)
    found, glance = of_fusion(wish, device), _glance_of(wish, device)
    about = {"n": N, "extractor": glance.extractor.name, "split": glance.split, "floor": glance.floor(N), "seed": SEED}
    return frames.Frame(np.zeros(0, np.uint8), _told(found) | about)


def of_fusion(wish: Wish, device: str) -> dict[str, "Number"]:
    """Return ``fid``, ``precision`` and ``recall`` of a fusion, by a glance."""
    from ganlab.images import to_uint8

    wish, glance = _asked(wish), _glance_of(wish, device)
    return engine.remembered(lambda: glance.at(to_uint8(draw(wish, device).fused()), SEED), *_key(wish, device))


def of_member(wish: Wish, place: int, device: str) -> dict[str, "Number"]:
    """Return the same of a member alone, from the same noise."""
    from ganlab.images import to_uint8

    glance, card = _glance_of(wish, device), wish.members[place].card

    def look() -> "dict[str, Number]":
        alone = _asked(replace(wish, rule="mixture", weights=(), options={}))
        return glance.at(to_uint8(draw(alone, device).pictures[place]), SEED)

    return engine.remembered(look, "glance", card.digest(), device)


def known(wish: Wish, setting: Mapping[str, Any], device: str) -> dict[str, "Number"] | None:
    """Return what a glance has found already at a setting of the members of a wish."""
    if setting["members"] != [entry.name for entry in wish.members]:
        return None
    told = {"rule": setting["rule"], "weights": tuple(setting["weights"]), "options": setting.get("options", {})}
    return engine.recalled(*_key(_asked(replace(wish, **told)), device))


def full(wish: Wish) -> None:
    """Offer to measure the setting with everything there is, as a job, and show what it found."""
    answer = job_asked(
        _command(wish),
        t("fuse.measure", n=_FULL),
        t("fuse.measuring"),
        "fuse.measure",
        icon="straighten",
        told=t("fuse.measure_help"),
        first=lambda: _write(wish),
    )
    if answer is not None:
        _found(json.loads(answer)[0])


def _found(row: Mapping[str, Any]) -> None:
    told = [
        f"{numbers.title(name)} **{numbers.figure(row[name])}**"
        for name in ("fid", "kid", "precision", "recall", "coverage", "modes")
        if row.get(name) is not None
    ]
    fid = t("fuse.measured_interval", low=row["fid_low"], high=row["fid_high"])
    st.markdown(" · ".join(told) + f" ({fid})")
    about = {name: row[name] for name in ("extractor", "n_fake", "n_real", "seed")}
    st.caption(t("facts.question", split=numbers.split(row["split"]), **about))


def _command(wish: Wish) -> tuple[str, ...]:
    return jobs.verb(
        *("evaluate", "--recipe", str(_path(wish)), "--n", str(_FULL), "--seed", str(SEED)),
        *("--json", "--progress", "json"),
    )


def _write(wish: Wish) -> None:
    files.write_json(_path(wish), _fusion(wish))


def _path(wish: Wish) -> files.Path:
    return files.home() / "cache" / "recipes" / f"{files.checksum(json.dumps(_fusion(wish))):08x}.json"


def _fusion(wish: Wish) -> dict[str, Any]:
    told = wish.recipe()
    return {name: told[name] for name in ("members", "rule", "weights", "options") if name in told}


def _asked(wish: Wish) -> Wish:
    """Return the wish that draws what is measured: as many pictures as it takes, from noise of its own."""
    return replace(wish, pictures=N, seed=SEED, to=1, t=0.0, label=None)  # one class alone is not what is real


def _key(wish: Wish, device: str) -> tuple:
    return "glance", json.dumps(wish.recipe()), tuple(entry.card.digest() for entry in wish.members), device


def _told(found: "Mapping[str, Number]") -> dict[str, Any]:
    return {name: found[name].model_dump() for name in _MEASURES}


def _glance_of(wish: Wish, device: str) -> "Glance":
    card = wish.members[0].card
    found = _glance(card.dataset, tuple(card.shape), device)
    if found is None:
        raise MetricError(f"Nothing measures {card.dataset!r} at once: 'python -m ganlab extractors make' makes it.")
    return found


def _glance(dataset: str, shape: tuple[int, ...], device: str) -> "Glance | None":
    import torch

    from ganlab.metrics import glance

    return engine.remembered(
        lambda: glance.of(dataset, shape, device=torch.device(device)), "glance of", dataset, shape, device
    )
