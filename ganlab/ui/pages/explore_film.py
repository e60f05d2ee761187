"""A walk taken along: as a film or a sheet that carries its recipe, and back from one; the drawing is a job's."""

import hashlib
import json
from pathlib import Path

import streamlit as st

from ganlab import files
from ganlab.errors import DataError
from ganlab.members.film import SUFFIXES, recipe_in
from ganlab.members.walk import TOURS
from ganlab.spec import Walk
from ganlab.spec.walk import MOST_FRAMES
from ganlab.ui import deeds, jobs, parts
from ganlab.ui.i18n import t
from ganlab.ui.pages import explore_address as address
from ganlab.ui.pages import explore_restore
from ganlab.ui.pages.explore_scene import Scene
from ganlab.ui.parts.jobs_shown import jobs_shown

_RATES, _USUAL_RATE, _LONGEST, _MEGABYTES = (10, 15, 20, 24, 30, 60), 30, 20, 50
_MOST_KEPT, _MOST_SEED = 40, 2**31 - 1
_TYPES = {".png": "image/png", ".gif": "image/gif", ".mp4": "video/mp4"}
_ASKED, _DROPPED = "explore.film_asked", "explore.dropped"


def show(scene: Scene) -> None:
    """Offer to draw a film, show the last one, and take one back."""
    left, right = st.columns([3, 2], gap="large")
    with left:
        _make(scene)
    with right:
        parts.file_uploader(
            t("explore.drop"),
            right,
            type=[suffix[1:] for suffix in SUFFIXES],
            key=_DROPPED,
            max_upload_size=_MEGABYTES,
            help=t("explore.drop_help"),
            on_change=_take_back,
        )


def _make(scene: Scene) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        tour = address.choice(
            st.segmented_control,
            "explore.tour",
            {name: t(f"explore.tour.{name}") for name in TOURS},
            t("explore.tour_title"),
            "loop",
            help=t("explore.tour_help"),
        )
        seed = 0
        if tour == "random":
            seed = st.number_input(
                t("explore.tour_seed"), 0, _MOST_SEED, 0, key="explore.tour_seed", bind="query-params", width=110
            )
        kind = st.selectbox(t("explore.format"), [s[1:] for s in reversed(SUFFIXES)], key="explore.format", width=100)
        seconds = st.number_input(t("explore.seconds"), 1, _LONGEST, 4, key="explore.seconds", width=110)
        rate = st.selectbox(t("explore.rate"), _RATES, index=_RATES.index(_USUAL_RATE), key="explore.rate", width=100)
    frames = min(int(seconds) * rate, MOST_FRAMES)
    recipe = scene.recipe(tour=tour, tour_seed=int(seed), frames=frames, rate=rate)
    out = _path(recipe, kind)
    asked = jobs.verb("walk", _brief(recipe), "--out", str(out), "--json", "--progress", "json")
    job = jobs.find(asked)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button(
            t("explore.draw_film", frames=frames),
            key="explore.draw_film",
            type="primary",
            icon=":material/movie:",
            on_click=_ask,
            args=(asked, out),
            disabled=job is not None and job.live,
        )
        with st.popover(t("explore.recipe"), icon=":material/content_copy:"):
            st.markdown(t("explore.recipe_json"))
            st.code(_brief(recipe), "json", wrap_lines=True)
            st.markdown(t("explore.recipe_command"))
            st.code(f"python -m ganlab walk walk.json --out walk.{kind}", "bash", wrap_lines=True)
    last = st.session_state.get(_ASKED)
    if last is None:
        return
    jobs_shown({last[0]: t("explore.film_job")}, key="explore.film_jobs")
    path = Path(last[1])
    if path.exists():
        _shown(path)


def _ask(asked: tuple[str, ...], out: Path) -> None:
    if out.exists() or parts.done(lambda: deeds.ask(asked)):
        st.session_state[_ASKED] = (asked, str(out))
        deeds.thin(out.parent, "", _MOST_KEPT)


def _shown(path: Path) -> None:
    data = path.read_bytes()
    if path.suffix == ".mp4":
        st.video(data, loop=True, muted=True)
    else:
        st.image(data, alt=t("explore.film_alt"))
    st.download_button(
        t("explore.download", megabytes=len(data) / 1e6),
        data=data,
        file_name=f"walk{path.suffix}",
        mime=_TYPES[path.suffix],
        icon=":material/download:",
        key="explore.download",
        on_click="ignore",
    )
    st.caption(t("explore.film_told"))


def _brief(recipe: Walk) -> str:
    return json.dumps(recipe.model_dump(mode="json", exclude_defaults=True))


def _path(recipe: Walk, kind: str) -> Path:
    from ganlab.members.store import catalogue

    shelf = catalogue()
    drawn_by = [shelf[name].card.digest() for name in recipe.members]
    stamp = hashlib.sha256(json.dumps([_brief(recipe), drawn_by]).encode()).hexdigest()[:24]
    return files.home() / "films" / f"{stamp}.{kind}"


def _take_back() -> None:
    """Restore what a dropped film or sheet was made of."""
    file = st.session_state[_DROPPED]
    if file is not None:
        parts.done(lambda: take_file(file.name, file.getvalue()))


def take_file(name: str, data: bytes) -> None:
    """Restore what a film or sheet was made of.

    Raises:
        GanlabError: It carries no recipe of a walk, or what that names is not here.
    """
    found = recipe_in(data)
    if found is None:
        raise DataError(t("explore.no_recipe"))
    explore_restore.restore(Walk.read(found))
